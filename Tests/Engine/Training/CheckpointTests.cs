using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class CheckpointTests
{
    private static readonly Dictionary<string, string> NoText = [];

    [Fact]
    public void AModelComesBackBitForBit()
    {
        using var folder = DataFiles.Temporary();
        using var first = new SmallVae(Hosts.TwoThreads);
        first.Run(2);
        Checkpoint.SaveModel(folder["m"], first.Weights, first.Trainer.Step, new Dictionary<string, string> { ["recipe"] = "small" });
        using var second = new SmallVae(Hosts.TwoThreads, seed: 9);
        Assert.NotEqual(first.Bits(), second.Bits());
        Assert.Equal("small", Checkpoint.LoadModel(folder["m"], second.Weights)["recipe"]);
        Assert.Equal(first.Bits(), second.Bits());

        // As PyTorch's state_dict: its names and shapes, and how often each batch normalisation was trained.
        var tensors = Safetensors.Read(folder["m"]).Tensors;
        Assert.Equal([3, 1, 3, 3], tensors["encoder.0.weight"].Shape);
        Assert.Equal([2, 27], tensors["mean.weight"].Shape);
        Assert.Equal([], tensors["encoder.1.num_batches_tracked"].Shape);
        Assert.Equal([6L], tensors["encoder.1.num_batches_tracked"].Integers);
    }

    public static TheoryData<string> Damages => ["missing", "misnamed", "flattened", "longer", "doubles", "extra", "not finite"];

    [Theory]
    [MemberData(nameof(Damages))]
    public void AnotherModelIsRefusedAndNothingChanges(string damage)
    {
        using var folder = DataFiles.Temporary();
        using var vae = new SmallVae(Hosts.OneThread);
        vae.RunPart(2);
        Checkpoint.SaveModel(folder["m"], vae.Weights, 2, NoText);
        Checkpoint.SaveState(folder["s"], vae.Trainer, vae.Weights, [1], NoText);
        var bits = vae.Bits();
        using var other = new SmallVae(Hosts.OneThread, seed: 9);
        var before = other.Bits();
        foreach (var name in vae.Weights.Parameters.Select(parameter => parameter.Name))
        {
            foreach (var file in new[] { "m", "s" })
            {
                var tensors = Safetensors.Read(folder[file]).Tensors;
                var expected = Damage(damage, name, tensors);
                Safetensors.Write(folder["damaged"], tensors, NoText);
                var error = Assert.Throws<CheckpointException>(() =>
                {
                    if (file == "m")
                    {
                        Checkpoint.LoadModel(folder["damaged"], other.Weights);
                    }
                    else
                    {
                        Checkpoint.LoadState(folder["damaged"], other.Trainer, other.Weights);
                    }
                });
                Assert.StartsWith($"{folder["damaged"]}: not a checkpoint of this model: ", error.Message, StringComparison.Ordinal);
                Assert.Contains(expected, error.Message, StringComparison.Ordinal);
                Assert.Equal(before, other.Bits());
                Assert.Equal(0, other.Trainer.Step);
            }
        }

        Checkpoint.LoadState(folder["s"], other.Trainer, other.Weights);
        Assert.Equal(bits, other.Bits());
        Assert.Equal(2, other.Trainer.Step);
    }

    [Fact]
    public void TheMessageListsTheFirstDifferencesAndCountsTheRest()
    {
        using var folder = DataFiles.Temporary();
        using SmallVae two = new(Hosts.OneThread), three = new(Hosts.OneThread, latent: 3);
        Checkpoint.SaveModel(folder["three"], three.Weights, 0, NoText);
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.LoadModel(folder["three"], two.Weights));
        Assert.Contains("mean.weight is (3, 27) instead of (2, 27)", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("and 1 more", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void AModelAloneCannotBeResumedAndAStateIsNoModel()
    {
        using var folder = DataFiles.Temporary();
        using var vae = new SmallVae(Hosts.OneThread);
        Checkpoint.SaveModel(folder["m"], vae.Weights, 0, NoText);
        Checkpoint.SaveState(folder["s"], vae.Trainer, vae.Weights, [], NoText);
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.LoadState(folder["m"], vae.Trainer, vae.Weights));
        Assert.Contains("cannot be resumed", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<CheckpointException>(() => Checkpoint.LoadModel(folder["s"], vae.Weights));
        Assert.Contains("training.state is not part of the model", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("training.state")]
    [InlineData("training.moments")]
    public void AStateOfAnotherTrainingIsRefusedAndNothingChanges(string name)
    {
        using var folder = DataFiles.Temporary();
        using SmallVae vae = new(Hosts.OneThread), other = new(Hosts.OneThread, seed: 9);
        vae.RunPart(2);
        Checkpoint.SaveState(folder["s"], vae.Trainer, vae.Weights, [], NoText);
        var before = other.Bits();
        StoredTensor[] wrongs = [new([3], new float[3]), new([3], new double[3]), new([3], new long[3])];
        foreach (var wrong in wrongs)
        {
            var tensors = Safetensors.Read(folder["s"]).Tensors;
            tensors[name] = wrong;
            Safetensors.Write(folder["damaged"], tensors, NoText);
            var error = Assert.Throws<CheckpointException>(() => Checkpoint.LoadState(folder["damaged"], other.Trainer, other.Weights));
            Assert.StartsWith($"{folder["damaged"]}: ", error.Message, StringComparison.Ordinal);
            Assert.Equal(before, other.Bits());
            Assert.Equal(0, other.Trainer.Step);
        }
    }

    [Fact]
    public void TheCallersNumbersComeBack()
    {
        using var folder = DataFiles.Temporary();
        using var vae = new SmallVae(Hosts.OneThread);
        double[] numbers = [Math.PI, double.PositiveInfinity, -0.0];
        Checkpoint.SaveState(folder["s"], vae.Trainer, vae.Weights, numbers, NoText);
        Assert.Equal(numbers, Checkpoint.LoadState(folder["s"], vae.Trainer, vae.Weights));
    }

    /// <summary>Changes one tensor; returns what the error must say of it.</summary>
    private static string Damage(string damage, string name, Dictionary<string, StoredTensor> tensors)
    {
        var tensor = tensors[name];
        switch (damage)
        {
            case "missing":
                tensors.Remove(name);
                return $"{name} is missing";
            case "misnamed":
                tensors.Remove(name);
                tensors.Add($"{name}s", tensor);
                return $"{name} is missing; {name}s is not part of the model";
            case "flattened":
                tensors[name] = tensor with { Shape = [tensor.Floats.Length, 1, 1, 1, 1] };
                return $"{name} is ({tensor.Floats.Length}, 1, 1, 1, 1) instead of ({string.Join(", ", tensor.Shape)})";
            case "longer":
                tensors[name] = new([tensor.Floats.Length + 1], new float[tensor.Floats.Length + 1]);
                return $"{name} is ({tensor.Floats.Length + 1}) instead of";
            case "doubles":
                tensors[name] = tensor with { Numbers = Array.ConvertAll(tensor.Floats, number => (double)number) };
                return $"{name} is not of type F32";
            case "not finite":
                tensors[name] = tensor with { Numbers = tensor.Floats.Select((number, i) => i == 0 ? float.NaN : number).ToArray() };
                return $"{name} has a number that is not finite";
            default:
                tensors.Add($"{name}.extra", new([1], new float[1]));
                return $"{name}.extra is not part of the model";
        }
    }
}
