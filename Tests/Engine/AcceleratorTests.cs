#if ILGPU
using Estampa.Bench;
#endif
using Xunit;

namespace Estampa.Tests;

/// <summary>Every op, and a training, on devices that ILGPU drives: real ones where there are some, and ILGPU's own simulator.</summary>
[Collection(AcceleratorCollection.Name)]
public class AcceleratorTests(ProvenRecord record)
{
#if ILGPU
    private const string NoDevice = "no device";

    /// <summary>Real devices, and what each has to show.</summary>
    public static TheoryData<string, string> Rows
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var device in AcceleratorDevices.Real.Keys)
            {
                foreach (var name in CaseRows.Of(AllCases.Every).Select(row => row.Data).Concat(DeviceChecks.All.Keys))
                {
                    rows.Add(device, name);
                }
            }

            return rows;
        }
    }

    public static TheoryData<string, string> RowsOrReason =>
        AcceleratorDevices.Real.Count > 0 ? Rows : new TheoryData<string, string>((NoDevice, ""));

    /// <summary>A small case of each op: every thread of the simulator is a thread of the processor.</summary>
    public static TheoryData<string> Small => [.. AllCases.Every.Where(opCase => !opCase.Timed)
        .GroupBy(opCase => opCase.Name.Split(' ')[0])
        .Select(op => op.MinBy(opCase => Math.Abs(Math.Log(opCase.Inputs.Sum(input => input.Shape.Count) / 64.0)))!.Name)];

    [Theory]
    [MemberData(nameof(RowsOrReason), DisableDiscoveryEnumeration = true)]
    public void Holds(string key, string name)
    {
        Assert.SkipWhen(key == NoDevice, "neither an OpenCL nor a CUDA device is found");
        var device = AcceleratorDevices.Real[key];
        if (DeviceChecks.All.TryGetValue(name, out var check))
        {
            check(device, device.Precision);
        }
        else
        {
            OpCheck.On(AllCases.Every.Single(opCase => opCase.Name == name), device, device.Precision);
        }

        record.Pass(key, device);
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void HoldsOnTheSimulator(string name) =>
        OpCheck.Briefly(AllCases.Every.Single(opCase => opCase.Name == name), AcceleratorDevices.Simulated);
#else
    [Fact]
    public void Holds()
    {
        Assert.NotNull(record);
        Assert.Skip("built without ILGPU (no package feed serves it, or -p:Ilgpu=false)");
    }
#endif
}
