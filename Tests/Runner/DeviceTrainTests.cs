#if ILGPU
using System.Text.Json.Nodes;
using Estampa.Data;
using Estampa.Runner;
#endif
using Xunit;

namespace Estampa.Tests;

/// <summary>
/// The command on an OpenCL device, beside the processor. It runs in this process, where the tests allow ILGPU the processor's OpenCL.
/// </summary>
[Collection(AcceleratorCollection.Name)]
public class DeviceTrainTests
{
#if ILGPU
    [Fact]
    public void TrainsOnOpenClAsOnTheProcessor()
    {
        Assert.SkipUnless(AcceleratorDevices.AllowOpenCl(), "no OpenCL device is found");
        var folder = Directory.CreateTempSubdirectory("estampa-opencl-").FullName;
        try
        {
            OffCentreGaussians.Make(new OffCentreGaussianOptions { Count = 20, Seed = 1 }).WriteFolder(folder);
            var expected = Train(folder, "cpu");
            var actual = Train(folder, "opencl:0", "--unproven");
            Assert.Equal("opencl:0", (string?)actual["device"]);
            foreach (var set in new[] { "train", "validation" })
            {
                double loss = (double)actual[set]!["loss"]!, processors = (double)expected[set]!["loss"]!;
                Assert.True(Math.Abs(loss - processors) <= 0.01 * Math.Abs(processors), $"{set}: {loss}, on the processor {processors}");
            }

            var config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "opencl-0", "config.json")))!;
            Assert.Equal(("opencl:0", true), ((string?)config["device"], (bool)config["unproven"]!));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static JsonNode Train(string folder, string device, params string[] more)
    {
        var run = Path.Combine(folder, device.Replace(':', '-'));
        string[] arguments =
        [
            "train", "stamp-vae", "--data", Path.Combine(folder, "gaussians.npy"), "--batch", "4", "--epochs", "2", "--rate", "1e-4",
            "--out", run, "--device", device, .. more,
        ];
        Assert.Equal(0, typeof(TrainedRun).Assembly.EntryPoint!.Invoke(null, [arguments]));
        return JsonNode.Parse(File.ReadAllText(Path.Combine(run, "metrics.json")))!;
    }
#else
    [Fact]
    public void TrainsOnOpenClAsOnTheProcessor() => Assert.Skip("built without ILGPU (no package feed serves it, or -p:Ilgpu=false)");
#endif
}
