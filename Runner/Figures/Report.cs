using System.Globalization;
using System.Text;

namespace Estampa.Runner;

/// <summary>Writes a training run as one HTML page that needs nothing else: no script, no network, figures inside it.</summary>
public static class Report
{
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, ReportContent content) =>
        Figure.WriteFile(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false).GetBytes(Render(content)));

    /// <summary>Writes each figure as PNG into a folder, made where it does not exist, and gives their paths.</summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static IReadOnlyList<string> SaveFigures(string folder, ReportContent content)
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var paths = new List<string>();
        foreach (var figure in content.Sections.SelectMany(section => section.Figures))
        {
            var name = FileName(figure.Name);
            for (var number = 2; !taken.Add(name); number++)
            {
                name = $"{FileName(figure.Name)}-{number}";
            }
            paths.Add(Path.Combine(folder, $"{name}.png"));
            figure.Figure.SavePng(paths[^1]);
        }
        return paths;
    }

    /// <summary>The page as text.</summary>
    public static string Render(ReportContent content)
    {
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        page.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        page.Append($"<title>{Svg.Escape(content.Title)}</title>\n<style>\n{ReportStyle.Sheet}\n</style>\n</head>\n<body>\n<main>\n");
        page.Append($"<header>\n<h1>{Svg.Escape(content.Title)}</h1>\n");
        AppendParagraphs(page, content.Lead, "lead");
        AppendSummary(page, content.Summary);
        AppendNavigation(page, content.Sections);
        page.Append("</header>\n");
        var figures = 0;
        var tables = 0;
        for (var index = 0; index < content.Sections.Count; index++)
        {
            var section = content.Sections[index];
            page.Append($"<section id=\"section-{index + 1}\">\n<h2>{Svg.Escape(section.Heading)}</h2>\n");
            AppendParagraphs(page, section.Text);
            AppendFigures(page, section.Figures, ref figures);
            foreach (var table in section.Tables)
            {
                AppendTable(page, table, ++tables);
            }
            page.Append("</section>\n");
        }
        if (content.Footer.Length > 0)
        {
            page.Append($"<footer>{Svg.Escape(content.Footer)}</footer>\n");
        }
        return page.Append("</main>\n</body>\n</html>\n").ToString();
    }

    private static string FileName(string name)
    {
        var safe = string.Concat(name.Select(one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_' ? one : '-')).Trim('-');
        return safe.Length == 0 ? "figure" : safe[..Math.Min(safe.Length, 80)];
    }

    private static void AppendParagraphs(StringBuilder page, string text, string kind = "")
    {
        var opening = kind.Length > 0 ? $"<p class=\"{kind}\">" : "<p>";
        foreach (var paragraph in text.ReplaceLineEndings("\n").Split("\n\n"))
        {
            var lines = paragraph.Trim('\n').Split('\n');
            if (lines.All(string.IsNullOrWhiteSpace))
            {
                continue;
            }
            page.Append(lines.All(line => line.StartsWith("    ", StringComparison.Ordinal))
                ? $"<pre>{Svg.Escape(string.Join('\n', lines.Select(line => line[4..])))}</pre>\n"
                : $"{opening}{Svg.Escape(string.Join('\n', lines))}</p>\n");
        }
    }

    private static void AppendSummary(StringBuilder page, IReadOnlyList<(string Label, string Value)> summary)
    {
        if (summary.Count > 0)
        {
            page.Append("<dl>\n");
            foreach (var (label, value) in summary)
            {
                page.Append($"<div><dt>{Svg.Escape(label)}</dt><dd>{Svg.Escape(value)}</dd></div>\n");
            }
            page.Append("</dl>\n");
        }
    }

    private static void AppendNavigation(StringBuilder page, IReadOnlyList<ReportSection> sections)
    {
        if (sections.Count > 1)
        {
            var links = sections.Select((section, index) => $"<a href=\"#section-{index + 1}\">{Svg.Escape(section.Heading)}</a>");
            page.Append($"<nav aria-label=\"Sections\">\n{string.Join('\n', links)}\n</nav>\n");
        }
    }

    private static void AppendFigures(StringBuilder page, IReadOnlyList<ReportFigure> figures, ref int number)
    {
        if (figures.Count == 0)
        {
            return;
        }
        page.Append("<div class=\"figures\">\n");
        foreach (var figure in figures)
        {
            var width = figure.Figure.Width.ToString(CultureInfo.InvariantCulture);
            page.Append($"<figure style=\"width:{width}px\">\n{Svg.Render(figure.Figure, figure.Name)}");
            page.Append($"<figcaption><b class=\"number\">Figure {++number}.</b> {Svg.Escape(figure.Caption)}</figcaption>\n</figure>\n");
        }
        page.Append("</div>\n");
    }

    private static void AppendTable(StringBuilder page, ReportTable table, int number)
    {
        var width = table.Rows.Select(row => row.Length).Append(table.Columns.Length).Max();
        var numeric = Enumerable.Range(0, width).Select(column => IsNumeric(table.Rows, column)).ToArray();
        string Cells(string[] row, string tag) => string.Concat(Enumerable.Range(0, width).Select(column =>
            $"<{tag}{(numeric[column] ? " class=\"number\"" : "")}>{Svg.Escape(column < row.Length ? row[column] : "")}</{tag}>"));
        page.Append("<div class=\"scroll\">\n<table>\n");
        page.Append($"<caption><b class=\"number\">Table {number}.</b> {Svg.Escape(table.Caption)}</caption>\n");
        page.Append($"<thead><tr>{Cells(table.Columns, "th")}</tr></thead>\n<tbody>\n");
        foreach (var row in table.Rows)
        {
            page.Append($"<tr>{Cells(row, "td")}</tr>\n");
        }
        page.Append(table.Rows.Count == 0 ? $"<tr><td colspan=\"{Math.Max(width, 1)}\">none</td></tr>\n" : "");
        page.Append("</tbody>\n</table>\n</div>\n");
    }

    // A dash or an empty cell stands for a number that is not there; "0.95 %", "±0.2" and "0.95 ± 0.01" are numbers.
    private static bool IsNumeric(IReadOnlyList<string[]> rows, int column)
    {
        const NumberStyles style = NumberStyles.Float | NumberStyles.AllowThousands;
        var cells = rows.Where(row => column < row.Length).Select(row => row[column].Trim())
            .Where(cell => cell is not ("" or "-" or "–" or "—"))
            .SelectMany(cell => cell.Split(" ± ")).Select(cell => cell.TrimStart('−', '±', '~').TrimEnd('%', ' ')).ToArray();
        return cells.Length > 0 && cells.All(cell => double.TryParse(cell, style, CultureInfo.InvariantCulture, out _));
    }
}
