using ILGPU;

namespace Estampa.Engine;

/// <summary>
/// The list of launches that a plan replays. Ops write themselves into it once: they ask it where their tensors lie and hand it
/// kernels with arguments. A replay allocates nothing and decides nothing. On the processor, launches that follow each other and work
/// image by image become one chain; what only a chain uses never leaves its cache.
/// </summary>
public sealed class Recording
{
    private readonly Plan plan;
    private readonly Sketch? sketch;
    private readonly IReadOnlySet<Op> remade;
    private readonly Dictionary<Tensor, (int Making, int Chain)> makings = [];
    private readonly List<Launch> launches = [];
    private readonly List<Launch> links = [];
    private readonly List<Mark> marks = [];
    private readonly HashSet<Tensor> written = [];

    /// <summary>Ops that are making their output again, and ask for it to write it.</summary>
    private readonly HashSet<Op> inWork = [];
    private Launch? captured;
    private bool isWarm;
    private bool isBackward;
    private int chain;
    private int images;

    internal Recording(Plan plan, IReadOnlySet<Op>? remade = null, Sketch? sketch = null)
    {
        this.plan = plan;
        this.sketch = sketch;
        this.remade = remade ?? new HashSet<Op>();
    }

    /// <summary>Whether batch statistics and noise are in use (training), or running statistics and means (evaluation).</summary>
    public bool Training => plan.Training;

    public IReadOnlyList<Launch> Launches => launches;

    /// <summary>Seed (two words), step and feed position, in this order: the state of everything random.</summary>
    public ArrayView<int> Clock => plan.Clock;

    public ArrayView<float> Value(Tensor tensor)
    {
        var root = tensor.Root;
        if (plan.Outside(root) is { } view)
        {
            return view;
        }

        if (isBackward && root.Maker is { } maker && remade.Contains(maker))
        {
            Remake(maker);
        }

        return Ask(new Memory(root, Content.Value, makings.GetValueOrDefault(root).Making));
    }

    /// <summary>The gradient of an op's output, read by its backward launches.</summary>
    public ArrayView<float> OutputGradient(Tensor tensor) => Gradient(tensor.Root);

    /// <summary>
    /// The gradient of an op's input, to be written by its backward launches. The first writer in a replay stores, later ones add:
    /// <paramref name="keep"/> is 0 for the first and 1 after it, so nothing has to be zeroed.
    /// </summary>
    public ArrayView<float> InputGradient(Tensor tensor, out int keep)
    {
        keep = written.Add(tensor.Root) ? 0 : 1;
        return Gradient(tensor.Root);
    }

    public ArrayView<float> Scratch(Scratch scratch)
    {
        if (!scratch.Lasts)
        {
            return Ask(new Memory(scratch, Content.Working, Making: 0));
        }

        sketch?.Lasting.Add(scratch);
        return sketch is null ? plan.Lasting(scratch) : default;
    }

    /// <summary>One float: the dial's value.</summary>
    public ArrayView<float> Dial(Dial dial) => plan.View(dial, 1);

    /// <summary>The values of dials that were made one right after the other, a float each.</summary>
    public ArrayView<float> Dials(IReadOnlyList<Dial> dials) => plan.View(dials[0], dials.Count);

    public void Launch<TArguments>(Kernel<TArguments> kernel, TArguments arguments, int extent)
        where TArguments : struct
    {
        var batch = plan.Device.ImagesOf(kernel, arguments);
        if (batch == 0 || batch != images || !plan.Chained)
        {
            Close();
            chain++;
            images = batch;
        }

        if (sketch is not null)
        {
            sketch.Launch(chain, batch);
        }
        else if (batch == 0)
        {
            var launch = plan.Device.Prepare(kernel, arguments, extent);
            if (!launch.IsEmpty)
            {
                launches.Add(Watching(launch));
            }
        }
        else
        {
            links.Add(Watching(plan.Device.Link(kernel, arguments)));
        }
    }

    /// <summary>Runs every launch in order.</summary>
    public void Replay()
    {
        plan.CheckUsable();
        if (Training)
        {
            plan.Weights.StartGradients(plan);
        }

        if (captured is not null)
        {
            captured.Run();
        }
        else
        {
            RunAll();
        }

        if (Training)
        {
            plan.Weights.Change();
        }
    }

    /// <summary>Whether a launch so far writes its gradient. Upstream of a detached tensor none may; nothing reads one there.</summary>
    internal bool HasGradient(Tensor tensor) => written.Contains(tensor.Root);

    /// <summary>Gives up what the device made of the launches to replay them by itself.</summary>
    internal void Release() => (captured as IDisposable)?.Dispose();

    /// <summary>Runs launch by launch and names the first result that is not finite; null where all are.</summary>
    internal string? Trace()
    {
        var next = 0;
        foreach (var mark in marks)
        {
            for (; next < mark.Launches; next++)
            {
                launches[next].Run();
            }

            var numbers = new float[mark.View.Length];
            plan.Device.Read(mark.View, numbers);
            if (Array.FindIndex(numbers, number => !float.IsFinite(number)) is var element and >= 0)
            {
                return $"{mark.What}: element {element} is {numbers[element]}";
            }
        }

        return null;
    }

    /// <summary>Notes a result for <see cref="Trace"/>.</summary>
    internal void Note(string what, ArrayView<float> view)
    {
        Close();
        marks.Add(new Mark(launches.Count, what, view));
    }

    internal void StartBackward()
    {
        isBackward = true;
        sketch?.StartBackward();
    }

    internal void EndOp() => sketch?.EndOp();

    /// <summary>Ends the chain in progress.</summary>
    internal void Close()
    {
        if (links.Count > 0)
        {
            launches.Add(plan.Device.Chain(links, plan.SizesOf(chain, images)));
            links.Clear();
        }

        images = 0;
    }

    private void RunAll()
    {
        foreach (var launch in launches)
        {
            launch.Run();
        }

        if (!isWarm)
        {
            captured = plan.Device.Capture(launches);
            isWarm = true;
        }
    }

    /// <summary>In evaluation what is prepared from the weights stays good until they change.</summary>
    private Launch Watching(Launch launch)
    {
        launch.Watched = Training ? null : plan.Weights;
        return launch;
    }

    /// <summary>Writes a value again, once for each chain that reads it.</summary>
    private void Remake(Op maker)
    {
        var (making, where) = makings.GetValueOrDefault(maker.Output);
        if ((making == 0 || where != chain) && inWork.Add(maker))
        {
            makings[maker.Output] = (making + 1, chain);
            maker.Remake(this);
            makings[maker.Output] = (making + 1, chain);
            inWork.Remove(maker);
        }
    }

    private ArrayView<float> Gradient(Tensor root) => root.Parameter is { } parameter
        ? plan.Weights.Gradients(parameter)
        : Ask(new Memory(root, Content.Gradient, Making: 0));

    private ArrayView<float> Ask(Memory memory)
    {
        if (sketch is null)
        {
            return plan.View(memory);
        }

        sketch.Ask(memory);
        return default;
    }

    private sealed record Mark(int Launches, string What, ArrayView<float> View);
}
