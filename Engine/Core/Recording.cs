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

    /// <summary>Memory of others, which must still be there at a replay.</summary>
    private readonly List<Block> needed = [];
    private Launch? captured;
    private Launch? running;
    private bool isWarm;
    private Block[]? held;

    /// <summary>The plan, until it has ended, and the replay in progress.</summary>
    private int users = 1;
    private int isReleased;
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

    /// <summary>Where it runs.</summary>
    internal Device Device => plan.Device;

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

    /// <summary>Runs every launch in order. What is disposed meanwhile lasts until it has run.</summary>
    /// <exception cref="InvalidOperationException">The plan, or the weights that it changes, are in use on another thread.</exception>
    /// <exception cref="ObjectDisposedException">The plan, its weights or its device has ended.</exception>
    /// <exception cref="DeviceFailedException">A launch failed, now or before: then no later one runs.</exception>
    public void Replay() => Work(isTraced: false);

    /// <summary>Runs launch by launch and names the first result that is not finite; null where all are.</summary>
    internal string? Trace() => Work(isTraced: true);

    /// <summary>Whether a launch so far writes its gradient. Upstream of a detached tensor none may; nothing reads one there.</summary>
    internal bool HasGradient(Tensor tensor) => written.Contains(tensor.Root);

    /// <summary>A replay reads this memory, which is not the plan's.</summary>
    internal void Needs(Block block)
    {
        needed.Add(block);
        held = null;
    }

    /// <summary>
    /// Ends it, and gives up what the device made of the launches to replay them by itself: now, or when a replay in progress is done. It
    /// never throws.
    /// </summary>
    internal void Release()
    {
        if (Interlocked.Exchange(ref isReleased, 1) == 0)
        {
            LetGo();
        }
    }

    private string? FirstBad()
    {
        var next = 0;
        foreach (var mark in marks)
        {
            for (; next < mark.Launches; next++)
            {
                Run(launches[next]);
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

    private void CheckUsable()
    {
        if (Volatile.Read(ref isReleased) != 0)
        {
            throw new ObjectDisposedException("the recording", "used after its end");
        }

        plan.CheckUsable();
        foreach (var block in needed)
        {
            block.CheckUsable();
        }
    }

    /// <summary>A replay has its plan for itself, and in training the weights.</summary>
    private void Enter()
    {
        if (!plan.Turn.TryEnter(writes: true))
        {
            throw new InvalidOperationException("the plan is being replayed by another thread; each thread needs a plan of its own");
        }

        if (!plan.Weights.Turn.TryEnter(writes: Training))
        {
            plan.Turn.Leave(writes: true);
            throw new InvalidOperationException("the weights are in use by another thread's replay, and one of the two changes them");
        }
    }

    private string? Work(bool isTraced)
    {
        CheckUsable();
        Enter();
        var holds = 0;
        held ??= [.. plan.Blocks, .. plan.Weights.Blocks, .. needed];
        Interlocked.Increment(ref users);
        try
        {
            for (; holds < held.Length; holds++)
            {
                held[holds].Hold();
            }

            CheckUsable();
            return RunInTurn(isTraced);
        }
        catch (Exception exception) when (Failed(exception))
        {
            throw Failure(exception);
        }
        finally
        {
            while (holds > 0)
            {
                held[--holds].LetGo();
            }

            LetGo();
            plan.Weights.Turn.Leave(writes: Training);
            plan.Turn.Leave(writes: true);
        }
    }

    private string? RunInTurn(bool isTraced)
    {
        if (Training)
        {
            plan.Weights.StartGradients(plan);
        }

        string? bad = null;
        if (isTraced)
        {
            bad = FirstBad();
        }
        else if (captured is not null)
        {
            Run(captured);
        }
        else
        {
            RunAll();
        }

        if (Training)
        {
            plan.Weights.Change();
        }

        return bad;
    }

    /// <summary>The last to leave, the plan or a replay, ends what the device made.</summary>
    private void LetGo()
    {
        if (Interlocked.Decrement(ref users) > 0)
        {
            return;
        }

        try
        {
            (captured as IDisposable)?.Dispose();
        }
        catch (Exception exception)
        {
            plan.Device.Break("ending a recording", exception);
        }
    }

    private void Run(Launch launch)
    {
        running = launch;
        launch.Run();
    }

    private bool Failed(Exception exception) => exception is AggregateException { InnerException: OutOfMemoryException }
        || plan.Device.IsBrokenBy(exception);

    /// <summary>Memory that was short in a launch may be enough for a smaller one; anything else ends the device.</summary>
    private Exception Failure(Exception exception) => exception is AggregateException { InnerException: OutOfMemoryException memory }
        ? new InsufficientMemoryException($"{plan.Device.Name}, launching {running?.Name}: {memory.Message}", memory)
        : plan.Device.Break($"launching {running?.Name}", exception);

    private void RunAll()
    {
        foreach (var launch in launches)
        {
            Run(launch);
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
