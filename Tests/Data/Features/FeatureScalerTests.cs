using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

public class FeatureScalerTests
{
    private static readonly string[] Source = ["magpsf", "sgscore1", "ndethist", "fid"];

    /// <summary>By hand: ndethist 2, 30, NaN is clipped to 2, 20: mean 11, deviation 9; sgscore1 -999, .5, 0 to -1, .5, 0.</summary>
    [Fact]
    public void ClipsThenScalesThenFillsWhatIsUnknown()
    {
        float[] rows = [18, -999, 2, 1, 20, .5f, 30, 1, 22, 0, float.NaN, 1];
        var scaler = FeatureScaler.Fit(rows, Source, ["ndethist", "magpsf", "sgscore1", "fid"]);
        var scaled = scaler.Apply(rows, Source);
        var (step, score) = (2 / MathF.Sqrt(8f / 3), MathF.Sqrt((1.25f / 3) - (1f / 36)));
        float[] expected =
        [
            -1, -step, (-1 + (1f / 6)) / score, 0,
            1, 0, (.5f + (1f / 6)) / score, 0,
            0, step, 1f / 6 / score, 0,
        ];
        Assert.Equal(12, scaled.Length);
        Assert.All(expected.Zip(scaled), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
        Assert.Equal(1f, scaler.Apply([0, 0, 1e9f, 1], Source)[0]);
        Assert.Equal((float)(-11 / 9.0), scaler.Apply([0, 0, 0, 1], Source)[0], 1e-6f);
    }

    [Fact]
    public void KnowsNothingOfAnUnknownFeature()
    {
        var scaler = FeatureScaler.Fit([float.NaN, float.NaN], ["chinr"], ["chinr"]);
        Assert.Equal([0f, 15f, -1f], scaler.Apply([float.NaN, 40, -999], ["chinr"]));
        Assert.Equal(1, FeatureScaler.Fit([], ["chinr"], ["chinr"]).Apply([1], ["chinr"])[0]);
    }

    [Fact]
    public void ComesBackFromItsText()
    {
        var random = new Random(1);
        var rows = Enumerable.Range(0, 40).Select(_ => random.NextSingle() * 30).ToArray();
        var scaler = FeatureScaler.Fit(rows, Source, ["sgscore1", "magpsf", "ndethist"]);
        var again = FeatureScaler.FromJson(scaler.ToJson(), "test");
        Assert.Equal(["sgscore1", "magpsf", "ndethist"], again.Names);
        Assert.Equal(scaler.Apply(rows, Source), again.Apply(rows, Source));
        Assert.Equal(scaler.ToJson(), again.ToJson());
        Assert.DoesNotContain('\n', scaler.ToJson());

        // Columns are found by name: another order of the source changes nothing.
        string[] other = ["fid", "ndethist", "sgscore1", "magpsf"];
        float[] turned = [.. rows.Chunk(4).SelectMany(row => new[] { row[3], row[2], row[1], row[0] })];
        Assert.Equal(scaler.Apply(rows, Source), again.Apply(turned, other));
    }

    [Fact]
    public void TakesOnlyTheRowsItIsGiven()
    {
        using var folder = DataFiles.Temporary();
        AvroWriter.Write(folder["a.avro"], ZtfSchema.Json, [DataFiles.Alert(1, "ZTF1"), DataFiles.Alert(2, "ZTF2")]);
        var set = StampSource.Open(folder["a.avro"]);
        set.Features[set.FeatureNames.IndexOf("magpsf")] = 1000;
        var scaler = FeatureScaler.Fit(set, [1], ["magpsf", "chinr"]);
        Assert.Equal([1000 - 18.25f, 0, 0, 0], scaler.Apply(set));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""[{"name":"a","least":null,"most":null,"mean":0}]""")]
    [InlineData("""[{"name":"a","least":null,"most":null,"mean":0,"deviation":0}]""")]
    [InlineData("""[{"name":"a","least":2,"most":1,"mean":0,"deviation":1}]""")]
    [InlineData("""[{"name":null,"least":null,"most":null,"mean":0,"deviation":1}]""")]
    [InlineData("""[{"name":"a","least":"x","most":null,"mean":0,"deviation":1}]""")]
    public void RefusesOtherTexts(string text)
    {
        var message = Assert.Throws<BadInputException>(() => FeatureScaler.FromJson(text, "m.safetensors")).Message;
        Assert.StartsWith("m.safetensors: ", message);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void NamesWhatIsMissing()
    {
        var error = Assert.Throws<BadInputException>(() => FeatureScaler.Fit([1, 2, 3, 4], Source, ["magpsf", "redshift"]));
        Assert.Equal("there is no feature 'redshift' among magpsf, sgscore1, ndethist, fid", error.Message);
        var scaler = FeatureScaler.Fit([1, 2, 3, 4], Source, ["magpsf"]);
        Assert.Contains("'magpsf' among none", Assert.Throws<BadInputException>(() => scaler.Apply([], [])).Message);
        Assert.Throws<ArgumentException>(() => scaler.Apply([1, 2, 3], Source));
    }
}
