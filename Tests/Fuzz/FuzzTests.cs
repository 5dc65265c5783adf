using Xunit;

namespace Estampa.Tests;

public class FuzzTests
{
    /// <summary>The short form; <c>dotnet run -c Release --project Tests -- fuzz --count 1000000</c> is the long one.</summary>
    [Fact]
    public void TwoThousandDamagedInputsAreReadOrRefused()
    {
        using var output = new StringWriter();
        var console = Console.Out;
        Console.SetOut(output);
        try
        {
            Assert.True(Fuzz.Run(["--count", "2000"]) == 0, output.ToString());
        }
        finally
        {
            Console.SetOut(console);
        }

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
