namespace Estampa.Runner;

/// <summary>A figure of a report: the name of its file, the drawing, and the caption under it.</summary>
public sealed record ReportFigure(string Name, Figure Figure, string Caption);

/// <summary>A table of a report. Columns whose cells are all numbers are aligned at the right.</summary>
public sealed record ReportTable(string[] Columns, IReadOnlyList<string[]> Rows, string Caption);

/// <summary>
/// A section of a report. <paramref name="Text"/> is paragraphs with an empty line between them; a paragraph whose lines all begin
/// with four spaces is shown as typed, such as a command line.
/// </summary>
public sealed record ReportSection(
    string Heading, string Text, IReadOnlyList<ReportFigure> Figures, IReadOnlyList<ReportTable> Tables);

/// <summary>What a report says: a title, its key numbers, its sections. All of it is plain text, escaped when written.</summary>
public sealed record ReportContent(
    string Title, IReadOnlyList<(string Label, string Value)> Summary, IReadOnlyList<ReportSection> Sections)
{
    /// <summary>The paragraph under the title that says in words what was trained, on what, and how it went.</summary>
    public string Lead { get; init; } = "";

    /// <summary>A line at the end: the program's version, the date, an acknowledgement of the data.</summary>
    public string Footer { get; init; } = "";
}
