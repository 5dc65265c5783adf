using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

public class FrameTableSourceTests
{
    private const string Header = "sequence,class,id,first_frame,n_frames\n";

    [Fact]
    public void ReadsTheSharedSequences()
    {
        var set = StampSource.Open(DataFiles.Shared("hits"));
        Assert.Equal((15285, 21, 21), (set.Count, set.Height, set.Width));
        Assert.Equal(["science"], set.Channels);
        Assert.Equal((53, 14), (set.Replaced.Sum(), set.Replaced.Count(count => count > 0)));
        Assert.Equal(8, set.Rejected.Count(item => item is { Reason: "science: all pixels are 0", Unreadable: false }));
        Assert.All(set.Pixels, pixel => Assert.InRange(pixel, 0, 1));
        Assert.All(set.JulianDates, date => Assert.InRange(date, 2457070.6, 2457095.71));
        var sequences = SequenceSet.ByObject(set);
        Assert.Equal((578, 30, 19), (sequences.Count, sequences.Longest, sequences.Sequences.Min(rows => rows.Length)));
        var classes = Enumerable.Range(0, 578).CountBy(sequences.Class).ToDictionary();
        Assert.Equal((91, 111, 76, 300), (classes["SN"], classes["RRLyr"], classes["EB"], classes["NonVariable"]));
        Assert.Equal("SNHiTS15A", sequences.ObjectId(0));
        Assert.Equal(26, sequences.Sequences[0].Length);
    }

    /// <summary>One factor an object leaves its stamps in proportion; the brightest pixels of all are a few times the quantile.</summary>
    [Fact]
    public void KeepsTheSharedSequencesInProportion()
    {
        var set = StampSource.Open(DataFiles.Shared("hits"), new StampSetOptions { Scaling = Scaling.Object });
        foreach (var rows in SequenceSet.ByObject(set).Sequences)
        {
            Assert.All(rows, row => Assert.Equal(set.Factors[rows[0]], set.Factors[row]));
            Assert.InRange(rows.Max(row => set.Sample(row).ToArray().Max(MathF.Abs)), 1, 20);
        }
    }

    [Fact]
    public void ReadsFramesInTheOrderOfTheTable()
    {
        using var folder = Folder("x,SN,b,2,2\ny,EB,a,0,1\n");
        var set = StampSource.Open(folder.Path, new StampSetOptions { Scaling = Scaling.None });
        Assert.Equal([2L, 3, 0], set.Candids);
        Assert.Equal(["b", "b", "a"], set.ObjectIds);
        Assert.Equal(["SN", "SN", "EB"], set.Classes);
        Assert.Equal([2457002.5, 2457003.5, 2457000.5], set.JulianDates);
        Assert.Equal([0, 2, 0], set.Replaced);
        Assert.Equal([27f, 28, 29, 0, 0, 32, 33, 34, 35], set.Sample(1).ToArray());
        var crop = StampSource.Open(folder.Path, new StampSetOptions { Scaling = Scaling.None, Crop = 2 });
        Assert.Equal([18f, 19, 21, 22], crop.Sample(0).ToArray());
        Assert.Equal(2, StampSource.Open(folder.Path, new StampSetOptions { LimitSamples = 2 }).Count);
    }

    [Theory]
    [InlineData("x,SN,a,0,5\n", "frames '0 + 5' are not among 4")]
    [InlineData("x,SN,a,2147483647,2147483647\n", "are not among 4")]
    [InlineData("x,SN,a,-1,2\n", "frames '-1 + 2'")]
    [InlineData("x,SN,a,0,2\nx,SN,b,1,1\n", "frame 1 is of 'a' and of 'b'")]
    [InlineData("x,SN,a,0,2\nx,SN,a,2,1\n", "id 'a' is there twice")]
    [InlineData("x,SN,,0,2\n", "row 1: the object's name is none of 1 to 64 printable letters: ''")]
    [InlineData("x,SN,a,0,2\nx,\u001b[2J,b,2,1\n", "row 2: the class is none of up to 64 printable letters: '?[2J'")]
    [InlineData("x,SN,\"a\nb\",0,2\n", "row 1: the object's name is none of")]
    [InlineData("", "it is empty")]
    public void RefusesBadTables(string rows, string reason)
    {
        using var folder = Folder(rows);
        Assert.Contains(reason, Refuse(folder.Path));
    }

    [Fact]
    public void RefusesArraysThatDisagree()
    {
        using var folder = Folder("x,SN,a,0,2\n");
        Assert.Contains("a crop of 4", Refuse(folder.Path, new StampSetOptions { Crop = 4 }));
        Npy.Write(folder["mjd.npy"], new double[3], 3);
        Assert.Contains("dates of shape (3) for 4 stamps", Refuse(folder.Path));
        Npy.Write(folder["stamps.npy"], new float[9], 3, 3);
        Assert.Contains("shape (3, 3) and not (N, H, W)", Refuse(folder.Path));
        File.WriteAllText(folder["sequences.csv"], "id,class\n");
        Assert.DoesNotContain('\n', Refuse(folder.Path));
    }

    /// <summary>Four frames of 3 x 3 that count up, two pixels of the last one bad.</summary>
    private static DataFiles.TemporaryFolder Folder(string rows)
    {
        var folder = DataFiles.Temporary();
        var pixels = Enumerable.Range(0, 36).Select(i => (float)i).ToArray();
        (pixels[30], pixels[31]) = (-9999, 2e6f);
        Npy.Write(folder["stamps.npy"], pixels, 4, 3, 3);
        Npy.Write(folder["mjd.npy"], new double[] { 57000, 57001, 57002, 57003 }, 4);
        File.WriteAllText(folder["sequences.csv"], Header + rows);
        return folder;
    }

    private static string Refuse(string path, StampSetOptions? options = null)
    {
        var message = Assert.Throws<BadInputException>(() => StampSource.Open(path, options)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
