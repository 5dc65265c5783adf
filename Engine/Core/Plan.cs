using ILGPU;

namespace Estampa.Engine;

/// <summary>How a plan lays out memory; the defaults are for work, the others for tests.</summary>
/// <param name="Packed">Values that no step needs together share memory.</param>
/// <param name="Poisoned">Fresh memory is NaN instead of zero, so that a result that depends on it shows.</param>
public sealed record PlanOptions(bool Packed = true, bool Poisoned = false);

/// <summary>
/// A graph made ready for one device: every tensor has a place in one arena and every launch is recorded. Training plans replay
/// forward and backward; evaluation plans replay what their outputs need.
/// </summary>
public sealed class Plan : IDisposable
{
    private readonly Placement placement = new();
    private readonly Placement lasting = new();
    private readonly Dictionary<Tensor, Placement.Item> values = [];
    private readonly Dictionary<Tensor, Placement.Item> gradients = [];
    private readonly Dictionary<Scratch, Placement.Item> scratches = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Tensor, Placement.Item> inputs = [];
    private readonly Dictionary<Scratch, Placement.Item> kept = new(ReferenceEqualityComparer.Instance);
    private readonly Placement.Item clock;
    private readonly Placement.Item dials;
    private readonly Block arena;
    private readonly Block lastingBlock;
    private readonly Op[] ops;

    private Plan(Device device, Graph graph, Weights weights, bool training, Tensor[] outputs, PlanOptions? options)
    {
        options ??= new PlanOptions();
        Device = device;
        Graph = graph;
        Weights = weights;
        Training = training;
        ops = Upstream(graph, outputs);

        clock = lasting.Add(16, 0, 0);
        dials = lasting.Add(Math.Max(graph.Dials.Count, 1), 0, 0);
        foreach (var input in graph.Inputs)
        {
            inputs[input] = lasting.Add(input.Shape.Count, 0, 0);
            if (training && input.IsDifferentiable)
            {
                gradients[input] = placement.Add(input.Shape.Count, 0, 2 * ops.Length);
            }
        }

        for (var step = 0; step < ops.Length; step++)
        {
            Measure(ops[step], step, outputs);
        }

        lasting.Place(packed: false);
        placement.Place(options.Packed);
        lastingBlock = device.Allocate(lasting.Count, "the plan's inputs");
        try
        {
            arena = device.Allocate(placement.Count, "the plan's arena");
        }
        catch
        {
            lastingBlock.Dispose();
            throw;
        }

        if (options.Poisoned)
        {
            arena.Fill(0xFF);
        }

        foreach (var dial in graph.Dials)
        {
            Set(dial, dial.First);
        }

        Recording = new Recording(this);
        Record(outputs);
    }

    public Device Device { get; }

    public Graph Graph { get; }

    public Weights Weights { get; }

    public bool Training { get; }

    public Recording Recording { get; }

    /// <summary>Floats of working memory, inputs included.</summary>
    public long MemoryCount => (long)placement.Count + lasting.Count;

    internal ArrayView<int> Clock => lastingBlock.Integers(clock.Offset, 4);

    /// <summary>A plan whose replay computes <paramref name="loss"/> and the gradients of all trained parameters.</summary>
    /// <exception cref="ArgumentException">The tensor is not a <see cref="Engine.Loss"/>: nothing would start its gradient.</exception>
    public static Plan ForTraining(Device device, Graph graph, Weights weights, Tensor loss, PlanOptions? options = null) =>
        loss.Maker is Loss
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

