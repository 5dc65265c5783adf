using System.Diagnostics;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

/// <summary>
/// The host routes with the vectors of lesser processors: the op checks again, in a child process whose runtime is told to leave AVX-512
/// or AVX2 alone. By hand: DOTNET_EnableAVX2=0 dotnet Estampa.Tests.dll -class Estampa.Tests.ConvTests
/// </summary>
public class NarrowVectorsTests
{
    private const string BitsVariable = "ESTAMPA_EXPECTED_VECTOR_BITS";

    private static readonly Type[] Repeated =
    [
        typeof(NarrowVectorsTests), typeof(ConvTests), typeof(UpsampledConvTests), typeof(LinearTests), typeof(BatchNormTests),
        typeof(ActivationTests),
    ];

    [Theory]
    [InlineData("DOTNET_EnableAVX512", 256)]
    [InlineData("DOTNET_EnableAVX2", 128)]
    public async Task OpsHoldWithNarrowVectors(string switchedOff, int bits)
    {
        if (Environment.GetEnvironmentVariable(BitsVariable) is { } expected)
        {
            // The child: is it as narrow as it was to be?
            Assert.Equal(expected, HostDevice.VectorBits.ToString());
            return;
        }

        Assert.SkipUnless(HostDevice.VectorBits > bits, $"vectors of this process have {HostDevice.VectorBits} bits");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [switchedOff] = "0", [BitsVariable] = bits.ToString(), [CaseRows.ThinnedVariable] = "1" },
        };
        string[] classes = [.. Repeated.SelectMany(type => new[] { "-class", type.FullName! })];
        string[] arguments = [typeof(NarrowVectorsTests).Assembly.Location, "-noColor", .. classes];
        Array.ForEach(arguments, start.ArgumentList.Add);
        using var child = Process.Start(start)!;
        var cancelled = TestContext.Current.CancellationToken;
        var streams = await Task.WhenAll(child.StandardOutput.ReadToEndAsync(cancelled), child.StandardError.ReadToEndAsync(cancelled));
        await child.WaitForExitAsync(cancelled);
        Assert.True(child.ExitCode == 0, $"exit code {child.ExitCode}\n{string.Join('\n', streams)}");
        Assert.Matches(@"Total: [1-9]\d+,.* Failed: 0", streams[0]);
    }
}
