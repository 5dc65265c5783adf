using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

public class AlertTests
{
    [Theory]
    [InlineData("t", true)]
    [InlineData("1", true)]
    [InlineData("f", false)]
    [InlineData("0", false)]
    public void AcceptsFourSpellingsOfTheSign(string text, bool positive)
    {
        var record = new AvroRecord(("candid", 5L), ("objectId", "ZTF1"), ("candidate", DataFiles.Candidate(5, text)));
        Assert.Equal(positive, Alert.FromRecord(record, "test").IsPositive);
    }

    [Fact]
    public void NamesWhatIsMissingOrWrong()
    {
        var candidate = DataFiles.Candidate(5);
        Assert.Contains("field candid ", Refuse(("objectId", "ZTF1"), ("candidate", candidate)));
        Assert.Contains("field candid ", Refuse(("candid", 1e18), ("objectId", "ZTF1"), ("candidate", candidate)));
        Assert.Contains("field objectId ", Refuse(("candid", 5L), ("objectId", null), ("candidate", candidate)));
        Assert.Contains("field candidate ", Refuse(("candid", 5L), ("objectId", "ZTF1")));
        Assert.Contains("isdiffpos", Refuse(("candid", 5L), ("objectId", "ZTF1"), ("candidate", DataFiles.Candidate(5, "yes"))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("two\nlines")]
    [InlineData("\u001b[31m")]
    public void RefusesNamesThatAreNone(string name)
    {
        var message = Refuse(("candid", 5L), ("objectId", name), ("candidate", DataFiles.Candidate(5)));
        Assert.DoesNotContain(message, char.IsControl);
    }

    [Fact]
    public void CutsALongNameInTheMessage()
    {
        var message = Refuse(("candid", 5L), ("objectId", new string('Z', 1_000_000)), ("candidate", DataFiles.Candidate(5)));
        Assert.InRange(message.Length, 1, 300);
    }

    [Fact]
    public void TakesTheClassFromEitherField()
    {
        Assert.Equal("SN", Class(("simulated_class", "SN"), ("label", "AGN")));
        Assert.Equal("AGN", Class(("simulated_class", null), ("label", "AGN")));
        Assert.Equal("", Class());

        static string Class(params (string, object?)[] fields) => Alert.FromRecord(
            new AvroRecord([("candid", 5), ("objectId", "ZTF1"), ("candidate", DataFiles.Candidate(5)), .. fields]), "test").Class;
    }

    private static string Refuse(params (string, object?)[] fields) =>
        Assert.Throws<BadInputException>(() => Alert.FromRecord(new AvroRecord(fields), "file.avro")).Message;
}
