using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

/// <summary>
/// Random calls of every op, with shapes and numbers that mostly do not fit: each makes a tensor, or is refused by an error that names the
/// op or its input and the shapes, and then the graph is as it was.
/// </summary>
public class RefusalTests
{
    private const int Calls = 1000;
    private const int LeastRefused = 200;

    /// <summary>The ops' calls by the name that their errors begin with.</summary>
    private static readonly Dictionary<string, Func<WildCall, Tensor>> Every = new()
    {
        ["activation"] = call => call.Input().Activate(call.Chance(0.5) ? "relu" : call.Chance(0.3) ? "tanh" : "none"),
        ["Augment"] = call => call.Input().Augment(new Augmentation
        {
            Turns = call.Chance(0.5),
            Flips = call.Chance(0.5),
            Shift = call.Chance(0.5) ? 0 : call.Number(),
            Noise = call.Chance(0.5) ? 0 : call.Real(),
            Group = call.Chance(0.5) ? 1 : call.Number(),
        }),
        ["AveragePool"] = call => call.Input().AveragePool(call.Number(), call.Number(), call.Chance(0.5) ? 0 : call.Number()),
        ["BatchNorm"] = call => call.Input().BatchNorm<Relu>(call.Layer()),
        ["BinaryCrossEntropy"] = Pair((first, second) => first.BinaryCrossEntropy(second)),
        ["Concatenate"] = call =>
        {
            var first = call.Input();
            return first.Concatenate([.. Enumerable.Range(0, call.Chance(0.1) ? 0 : 2).Select(place =>
                call.Beside($"other {place}", first.Shape with { Channels = call.Number() }))]);
        },
        ["Conv"] = call => call.Input().Conv(
            call.Layer(), call.Number(), call.Number(), call.Chance(0.5) ? 1 : call.Number(), call.Chance(0.5) ? 1 : call.Number()),
        ["Conv1D"] = call => call.Input().Conv1D(
            call.Layer(), call.Number(), call.Number(), call.Chance(0.5) ? 4 : call.Number(), call.Chance(0.5) ? 1 : call.Number()),
        ["CyclicPool"] = call => call.Input().CyclicPool(call.Number()),
        ["CyclicSlice"] = call => call.Input().CyclicSlice(),
        ["Divergence"] = Pair((first, second) => first.Divergence(second)),
        ["Dropout"] = call => call.Input().Dropout("noise", call.Real()),
        ["GaussianLikelihood"] = call =>
        {
            var first = call.Input();
            return first.GaussianLikelihood(
                call.Beside("second", first.Shape), call.Beside("third", new Shape(first.Shape.Batch, 1)), call.Real());
        },
        ["Gru"] = Sequence((input, name, hidden, lengths) => input.Gru(name, hidden, lengths)),
        ["LayerNorm"] = call => call.Chance(0.5) ? call.Input().LayerNorm(call.Layer()) : call.Input().SampleLayerNorm(call.Layer()),
        ["Linear"] = call =>
        {
            var first = call.Input();
            var output = call.Chance(0.5) ? new Shape(first.Shape.Batch, call.Number()) : call.Shape();
            return first.Linear(call.Layer(), output);
        },
        ["LogitCrossEntropy"] = Pair((first, second) => first.LogitCrossEntropy(second)),
        ["Loss"] = call =>
        {
            var first = call.Beside("first", new Shape(call.Number(), 1));
            var second = call.Beside("second", first.Shape);
            return call.Graph.Loss(
                new LossPart("first", first, call.Dial("one")), new LossPart("second", second, call.Dial("two"))).Output;
        },
        ["Lstm"] = Sequence((input, name, hidden, lengths) => input.Lstm(name, hidden, lengths)),
        ["Mask"] = call =>
        {
            var first = call.Input();
            return first.Mask(call.Beside("second", new Shape(first.Shape.Batch, 1)));
        },
        ["MaxPool"] = call => call.Input().MaxPool(call.Number(), call.Number(), call.Chance(0.5) ? 0 : call.Number()),
        ["mean squaredError"] = Pair((first, second) => first.MeanSquaredError(second)),
        ["Reparametrise"] = call =>
        {
            var first = call.Input();
            return first.Reparametrise(
                call.Beside("second", first.Shape), call.Chance(0.5) ? null : call.Beside("third", first.Shape));
        },
        ["Repeat"] = call => call.Input().Repeat(call.Number()),
        ["Reshape"] = call => call.Input().Reshape(call.Shape()),
        ["Rnn"] = Sequence((input, name, hidden, lengths) => input.Rnn<Tanh>(name, hidden, lengths)),
        ["Rotate"] = call => call.Input().Rotate(call.Number(), call.Real(), call.Number()),
        ["Softmax"] = call => call.Input().Softmax(),
        ["SoftmaxCrossEntropy"] = call =>
        {
            var first = call.Beside("first", new Shape(call.Number(), call.Number()));
            var weights = call.Chance(0.5) ? null : Enumerable.Repeat(call.Real(), call.Chance(0.5) ? 3 : first.Shape.Channels % 100);
            return first.SoftmaxCrossEntropy(
                call.Beside("second", new Shape(first.Shape.Batch, 1)), weights?.ToArray(), call.Real(), call.Real());
        },
        ["SquaredError"] = Pair((first, second) => first.SquaredError(second)),
        ["Step"] = call => call.Input().Step(new Index(call.Number() & int.MaxValue, call.Chance(0.5))),
        ["Unfold"] = call => call.Input().Unfold(call.Number(), call.Chance(0.5) ? 0 : call.Number(), call.Number()),
        ["Upsample"] = call => call.Input().Upsample(call.Number(), call.Chance(0.5) ? null : call.Number()),
        ["Conv behind Upsample"] = call =>
        {
            var first = call.Input();
            var (height, width) = (2L * first.Shape.Height, 2L * first.Shape.Width);
            return Shape.IsTooMany(first.Shape.Count, 4)
                ? first
                : call.Note(first.Upsample((int)height, (int)width)).Conv(
                    call.Layer(), call.Chance(0.3) ? 64 : call.Number(), kernel: 3, padding: 1);
        },
    };