        lastingBlock.Write(numbers, item.Offset);
    }

    /// <summary>Reads the numbers of an output (or an input) after a replay.</summary>
    public void Read(Tensor tensor, Span<float> numbers) => Read(values, tensor, numbers);

    public float[] Read(Tensor tensor)
    {
        var numbers = new float[tensor.Shape.Count];
        Read(tensor, numbers);
        return numbers;
    }

    /// <summary>Reads the gradient of a differentiable input after a replay.</summary>
    public void ReadGradient(Tensor tensor, Span<float> numbers) => Read(gradients, tensor, numbers);

    public void Set(Dial dial, float value)
    {
        CheckUsable();
        lastingBlock.Write<float>([value], dials.Offset + dial.Place);
    }

    /// <summary>Sets what random numbers and the feed depend on.</summary>
    public void SetClock(ulong seed, int step, int position = 0)
    {
        CheckUsable();
        lastingBlock.Write<int>([(int)(uint)seed, (int)(uint)(seed >> 32), step, position], clock.Offset);
    }

    /// <summary>Reads working memory that lasts as long as the plan.</summary>
    public float[] Read(Scratch scratch)
    {
        CheckUsable();
        var numbers = new float[scratch.Count];
        lastingBlock.Read<float>(numbers, kept[scratch].Offset);
        return numbers;
    }

    /// <summary>Writes working memory that lasts as long as the plan.</summary>
    public void Write(Scratch scratch, ReadOnlySpan<float> numbers)
    {
        CheckUsable();
        if (numbers.Length != scratch.Count)
        {
            throw new ShapeException($"the working memory has {scratch.Count} numbers, got {numbers.Length}");
        }

        lastingBlock.Write(numbers, kept[scratch].Offset);
    }

    public void Dispose()
    {
        arena.Dispose();
        lastingBlock.Dispose();
    }

    internal void CheckUsable()
    {
        ObjectDisposedException.ThrowIf(arena.IsDisposed, this);
        Weights.CheckUsable();
    }

    internal ArrayView<float> Value(Tensor tensor)
    {
        var root = tensor.Root;
        return root.Parameter is { } parameter ? Weights.Values(parameter)
            : inputs.TryGetValue(root, out var input) ? lastingBlock.View(input.Offset, input.Count)
            : arena.View(values[root].Offset, values[root].Count);
    }

    internal ArrayView<float> Gradient(Tensor tensor)
    {
        var root = tensor.Root;
        return root.Parameter is { } parameter ? Weights.Gradients(parameter) : arena.View(gradients[root].Offset, gradients[root].Count);
    }

    internal ArrayView<float> View(Scratch scratch) => scratch.Lifetime == Lifetime.Plan
        ? lastingBlock.View(kept[scratch].Offset, scratch.Count)
        : arena.View(scratches[scratch].Offset, scratch.Count);

    internal ArrayView<float> View(Dial dial) => lastingBlock.View(dials.Offset + dial.Place, 1);

    private static Op[] Upstream(Graph graph, Tensor[] outputs)
    {
        var needed = new HashSet<Tensor>(outputs.Select(output => output.Root));
        var list = new List<Op>();
        foreach (var op in graph.Ops.Reverse())
        {
            if (needed.Contains(op.Output.Root))
            {
                list.Insert(0, op);
                needed.UnionWith(op.Inputs.Select(input => input.Root));
            }
        }

        return [.. list];
    }

    /// <summary>Op number s runs forward at step s and backward at step 2n - 1 - s; step 2n is the end, when outputs are read.</summary>
    private void Measure(Op op, int step, Tensor[] outputs)
    {
        var end = 2 * ops.Length;
        var back = end - 1 - step;
        var isOutput = outputs.Any(output => output.Root == op.Output.Root);
        values[op.Output] = placement.Add(op.Output.Shape.Count, step, isOutput ? end : Training && op.BackwardReadsOutput ? back : step);
        for (var index = 0; index < op.Inputs.Count; index++)
        {
            if (values.TryGetValue(op.Inputs[index].Root, out var item))
            {
                item.Last = Math.Max(item.Last, Training && op.BackwardReadsInput(index) ? back : step);
            }
        }

        if (Training && op.Output.IsDifferentiable)
        {
            // The last op that reads the output is the first to write its gradient.
            var lastUse = Array.FindLastIndex(ops, user => user.Inputs.Any(input => input.Root == op.Output.Root));
            gradients[op.Output] = placement.Add(op.Output.Shape.Count, lastUse < 0 ? 0 : end - 1 - lastUse, back);
        }

        foreach (var scratch in op.Scratches)
        {
            if (scratch.Lifetime == Lifetime.Plan)
            {
                kept[scratch] = lasting.Add(scratch.Count, 0, 0);
            }
            else
            {
                var first = scratch.Lifetime == Lifetime.Backward ? back : step;
                scratches[scratch] = placement.Add(scratch.Count, first, scratch.Lifetime == Lifetime.Forward ? step : back);
            }
        }
    }

    private void Record(Tensor[] outputs)
    {
        foreach (var op in ops)
        {
            op.Forward(Recording);
            Recording.Note($"{op.Name}, output", Value(op.Output));
        }

        foreach (var op in Training ? ops.Reverse() : [])
        {
            if (op.Output.IsDifferentiable)
            {
                op.Backward(Recording);
                foreach (var input in op.Inputs.Where(input => input.IsDifferentiable))
                {
                    Recording.Note($"{op.Name}, gradient of {input.Name}", Gradient(input));
                }
            }
        }
    }

    private void Read(Dictionary<Tensor, Placement.Item> places, Tensor tensor, Span<float> numbers)
    {
        CheckUsable();
        if (numbers.Length != tensor.Shape.Count)
        {
            throw new ShapeException($"'{tensor.Name}' is {tensor.Shape} ({tensor.Shape.Count} numbers), room for {numbers.Length}");
        }

        if (places.TryGetValue(tensor.Root, out var item))
        {
            // Only what lasts to the end of a replay still holds its own numbers.
            if (item.Last < 2 * ops.Length)
            {
                throw new InvalidOperationException($"'{tensor.Name}' is not an output of this plan: others use its memory later on");
            }

            arena.Read(numbers, item.Offset);
        }
        else if (ReferenceEquals(places, values) && inputs.TryGetValue(tensor.Root, out var input))
        {
            lastingBlock.Read(numbers, input.Offset);
        }
        else
        {
            throw new ArgumentException($"'{tensor.Name}' is not computed by this plan");
        }
    }
}
