using Estampa.Engine;

namespace Estampa.Tests;

/// <summary>Random arguments of one call: mostly small, at times none or beyond all bounds. Remembers what shapes were in it.</summary>
internal sealed class WildCall(int seed)
{
    private static readonly int[] WildNumbers =
    [
        int.MinValue, -65536, -1, 0, 0, 17, 255, 46340, 46341, 65535, 65536, 1 << 20, (1 << 24) + 1, 1 << 30, int.MaxValue - 1,
        int.MaxValue,
    ];

    private static readonly float[] WildReals = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, -1f, 1f, 1e30f];
    private readonly Random random = new(seed);

    public Graph Graph { get; } = new();

    /// <summary>Names and shapes of all tensors of the call.</summary>
    public List<(string Name, Shape Shape)> Given { get; } = [];

    /// <summary>What the graph holds before the call: ops, inputs, parameters and dials.</summary>
    public (int Ops, int Inputs, int Parameters, int Dials) Before { get; private set; }

    public (int Ops, int Inputs, int Parameters, int Dials) Now =>
        (Graph.Ops.Count, Graph.Inputs.Count, Graph.Parameters.Count(), Graph.Dials.Count);

    public bool Chance(double probability) => random.NextDouble() < probability;

    /// <summary>A number that is mostly in a small call's range.</summary>
    public int Number() => Chance(0.75) ? random.Next(1, 6) : WildNumbers[random.Next(WildNumbers.Length)];

    /// <summary>A number in [0, 1), mostly.</summary>
    public float Real() => Chance(0.75) ? random.NextSingle() : WildReals[random.Next(WildReals.Length)];

    /// <summary>Any shape that a tensor may have; rows and single steps are as likely as images.</summary>
    public Shape Shape()
    {
        while (true)
        {
            int height = Chance(0.5) ? 1 : Number(), width = Chance(0.5) ? 1 : Chance(0.5) ? height : Number();
            var shape = new Shape(Number(), height, width, Number());
            if (IsShape(shape))
            {
                return shape;
            }
        }
    }

    public Tensor Input(string name = "first") => Input(name, Shape());

    /// <summary>What a call wants, mostly: another shape, a gradient where there may be none, or another graph's, at times.</summary>
    public Tensor Beside(string name, Shape wanted)
    {
        var shape = Chance(0.7) && IsShape(wanted) ? wanted : Shape();
        return Chance(0.05) ? Note(new Graph().Input(name, shape)) : Input(name, shape, Chance(0.8));
    }

    /// <summary>A layer's name; at times its parameters are taken by one of other sizes.</summary>
    public string Layer()
    {
        foreach (var parameter in new[] { "weight", "bias", "weight_ih_l0", "bias_hh_l0" }.Where(_ => Chance(0.1)))
        {
            Graph.Parameter($"layer.{parameter}", Layout.Plain(7), Initial.Constant(0));
        }

        Before = Now;
        return "layer";
    }

    /// <summary>A number that is set between replays.</summary>
    public Dial Dial(string name)
    {
        var dial = (Chance(0.05) ? new Graph() : Graph).Dial(name, 1f);
        Before = Now;
        return dial;
    }

    /// <summary>An input or what an op before the call has made.</summary>
    public Tensor Note(Tensor tensor)
    {
        Given.Add((tensor.Name, tensor.Shape));
        Before = Now;
        return tensor;
    }

    private static bool IsShape(Shape shape) => shape is { Batch: > 0, Height: > 0, Width: > 0, Channels: > 0 }
        && !Engine.Shape.IsTooMany(shape.Batch, shape.Height, shape.Width, shape.Channels);

    private Tensor Input(string name, Shape shape, bool isFixed = true) => Note(Graph.Input(name, shape, !isFixed));
}