    /// <summary>Ops that take any tensor, so that few random calls of them are wrong.</summary>
    private static readonly string[] TakeNearlyAll = ["activation", "BatchNorm", "Dropout", "LayerNorm", "Augment", "CyclicSlice"];

    public static TheoryData<string> Names => [.. Every.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void AWrongCallIsRefusedByNameAndChangesNothing(string op)
    {
        int refused = 0, made = 0;
        for (var seed = 0; seed < Calls; seed++)
        {
            var call = new WildCall(seed);
            var error = Record.Exception(() => { Every[op](call); });
            if (error is null)
            {
                made++;
            }
            else
            {
                refused++;
                Check(op, call, seed, error);
                Assert.Equal(call.Before, call.Now);
            }
        }

        Assert.True(made > 0, $"{op}: no call was right");
        Assert.True(refused >= (TakeNearlyAll.Contains(op) ? 30 : LeastRefused), $"{op}: only {refused} of {Calls} calls were wrong");
    }

    private static void Check(string op, WildCall call, int seed, Exception error)
    {
        var what = $"{op}, seed {seed} ({string.Join(", ", call.Given)}): {error}";
        Assert.True(error is ShapeException || error.GetType() == typeof(ArgumentException), what);
        Assert.True(error.Message.Contains(op.Split(' ')[0], StringComparison.OrdinalIgnoreCase)
            || call.Given.Exists(one => error.Message.Contains($"'{one.Name}'", StringComparison.Ordinal)), what);
        Assert.True(call.Given.Exists(one => error.Message.Contains(one.Shape.ToString(), StringComparison.Ordinal)), what);
        Assert.True(error.Message.Length < 1000 && !error.Message.Contains('\n', StringComparison.Ordinal), what);
    }

    [Fact]
    public void NumbersBeyondAnIndexAreRefusedWithThem()
    {
        var images = new Graph().Input("images", new Shape(2, 5, 4, 3));
        ShapeErrors.Names(() => images.Conv("layer", 8, 3, padding: int.MaxValue), "Conv 'layer'", "2x5x4x3", "padding 2147483647");
        ShapeErrors.Names(() => images.Conv("layer", 8, 3, padding: 1, stride: 65536), "Conv 'layer'", "2x5x4x3", "stride 65536");
        ShapeErrors.Names(() => images.Conv("layer", 8, int.MaxValue, padding: 1 << 30), "Conv 'layer'", "2x5x4x3", "kernel 2147483647");
        ShapeErrors.Names(() => images.Conv("layer", int.MaxValue, 3), "Conv 'layer'", "2x5x4x3", "channels 2147483647");
        ShapeErrors.Names(() => images.MaxPool(int.MaxValue, padding: 1 << 29), "MaxPool of 'images' 2x5x4x3", "2147483647");
        ShapeErrors.Names(() => images.AveragePool(46341, padding: 23170), "AveragePool of 'images' 2x5x4x3", "kernel 46341");
        ShapeErrors.Names(() => images.Unfold(3, int.MaxValue, 1 << 30), "Unfold", "'images' 2x5x4x3", "padding 2147483647");
        ShapeErrors.Names(() => images.Conv1D("layer", int.MaxValue, 2), "Conv1D 'layer' of 2x5x4x3", "2147483647");
        ShapeErrors.Names(() => images.Linear("layer", int.MaxValue), "Linear 'layer' of 2x5x4x3", "2^31 - 1");
        Assert.Empty(images.Graph.Ops);
        Assert.Empty(images.Graph.Parameters);
    }

    [Fact]
    public void EveryOpIsCalled()
    {
        var called = new HashSet<Type>();
        foreach (var make in Every.Values)
        {
            for (var seed = 0; seed < 100; seed++)
            {
                var call = new WildCall(seed);
                Record.Exception(() => { make(call); });
                called.UnionWith(call.Graph.Ops.Select(op => Open(op.GetType())));
            }
        }

        var all = typeof(Op).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Op)) && !type.IsAbstract).Select(Open);
        Assert.Empty(all.Except(called).Select(type => type.Name));

        static Type Open(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;
    }

    /// <summary>No tensor without elements can be made, so no op ever sees one.</summary>
    [Fact]
    public void AxesOfNoneAreRefusedForEveryCase()
    {
        foreach (var (name, shape) in AllCases.Every.SelectMany(one => one.Inputs).Select(input => (input.Name, input.Shape)).Distinct())
        {
            Shape[] empty = [shape with { Batch = 0 }, shape with { Height = 0 }, shape with { Width = 0 }, shape with { Channels = 0 }];
            foreach (var wrong in empty)
            {
                var error = Assert.Throws<ShapeException>(() => new Graph().Input(name, wrong));
                Assert.StartsWith($"{name}: every axis must be at least 1, got {wrong}", error.Message, StringComparison.Ordinal);
            }
        }
    }

    private static Func<WildCall, Tensor> Pair(Func<Tensor, Tensor, Tensor> make) => call =>
    {
        var first = call.Input();
        return make(first, call.Beside("second", first.Shape));
    };

    private static Func<WildCall, Tensor> Sequence(Func<Tensor, string, int, Tensor?, Tensor> make) => call =>
    {
        var first = call.Input();
        var lengths = call.Chance(0.5) ? null : call.Beside("second", new Shape(first.Shape.Batch, 1));
        return make(first, call.Layer(), call.Number(), lengths);
    };
}
