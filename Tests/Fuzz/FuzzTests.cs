using Xunit;

namespace Estampa.Tests;

public class FuzzTests
{
    /// <summary>The short form; <c>dotnet run -c Release --project Tests -- fuzz --count 1000000</c> is the long one.</summary>
    [Fact]
    public void TwoThousandDamagedInputsAreReadOrRefused()
    {
        using var output = new StringWriter();
        Assert.True(Fuzz.Run(2000, first: 1, output) == 0, output.ToString());
        Assert.Contains(" 0 faults", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void TheSameSeedGivesTheSameDamage()
    {
        byte[] sound = [.. Enumerable.Range(0, 200).Select(i => (byte)i)];
        var mutants = Enumerable.Range(1, 500).Select(seed => Convert.ToHexString(Mutator.Damage((ulong)seed, sound, sound))).ToArray();
        Assert.Equal(mutants, Enumerable.Range(1, 500).Select(seed => Convert.ToHexString(Mutator.Damage((ulong)seed, sound, sound))));
        Assert.InRange(mutants.Distinct().Count(), 490, 500);
    }
}
