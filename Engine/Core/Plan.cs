using ILGPU;

namespace Estampa.Engine;

/// <summary>
/// A graph made ready for one device: every tensor has a place in one arena and every launch is recorded. Training plans replay
/// forward and backward; evaluation plans replay what their outputs need.
/// </summary>
public sealed class Plan : IDisposable
{
    private const string InUse = "the plan is";
    private readonly Placement lasting = new();
    private readonly Dictionary<Tensor, Placement.Item> inputs = [];
    private readonly Dictionary<Scratch, Placement.Item> kept = [];
    private readonly Placement.Item clock;
    private readonly Placement.Item dials;
    private readonly Dial[] dialsOfGraph;
    private readonly Block lastingBlock;
    private readonly Block arena;
    private readonly Block windows;
    private readonly Arrangement arrangement;
    private readonly Tensor[] outputs;
    private readonly Op[] ops;

    private Plan(Device device, Graph graph, Weights weights, bool training, Tensor[] outputs, PlanOptions? options)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(outputs);
        if (weights.Device != device)
        {
            throw new ArgumentException($"the weights lie on {weights.Device.Name} ({weights.Device.Description}), the plan is to run on"
                + $" another device, {device.Name} ({device.Description})");
        }

        if (outputs.Length == 0)
        {
            throw new ArgumentException("a plan computes one output at least");
        }

        foreach (var output in outputs)
        {
            graph.CheckOwns(output, "a plan's output");
            if (output.Parameter is not null)
            {
                throw new ArgumentException($"a plan's output: '{output.Name}' {output.Shape} is a parameter; the weights export it");
            }
        }

        options ??= new PlanOptions();
        Device = device;
        Graph = graph;
        Weights = weights;
        Training = training;
        Chained = options.Chained && device.Chains;
        this.outputs = outputs;
        ops = graph.Upstream(outputs);
        clock = lasting.Add(16, 0, 0);
        dialsOfGraph = [.. graph.Dials];
        dials = lasting.Add(Math.Max(dialsOfGraph.Length, 1), 0, 0);
        foreach (var input in graph.Inputs)
        {
            inputs[input] = lasting.Add(input.Shape.Count, 0, 0);
        }

        var remade = Chained && training ? Draw([]).Remade(ops) : [];
        var sketch = Draw(remade);
        var read = outputs.Select(output => output.Root).Concat(graph.Inputs).ToHashSet();
        arrangement = new Arrangement(sketch, read, options.Packed, device.RunsGroups);
        foreach (var scratch in sketch.Lasting)
        {
            kept[scratch] = lasting.Add(scratch.CountOn(device.RunsGroups), 0, 0);
        }

