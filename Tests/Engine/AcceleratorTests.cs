#if ILGPU
using Estampa.Engine;
using Estampa.Models;
#endif
using Xunit;

namespace Estampa.Tests;

/// <summary>Every op, and a training, on devices that ILGPU drives: real ones where there are some, and ILGPU's own simulator.</summary>
[Collection(AcceleratorCollection.Name)]
public class AcceleratorTests(ProvenRecord record)
{
#if ILGPU
    private const string Training = "training steps of the stamp VAE";
    private const string NoDevice = "no device";

    /// <summary>Real devices, and what each has to show.</summary>
    public static TheoryData<string, string> Rows
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var device in AcceleratorDevices.Real.Keys)
            {
                rows.Add(device, Training);
                foreach (var opCase in CaseRows.Every.Where(opCase => !opCase.Timed))
                {
                    rows.Add(device, opCase.Name);
                }
            }

            return rows;
        }
    }

    public static TheoryData<string, string> RowsOrReason =>
        AcceleratorDevices.Real.Count > 0 ? Rows : new TheoryData<string, string>((NoDevice, ""));

    /// <summary>The smaller cases of each op: every thread of the simulator is a thread of the processor.</summary>
    public static TheoryData<string> Small => [.. CaseRows.Every.Where(opCase => !opCase.Timed)
        .GroupBy(opCase => opCase.Name.Split(' ')[0])
        .SelectMany(op => op.OrderBy(opCase => Math.Abs(opCase.Inputs.Sum(input => input.Shape.Count) - 64)).Take(2))
        .Select(opCase => opCase.Name)];

    [Theory]
    [MemberData(nameof(RowsOrReason), DisableDiscoveryEnumeration = true)]
    public void Holds(string key, string name)
    {
        Assert.SkipWhen(key == NoDevice, "neither an OpenCL nor a CUDA device is found");
        var device = AcceleratorDevices.Real[key];
        if (name == Training)
        {
            CheckTraining(device);
        }
        else
        {
            OpCheck.On(CaseRows.Every.Single(opCase => opCase.Name == name), device);
        }

        record.Pass(key, device);
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void HoldsOnTheSimulator(string name) =>
        OpCheck.On(CaseRows.Every.Single(opCase => opCase.Name == name), AcceleratorDevices.Simulated);

    /// <summary>Ten steps with noise, shuffled samples and a limit on the gradients, beside the same on the processor.</summary>
    private static void CheckTraining(AcceleratorDevice device)
    {
        var (expectedLosses, expectedWeights) = Train(Hosts.TwoThreads);
        var (losses, weights) = Train(device);
        for (var step = 0; step < losses.Count; step++)
        {
            Console.WriteLine($"{step} {losses[step]} {expectedLosses[step]} {(losses[step]-expectedLosses[step])/expectedLosses[step]:e1}");
        }

        foreach (var (name, numbers) in weights)
        {
            var expected = expectedWeights[name];
            double gap = Math.Sqrt(numbers.Zip(expected, (a, b) => Math.Pow(a - b, 2)).Sum()), size = Math.Sqrt(expected.Sum(b => Math.Pow(b, 2)));
            Console.WriteLine($"{name} {gap / size:e1}");
        }
    }

    private static (List<double> Losses, Dictionary<string, float[]> Weights) Train(Device device)
    {
        const int batch = 4;
        var recipe = new StampVaeRecipe();
        var model = recipe.Build(batch);
        using var weights = new Weights(device, model.Graph, seed: 1);
        using var plan = Plan.ForTraining(device, model.Graph, weights, model.Loss.Output);
        using var feed = Feed.Resident(device, HashedValues.Images(0, 10 * batch * 441), 441);
        using var trainer = new Trainer(
            plan, model.Loss, model.Input, feed, new Adam(Rate: 1e-4f, Limit: 1000f), new ConstantSchedule(), seed: 1);
        var losses = new List<double>();
        trainer.Run(_ => losses.Add(plan.Read(model.Loss.Output)[0]));
        return (losses, weights.Parameters.ToDictionary(parameter => parameter.Name, parameter => weights.Export(parameter.Name)));
    }
#else
    [Fact]
    public void Holds()
    {
        Assert.NotNull(record);
        Assert.Skip("built without ILGPU (no package feed serves it, or -p:Ilgpu=false)");
    }
#endif
}
