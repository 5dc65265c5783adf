using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

public class CsvTests
{
    [Fact]
    public void WritesWhatItReads()
    {
        string[] hard = ["plain", "with,comma", "with \"quotes\"", "two\nlines", "two\r\nlines", "", " spaces ", "ünï☆", "\"", "'"];
        var text = Csv.Line("candid", "text") + string.Concat(hard.Select((cell, row) => Csv.Line(long.MaxValue - row, cell)));
        var table = Csv.Parse(text, "test");
        Assert.Equal(hard, table.Rows.Select(row => row[table.Column("text")]));
        Assert.Equal(long.MaxValue, long.Parse(table.Rows[0][table.Column("candid")]));
    }

    [Fact]
    public void DisarmsFormulasInTextAndNotInNumbers()
    {
        Assert.Equal("'=1+1,'+x,'-x,'@x,\"'\rx\",-1.5,-3,,0.1\n", Csv.Line("=1+1", "+x", "-x", "@x", "\rx", -1.5, -3, null, 0.1f));
        Assert.Equal(",a\n", Csv.Line("", "a"));
        Assert.Equal("1E-45,0.1\n", Csv.Line(float.Epsilon, .1));
    }

    [Fact]
    public void ReadsLineEndsOfAllKinds()
    {
        Assert.Equal(2, Csv.Parse("a,b\r\n1,2\r\n3,\r\n\r\n", "test").Rows.Count);
        Assert.Equal(["1", ""], Csv.Parse("a,b\n1,", "test").Rows[0]);
        Assert.Equal(["a", "b"], Csv.Parse("\uFEFFa,b", "test").Header);
        Assert.Equal(["1", "", "3"], Csv.Parse("a\n1\n\n3\n", "test").Rows.Select(row => row[0]));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("a,b\n1\n", "line 2: 1 cells under a header of 2")]
    [InlineData("a,b\n1,\"2\n3\"\n1,2,3\n", "line 4: 3 cells")]
    [InlineData("a,b\n1,\"2", "line 2: a quote is not closed")]
    [InlineData("a,b\n\"1\"x,2", "line 2: text after a closing quote")]
    public void NamesTheLine(string text, string reason)
    {
        var error = Assert.Throws<BadInputException>(() => Csv.Parse(text, "t.csv"));
        Assert.StartsWith("t.csv: ", error.Message);
        Assert.Contains(reason, error.Message);
    }

    /// <summary>A blank line is a row where there is one column: each costs memory beyond its byte.</summary>
    [Fact]
    public void RefusesTooManyRowsAndColumns()
    {
        Assert.Equal(1000, Csv.Parse("a\n" + new string('\n', 1000), "t.csv").Rows.Count);
        Refuse("a\n" + new string('\n', Limits.Rows + 1), $"t.csv: line {Limits.Rows + 2}: more than {Limits.Rows} rows");
        Assert.Equal(Limits.Columns, Csv.Parse(new string(',', Limits.Columns - 1) + "\n", "t.csv").Header.Count);
        Refuse(new string(',', Limits.Columns), $"t.csv: line 1: more than {Limits.Columns} cells");

        static void Refuse(string text, string message) =>
            Assert.Equal(message, Assert.Throws<BadInputException>(() => Csv.Parse(text, "t.csv")).Message);
    }

    [Fact]
    public void NamesAMissingColumn()
    {
        var table = Csv.Parse("a,b", "t.csv");
        Assert.Equal("t.csv: there is no column 'c'", Assert.Throws<BadInputException>(() => table.Column("c")).Message);
    }

    [Fact]
    public void ReadsTheSharedTable()
    {
        var table = Csv.Read(DataFiles.Shared("ztf", "alerts.csv"));
        Assert.Equal(2463, table.Rows.Count);
        Assert.Equal(2233, table.Rows.Select(row => row[table.Column("objectId")]).Distinct().Count());
    }
}
