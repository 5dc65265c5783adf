namespace Estampa.Engine;

/// <summary>
/// Finds a place in one arena for every value, gradient and scratch of a plan: two of them may share memory when no step needs both.
/// </summary>
internal sealed class Placement
{
    /// <summary>Floats in 64 bytes: every place starts on a cache line.</summary>
    private const int Line = 16;
    private readonly List<Item> items = [];

    /// <summary>Floats the arena must have; known after <see cref="Place"/>.</summary>
    public int Count { get; private set; }

    public Item Add(int count, int first, int last)
    {
        var item = new Item(count, first, last);
        items.Add(item);
        return item;
    }

    /// <summary>Places large items first, each at the lowest offset that is free through its whole life.</summary>
    /// <param name="packed">False gives each item memory of its own, to prove that sharing changes nothing.</param>
    public void Place(bool packed)
    {
        var placed = new List<Item>();
        foreach (var item in items.OrderByDescending(item => item.Count).ThenBy(item => item.First))
        {
            long offset = 0;
            foreach (var other in placed.OrderBy(other => other.Offset))
            {
                var together = !packed || (item.First <= other.Last && other.First <= item.Last);
                if (together && offset < other.Offset + other.Room && other.Offset < offset + item.Room)
                {
                    offset = other.Offset + other.Room;
                }
            }

            if (offset + item.Room > int.MaxValue)
            {
                throw new InsufficientMemoryException(
                    $"the plan needs more than {int.MaxValue} floats, {item.Count} of them in one piece; take a smaller batch");
            }

            item.Offset = (int)offset;
            Count = Math.Max(Count, (int)(offset + item.Room));
            placed.Add(item);
        }
    }

    internal sealed class Item(int count, int first, int last)
    {
        public int Count { get; } = count;

        public int First { get; } = first;

        public int Last { get; set; } = last;

        public int Offset { get; set; }

        public long Room => (Count + Line - 1L) / Line * Line;
    }
}
