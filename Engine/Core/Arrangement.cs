namespace Estampa.Engine;

/// <summary>
/// Where a plan's memory lies: in one arena, or, for what lives within one chain only, in a window that each thread has for itself and
/// that holds a slice of images instead of the batch.
/// </summary>
internal sealed class Arrangement
{
    /// <summary>
    /// Floats that a slice may touch: 640 KiB, which leaves room in a second-level cache of 1 MiB for the weights that pass through.
    /// </summary>
    private const int CacheFloats = 160 * 1024;

    /// <summary>A launch behind all others: when outputs are read.</summary>
    private const int End = int.MaxValue;
    private readonly Placement arena = new();
    private readonly Dictionary<Memory, Placement.Item> items = [];
    private readonly Dictionary<Memory, Placement.Item> locals = [];
    private readonly Dictionary<int, int> shares = [];

    /// <param name="sketch">Which launch uses what.</param>
    /// <param name="outputs">Values (and inputs, whose gradients are) read after a replay.</param>
    /// <param name="packed">Whether memory that is not needed at the same time may be shared.</param>
    /// <param name="groups">Whether the device runs grouped routes.</param>
    public Arrangement(Sketch sketch, IReadOnlySet<Tensor> outputs, bool packed, bool groups)
    {
        var windows = new Dictionary<int, Placement>();
        foreach (var (chain, floats) in MostInUse(sketch))
        {
            shares[chain] = (int)Math.Clamp(CacheFloats / floats, 1, 64);
        }

        foreach (var (memory, uses) in sketch.Uses)
        {
            int first = uses.Min(use => use.First), last = uses.Max(use => use.Last), chain = sketch.ChainOf(first);
            if (sketch.ImagesOf(first) > 0 && sketch.ChainOf(last) == chain && memory.Owner is Tensor tensor && !outputs.Contains(tensor))
            {
                var window = windows.TryGetValue(chain, out var known) ? known : windows[chain] = new Placement();
                locals[memory] = window.Add(checked(ShareOf(chain) * tensor.Shape.Sample), first, last);
                continue;
            }

            var isOutput = memory.Owner is Tensor output && outputs.Contains(output);
            items[memory] = arena.Add(CountOf(memory, groups), chain, isOutput ? End : sketch.ChainOf(last));
        }

        arena.Place(packed);
        foreach (var window in windows.Values)
        {
            window.Place(packed);
            Window = Math.Max(Window, window.Count);
        }
    }

    /// <summary>Floats of the arena.</summary>
    public int Count => arena.Count;

    /// <summary>Floats of one thread's window.</summary>
    public int Window { get; }

    public bool IsLocal(Memory memory, out Placement.Item item) => locals.TryGetValue(memory, out item!);

    public Placement.Item this[Memory memory] => items[memory];

    public Placement.Item? Find(Memory memory) => items.GetValueOrDefault(memory);

    public int ShareOf(int chain) => shares.GetValueOrDefault(chain, 1);

    private static int CountOf(Memory memory, bool groups) =>
        memory.Owner is Tensor tensor ? tensor.Shape.Count : ((Scratch)memory.Owner).CountOn(groups);

    /// <summary>For each chain, the floats of an image that are in use at a time: the most over its launches.</summary>
    private static Dictionary<int, long> MostInUse(Sketch sketch)
    {
        var inUse = new Dictionary<int, long>();
        foreach (var (memory, uses) in sketch.Uses.Where(entry => entry.Key.Owner is Tensor))
        {
            foreach (var chain in uses.SelectMany(use => Enumerable.Range(use.First, use.Last - use.First + 1)).GroupBy(sketch.ChainOf))
            {
                // Between two uses in one chain its numbers stay.
                for (var launch = chain.Min(); launch <= chain.Max(); launch++)
                {
                    inUse[launch] = inUse.GetValueOrDefault(launch) + ((Tensor)memory.Owner).Shape.Sample;
                }
            }
        }

        return inUse.GroupBy(entry => sketch.ChainOf(entry.Key)).ToDictionary(
            chain => chain.Key, chain => chain.Max(entry => entry.Value));
    }
}
