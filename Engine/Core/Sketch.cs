namespace Estampa.Engine;

/// <summary>What of a tensor or an op needs a place.</summary>
internal enum Content
{
    Value,
    Gradient,
    Working,
}

/// <summary>
/// Numbers that need a place in the arena: a tensor's values (which may be made again in the backward pass, as another
/// <paramref name="Making"/>), its gradient, or an op's working memory.
/// </summary>
internal readonly record struct Memory(object Owner, Content Content, int Making);

/// <summary>Launches from the first to the last that may use some memory, by their numbers.</summary>
internal readonly record struct Use(int First, int Last);

/// <summary>
/// A recording's first run, which makes no launches: it finds out which launch uses what, and which launches form a chain, so that
/// places can be found before the second run.
/// </summary>
internal sealed class Sketch
{
    /// <summary>Ops that are made again one from another, at most: each is a call within the other's, and models here have a few.</summary>
    private const int MostRemakings = 16;
    private readonly List<(int Chain, int Images)> launches = [];
    private readonly List<(Memory Memory, int First)> asked = [];
    private readonly Dictionary<Memory, List<Use>> uses = [];

    /// <summary>Working memory that was asked for and lasts.</summary>
    public HashSet<Scratch> Lasting { get; } = [];

    public IEnumerable<KeyValuePair<Memory, List<Use>>> Uses => uses;

    /// <summary>The launch at which the backward pass begins.</summary>
    public int Backward { get; private set; } = int.MaxValue;

    public int ChainOf(int launch) => launches[launch].Chain;

    /// <summary>The batch of a launch that works image by image; 0 for any other.</summary>
    public int ImagesOf(int launch) => launches[launch].Images;

    /// <summary>From the next launch on, to the last of this op, the memory is in use.</summary>
    public void Ask(Memory memory) => asked.Add((memory, launches.Count));

    public void Launch(int chain, int images) => launches.Add((chain, images));

    public void StartBackward() => Backward = launches.Count;

    public void EndOp()
    {
        foreach (var (memory, first) in asked)
        {
            if (first < launches.Count)
            {
                (uses.TryGetValue(memory, out var list) ? list : uses[memory] = []).Add(new Use(first, launches.Count - 1));
            }
        }

        asked.Clear();
    }

    /// <summary>
    /// Ops whose output is better made again in the backward pass than kept: it can be, and only chains read it there, which have its
    /// images in the cache anyway.
    /// </summary>
    public HashSet<Op> Remade(IEnumerable<Op> ops)
    {
        var levels = new Dictionary<Op, int>();
        foreach (var op in ops.Where(IsRemade))
        {
            var level = 1 + op.Inputs.Select(input => input.Root.Maker is { } maker ? levels.GetValueOrDefault(maker) : 0)
                .DefaultIfEmpty().Max();
            if (level <= MostRemakings)
            {
                levels.Add(op, level);
            }
        }

        return [.. levels.Keys];
    }

    private bool IsRemade(Op op) => op.CanRemake
        && uses.TryGetValue(new Memory(op.Output, Content.Value, Making: 0), out var list)
        && list.Exists(use => use.First >= Backward)
        && list.TrueForAll(use => use.First < Backward || Enumerable.Range(use.First, use.Last - use.First + 1).All(IsImages));

    private bool IsImages(int launch) => ImagesOf(launch) > 0;
}
