using ILGPU;

namespace Estampa.Engine;

/// <summary>An op that draws noise by its name.</summary>
internal interface INoisy;

/// <summary>
/// Standard normal numbers, new at each step: element e of step t is a pure function of (seed, name, t, e), so the step counter in device
/// memory is all that a replay or a resumed run needs. Evaluation leaves zeros.
/// </summary>
public sealed class StandardNormal : Op, INoisy
{
    internal static readonly Kernel<LatentArguments> DrawKernel = new("standardNormal.draw", Draw, Outputs(Draw));

    internal static readonly Kernel<LatentArguments> ClearKernel = new("standardNormal.clear", Clear, Outputs(Clear));

    private readonly int stream;

    internal StandardNormal(Graph graph, string name, Shape shape)
        : base(name, shape, graph)
    {
        stream = (int)Noise.Stream(name);
    }

    public override void Forward(Recording recording) => recording.Launch(
        recording.Training ? DrawKernel : ClearKernel,
        new LatentArguments { Output = recording.Value(Output), Clock = recording.Clock, Stream = stream },
        Output.Shape.Count);

    public override void Backward(Recording recording)
    {
        // Nothing flows into noise.
    }

    private static void Draw(Index1D index, LatentArguments arguments) => arguments.Output[index] = Noise.Normal(
        (uint)arguments.Clock[0], (uint)arguments.Clock[1], (uint)arguments.Stream, (uint)arguments.Clock[2], (uint)index.X);

    private static void Clear(Index1D index, LatentArguments arguments) => arguments.Output[index] = 0f;

    private static HostRoute<LatentArguments> Outputs(Action<Index1D, LatentArguments> kernel) =>
        Latents.Elementwise(kernel) with { Units = arguments => (int)arguments.Output.Length };
}

/// <summary>The call that adds noise to a graph.</summary>
public static class StandardNormalCall
{
    /// <summary>Standard normal numbers, new at each training step; two of one graph need two names.</summary>
    /// <exception cref="ArgumentException">The name is taken: both would draw the same numbers.</exception>
    public static Tensor StandardNormal(this Graph graph, string name, Shape shape) =>
        new StandardNormal(graph, graph.NewDraw(name), shape).Output;

    /// <summary>The name of a new draw.</summary>
    internal static string NewDraw(this Graph graph, string name) => graph.Ops.Any(op => op is INoisy && op.Name == name)
        ? throw new ArgumentException($"the graph already draws noise '{name}'; a second draw needs a name of its own")
        : name;
}