        lasting.Place(packed: false);
        try
        {
            lastingBlock = device.Allocate(lasting.Count, "the plan's inputs");
            arena = device.Allocate(arrangement.Count, "the plan's arena");
            windows = AllocateWindows();
            Recording = new Recording(this, remade);
            if (options.Poisoned)
            {
                arena.Fill(options.Poison);
                windows.Fill(options.Poison);
            }

            foreach (var dial in dialsOfGraph)
            {
                Set(dial, dial.First);
            }

            Record(Recording, isTraced: !options.Chained);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public Device Device { get; }

    public Graph Graph { get; }

    public Weights Weights { get; }

    public bool Training { get; }

    public Recording Recording { get; }

    /// <summary>Floats of working memory, inputs included.</summary>
    public long MemoryCount => (long)arena.Count + windows.Count + lasting.Count;

    /// <summary>Whether launches that work image by image run as chains.</summary>
    internal bool Chained { get; }

    /// <summary>Taken by each replay, and by what reads or writes its memory.</summary>
    internal Turn Turn { get; } = new();

    /// <summary>What a replay holds.</summary>
    internal Block[] Blocks => [lastingBlock, arena, windows];

    /// <summary>Where the clock lies; like all that lasts nowhere yet in the recording's first run.</summary>
    internal ArrayView<int> Clock => lastingBlock is null ? default : lastingBlock.Integers(clock.Offset, 4);

    /// <summary>A plan whose replay computes <paramref name="loss"/> and the gradients of all trained parameters.</summary>
    /// <exception cref="ArgumentException">
    /// The tensor is not a <see cref="Engine.Loss"/>, so that nothing would start its gradient, or it is of another graph, or the weights
    /// lie on another device.
    /// </exception>
    /// <exception cref="InsufficientMemoryException">The plan does not fit; nothing stays allocated.</exception>
    public static Plan ForTraining(Device device, Graph graph, Weights weights, Tensor loss, PlanOptions? options = null) =>
        (loss ?? throw new ArgumentNullException(nameof(loss))).Maker is Loss
            ? new(device, graph, weights, training: true, [loss], options)
            : throw new ArgumentException($"a training plan ends in a loss made by Graph.Loss, '{loss.Name}' is none");

    /// <summary>A plan whose replay computes <paramref name="outputs"/> as a trained model does: running statistics, no noise.</summary>
    public static Plan ForEvaluation(Device device, Graph graph, Weights weights, params Tensor[] outputs) =>
        new(device, graph, weights, training: false, outputs, options: null);

    public static Plan ForEvaluation(Device device, Graph graph, Weights weights, PlanOptions options, params Tensor[] outputs) =>
        new(device, graph, weights, training: false, outputs, options);

    /// <summary>Writes an input's numbers (channels last).</summary>
    public void Write(Tensor input, ReadOnlySpan<float> numbers)
    {
        CheckUsable();
        if (!inputs.TryGetValue(input.Root, out var item))
        {
            throw new ArgumentException($"'{input.Name}' is not an input of this plan's graph");
        }

        if (numbers.Length != input.Shape.Count)
        {
            throw new ShapeException($"input '{input.Name}' is {input.Shape} ({input.Shape.Count} numbers), got {numbers.Length}");
        }

        using var visit = Turn.Enter(writes: true, InUse);
        lastingBlock.Write(numbers, item.Offset);
    }

    /// <summary>Reads the numbers of an output (or an input) after a replay.</summary>
    public void Read(Tensor tensor, Span<float> numbers)
    {
        CheckReadable(tensor, numbers);
        using var visit = Turn.Enter(writes: false, InUse);
        if (inputs.TryGetValue(tensor.Root, out var input))
        {
            lastingBlock.Read(numbers, input.Offset);
        }
        else if (IsOutput(tensor.Root))
        {
            arena.Read(numbers, arrangement.Find(new Memory(tensor.Root, Content.Value, Making: 0))!.Offset);
        }
        else
        {
            throw Unreadable(tensor);
        }
    }

    public float[] Read(Tensor tensor)
    {
        var numbers = new float[tensor.Shape.Count];
        Read(tensor, numbers);
        return numbers;
    }

    /// <summary>Reads the gradient of a differentiable input after a replay.</summary>
    public void ReadGradient(Tensor tensor, Span<float> numbers)
    {
        CheckReadable(tensor, numbers);
        if (!Training || !tensor.IsDifferentiable || !inputs.ContainsKey(tensor.Root))
        {
            throw new ArgumentException($"'{tensor.Name}' is no differentiable input of a training plan");
        }

        var place = arrangement.Find(new Memory(tensor.Root, Content.Gradient, Making: 0))
            ?? throw new ArgumentException($"'{tensor.Name}' has no gradient here: the plan's loss does not depend on it");
        using var visit = Turn.Enter(writes: false, InUse);
        arena.Read(numbers, place.Offset);
    }

    /// <exception cref="ArgumentException">The dial is not of the plan's graph.</exception>
    public void Set(Dial dial, float value)
    {
        CheckUsable();
        CheckDials(dial, 1);
        using var visit = Turn.Enter(writes: true, InUse);
        lastingBlock.Write<float>([value], dials.Offset + dial.Place);
    }

    /// <summary>Sets what random numbers and the feed depend on.</summary>
    public void SetClock(ulong seed, int step, int position = 0)
    {
        CheckUsable();
        using var visit = Turn.Enter(writes: true, InUse);
        lastingBlock.Write<int>([(int)(uint)seed, (int)(uint)(seed >> 32), step, position], clock.Offset);
    }

    /// <summary>Reads working memory that lasts as long as the plan.</summary>
    public float[] Read(Scratch scratch)
    {
        var numbers = new float[scratch.Count];
        Read(scratch, numbers);
        return numbers;
    }

    public void Read(Scratch scratch, Span<float> numbers)
    {
        CheckUsable();
        var place = Kept(scratch);
        using var visit = Turn.Enter(writes: false, InUse);
        lastingBlock.Read(numbers[..place.Count], place.Offset);
    }

    /// <summary>Writes working memory that lasts as long as the plan.</summary>
    public void Write(Scratch scratch, ReadOnlySpan<float> numbers)
    {
        CheckUsable();
        var place = Kept(scratch);
        if (numbers.Length != place.Count)
        {
            throw new ShapeException($"the working memory has {place.Count} numbers, got {numbers.Length}");
        }

        using var visit = Turn.Enter(writes: true, InUse);
        lastingBlock.Write(numbers, place.Offset);
    }

    /// <summary>
    /// Replays a copy of this plan launch by launch and names the first result that is not finite; null where all are. It moves running
    /// statistics as a replay does.
    /// </summary>
    public string? Trace()
    {
        CheckUsable();
        using var copy = new Plan(Device, Graph, Weights, Training, outputs, new PlanOptions(Chained: false));
        var numbers = new float[lasting.Count];
        using (Turn.Enter(writes: false, InUse))
        {
            lastingBlock.Read<float>(numbers);
        }

        copy.lastingBlock.Write<float>(numbers);
        return copy.Recording.Trace();
    }

    /// <summary>Ends it. A replay on another thread runs to its end, and then gives the memory back.</summary>
    public void Dispose()
    {
        Recording?.Release();
        arena?.Dispose();
        windows?.Dispose();
        lastingBlock?.Dispose();
    }

    internal void CheckUsable()
    {
        arena.CheckUsable();
        Weights.CheckUsable();
    }

    /// <summary>Where a parameter or an input lies; null for what ops write.</summary>
    internal ArrayView<float>? Outside(Tensor root) => root.Parameter is { } parameter ? Weights.Values(parameter)
        : !inputs.TryGetValue(root, out var input) ? null
        : lastingBlock is null ? default(ArrayView<float>)
        : lastingBlock.View(input.Offset, input.Count);

    internal ArrayView<float> View(Memory memory)
    {
        if (arrangement.IsLocal(memory, out var local))
        {
            return windows.View(local.Offset, local.Count);
        }

        var item = arrangement[memory];
        return arena.View(item.Offset, item.Count);
    }

    internal ArrayView<float> Lasting(Scratch scratch) => lastingBlock.View(Kept(scratch).Offset, Kept(scratch).Count);

    internal ChainSizes SizesOf(int chain, int images) =>
        new(images, arrangement.ShareOf(chain), windows.View(0, windows.Count), arrangement.Window);

    /// <summary>A dial and those made right after it.</summary>
    internal ArrayView<float> View(Dial first, int count)
    {
        CheckDials(first, count);
        return lastingBlock is null ? default : lastingBlock.View(dials.Offset + first.Place, count);
    }

    /// <summary>Dials of two graphs may be equal as records; what counts is whether they are this graph's own.</summary>
    private void CheckDials(Dial first, int count)
    {
        if (first.Place < 0 || first.Place > dialsOfGraph.Length - count || !ReferenceEquals(dialsOfGraph[first.Place], first))
        {
            throw new ArgumentException($"dial '{first.Name}' is not of this plan's graph, which had"
                + $" {(dialsOfGraph.Length == 0 ? "none" : string.Join(", ", dialsOfGraph.Select(dial => $"'{dial.Name}'")))}");
        }
    }

    private Placement.Item Kept(Scratch scratch) => kept.TryGetValue(scratch, out var place)
        ? place
        : throw new ArgumentException($"the plan keeps no such working memory of {scratch.Count} floats: it is no op's of this plan");

    /// <summary>A loop: a lambda would be an allocation at every read.</summary>
    private bool IsOutput(Tensor root)
    {
        foreach (var output in outputs)
        {
            if (output.Root == root)
            {
                return true;
            }
        }

        return false;
    }

    private Exception Unreadable(Tensor tensor) => Array.Exists(ops, op => op.Output == tensor.Root)
        ? new InvalidOperationException($"'{tensor.Name}' is not an output of this plan: others use its memory later on")
        : new ArgumentException($"'{tensor.Name}' is not computed by this plan");

    private Block AllocateWindows()
    {
        var count = (long)arrangement.Window * Device.Windows;
        return count <= int.MaxValue
            ? Device.Allocate((int)count, "the threads' windows")
            : throw new InsufficientMemoryException($"the threads' windows need more than {int.MaxValue} floats; take smaller images");
    }

    private Sketch Draw(HashSet<Op> remade)
    {
        var sketch = new Sketch();
        Record(new Recording(this, remade, sketch), isTraced: false);
        return sketch;
    }

    private void Record(Recording recording, bool isTraced)
    {
        foreach (var op in ops)
        {
            op.Forward(recording);
            recording.EndOp();
            if (isTraced)
            {
                recording.Note($"{op.Name}, output", View(new Memory(op.Output, Content.Value, Making: 0)));
            }
        }

        recording.StartBackward();
        foreach (var op in Training ? ops.Reverse().Where(op => op is Loss || recording.HasGradient(op.Output)) : [])
        {
            op.Backward(recording);
            recording.EndOp();
            foreach (var input in op.Inputs.Where(input => isTraced && input.IsDifferentiable))
            {
                var gradient = input.Root.Parameter is { } parameter
                    ? Weights.Gradients(parameter)
                    : View(new Memory(input.Root, Content.Gradient, Making: 0));
                recording.Note($"{op.Name}, gradient of {input.Name}", gradient);
            }
        }

        recording.Close();
    }

    private void CheckReadable(Tensor tensor, Span<float> numbers)
    {
        CheckUsable();
        if (numbers.Length != tensor.Shape.Count)
        {
            throw new ShapeException($"'{tensor.Name}' is {tensor.Shape} ({tensor.Shape.Count} numbers), room for {numbers.Length}");
        }
    }
}
