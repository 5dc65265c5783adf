using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

public class StampFeaturesTests
{
    /// <summary>The order of ALeRCE's production, in which its weights are.</summary>
    [Fact]
    public void HasThePublishedOrder()
    {
        Assert.Equal(23, StampFeatures.Names.Count);
        Assert.Equal(23, StampFeatures.Names.Distinct().Count());
        Assert.Equal((0, 6, 11, 14), (Place("sgscore1"), Place("isdiffpos"), Place("dec"), Place("ndethist")));
        Assert.Equal((16, 20, 22, 23), (Place("ecl_lat"), Place("non_detections"), Place("sharpnr"), Place("fid")));
        Assert.Equal(new FeatureRange(-1, double.PositiveInfinity), StampFeatures.Clip("distpsnr3"));
        Assert.Equal(new FeatureRange(-1, 1.5), StampFeatures.Clip("sharpnr"));
        Assert.Equal(FeatureRange.Open, StampFeatures.Clip("magpsf"));
    }

    [Fact]
    public void ReadsACandidate()
    {
        var values = StampFeatures.Of(new AvroRecord(
            ("fid", 2), ("isdiffpos", "f"), ("ra", 0.0), ("dec", 90.0), ("magpsf", 18.25f), ("sgscore1", -999f), ("sigmapsf", null),
            ("ndethist", 3), ("ncovhist", 50), ("fwhm", double.PositiveInfinity)));
        float Value(string name) => values[Place(name)];
        Assert.Equal((2f, 0f, 18.25f), (Value("fid"), Value("isdiffpos"), Value("magpsf")));
        Assert.Equal((-999f, 47f), (Value("sgscore1"), Value("non_detections")));
        Assert.Equal((66.5607f, 90f), (MathF.Round(Value("ecl_lat"), 4), Value("ecl_long")));
        Assert.Equal((27.128f, 122.9319f), (MathF.Round(Value("gal_lat"), 3), MathF.Round(Value("gal_long"), 4)));
        Assert.All(["sigmapsf", "fwhm", "chinr", "diffmaglim"], name => Assert.True(float.IsNaN(Value(name)), name));
    }

    [Theory]
    [InlineData("t", 1)]
    [InlineData("1", 1)]
    [InlineData("f", 0)]
    [InlineData("0", 0)]
    [InlineData("", float.NaN)]
    [InlineData("x", float.NaN)]
    public void ReadsTheSignInFourForms(string text, float value)
    {
        Assert.Equal(value, StampFeatures.Of(new AvroRecord(("isdiffpos", text)))[Place("isdiffpos")]);
        Assert.Equal(value, StampFeatures.OfTable(["a", "isdiffpos"])(["7", text])[Place("isdiffpos")]);
    }

    [Fact]
    public void ReadsARowOfATable()
    {
        var values = StampFeatures.OfTable(["ncovhist", "ndethist", "fid", "chinr", "magpsf"])(["9", "", "1", "1e-2", "null"]);
        Assert.Equal((9f, 1f, .01f), (values[Place("ncovhist")], values[Place("fid")], values[Place("chinr")]));
        Assert.All(["non_detections", "ndethist", "magpsf", "ra", "gal_lat"], name => Assert.True(float.IsNaN(values[Place(name)]), name));
    }

    /// <summary>Both sources say the same of the same real alerts; the table's text has nine decimals.</summary>
    [Fact]
    public void PacketsAndTableAgree()
    {
        var table = StampSource.Open(DataFiles.Shared("ztf"));
        Assert.Equal(StampFeatures.WithFilter, table.FeatureNames);
        Assert.Equal(table.Count * 24, table.Features.Length);
        var packets = StampSource.Open(DataFiles.Shared("ztf", "avro"));
        var rows = table.Candids.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        for (var row = 0; row < packets.Count; row++)
        {
            for (var place = 0; place < 24; place++)
            {
                var (left, right) = (packets.Features[(row * 24) + place], table.Features[(rows[packets.Candids[row]] * 24) + place]);
                var same = float.IsNaN(left) ? float.IsNaN(right) : MathF.Abs(left - right) <= 2e-6f * MathF.Max(1, MathF.Abs(left));
                Assert.True(same, $"{packets.Candids[row]}: {StampFeatures.WithFilter[place]} is {left} and {right}");
            }
        }
    }

    private static int Place(string name) => StampFeatures.WithFilter.ToList().IndexOf(name);
}
