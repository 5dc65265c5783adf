using Estampa.Data;
using Estampa.Runner;
using Xunit;

namespace Estampa.Tests;

public sealed class ReportTests
{
    /// <summary>Set ESTAMPA_FIGURES to a folder to keep the page, its figures and the awkward charts there, for a look.</summary>
    [Fact]
    public void WritesAPageAndItsFigures()
    {
        var kept = Environment.GetEnvironmentVariable("ESTAMPA_FIGURES");
        var folder = kept ?? Directory.CreateTempSubdirectory("estampa-report-").FullName;
        try
        {
            var content = SyntheticRun.Content();
            Report.Write(Path.Combine(folder, "report.html"), content);
            var paths = Report.SaveFigures(Path.Combine(folder, "figures"), content);
            Assert.Equal(7, paths.Count);
            Assert.All(paths, path => Assert.Equal(3, Png.Read(path).Channels));
            if (kept is not null)
            {
                Report.Write(Path.Combine(folder, "edges.html"), Edges());
                Report.SaveFigures(Path.Combine(folder, "edges"), Edges());
            }
        }
        finally
        {
            if (kept is null)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    [Fact]
    public void NeedsNothingFromOutside()
    {
        var page = Report.Render(SyntheticRun.Content());
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<link", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("src=\"", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("http", page.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void EscapesEveryTextOfTheContent()
    {
        const string bad = "<script>\"&'";
        var figure = new StampGrid(1, 1, [new StampColumn(bad, [[1f]])]) { Labels = [[bad]], Title = bad }.Draw();
        var page = Report.Render(new ReportContent(bad, [(bad, bad)], [
            new ReportSection(bad, bad, [new ReportFigure(bad, figure, bad)], [new ReportTable([bad], [[bad]], bad)]),
            new ReportSection(bad, "    " + bad, [], [])])
        {
            Lead = bad,
            Footer = bad,
        });
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("\"&'", page, StringComparison.Ordinal);
        Assert.Contains("<td>&lt;script&gt;&quot;&amp;&#39;</td>", page, StringComparison.Ordinal);
        Assert.Contains("<pre>&lt;script&gt;", page, StringComparison.Ordinal);
    }

    [Fact]
    public void AlignsColumnsOfNumbersAtTheRight()
    {
        var table = new ReportTable(["name", "count"], [["a", "1,204"], ["b", "—"], ["c", "−0.5 %"]], "");
        var page = Report.Render(new ReportContent("t", [], [new ReportSection("h", "", [], [table])]));
        Assert.Contains("<th>name</th><th class=\"number\">count</th>", page, StringComparison.Ordinal);
        Assert.Contains("<td>b</td><td class=\"number\">—</td>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void GivesFiguresSafeNamesThatDiffer()
    {
        var folder = Directory.CreateTempSubdirectory("estampa-names-").FullName;
        try
        {
            ReportFigure[] figures = [.. new[] { "../../loss", "loss", "/" }.Select(name => new ReportFigure(name, new Figure(2, 2), ""))];
            var inside = Path.Combine(folder, "inside");
            var paths = Report.SaveFigures(inside, new ReportContent("t", [], [new ReportSection("h", "", figures, [])]));
            Assert.Equal(["loss.png", "loss-2.png", "figure.png"], paths.Select(path => Path.GetRelativePath(inside, path)));
            Assert.All(paths, path => Assert.True(File.Exists(path)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void NamesAFileThatCannotBeWritten()
    {
        var file = Path.GetTempFileName();
        try
        {
            var path = Path.Combine(file, "report.html");
            var failure = Assert.Throws<IOException>(() => Report.Write(path, new ReportContent("t", [], [])));
            Assert.StartsWith(path, failure.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static ReportContent Edges() => new("Awkward charts", [], [new ReportSection(
        "All", "", [.. EdgeCharts.All().Select(chart => new ReportFigure(chart.Name, chart.Draw(), chart.Name))], [])]);
}
