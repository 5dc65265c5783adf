using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class PlacementTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ItemsNeededTogetherShareNoMemory(bool packed)
    {
        var random = new Random(17);
        for (var trial = 0; trial < 200; trial++)
        {
            var placement = new Placement();
            var items = Enumerable.Range(0, random.Next(1, 40)).Select(_ =>
            {
                var first = random.Next(20);
                return placement.Add(random.Next(1, 200), first, first + random.Next(8));
            }).ToArray();
            placement.Place(packed);
            foreach (var (one, place) in items.Select((item, place) => (item, place)))
            {
                Assert.Equal(0, one.Offset % 16);
                Assert.True(one.Offset >= 0 && one.Offset + one.Count <= placement.Count, "an item lies outside the arena");
                foreach (var two in items.Skip(place + 1))
                {
                    var together = !packed || (one.First <= two.Last && two.First <= one.Last);
                    var overlap = one.Offset < two.Offset + two.Count && two.Offset < one.Offset + one.Count;
                    Assert.False(together && overlap, $"steps {one.First}-{one.Last} and {two.First}-{two.Last} share memory");
                }
            }
        }
    }

    [Fact]
    public void AChainNeedsTheRoomOfTwoNeighbours()
    {
        var placement = new Placement();
        for (var step = 0; step < 10; step++)
        {
            placement.Add(160, step, step + 1);
        }

        placement.Place(packed: true);
        Assert.Equal(320, placement.Count);
        placement.Place(packed: false);
        Assert.Equal(1600, placement.Count);
    }

    [Fact]
    public void LifetimesMayGrowBeforeTheyArePlaced()
    {
        var placement = new Placement();
        var (one, two) = (placement.Add(16, 0, 1), placement.Add(16, 2, 3));
        one.Last = 2;
        placement.Place(packed: true);
        Assert.NotEqual(one.Offset, two.Offset);
    }

    [Fact]
    public void RefusesAnArenaBeyondTheIndex()
    {
        var placement = new Placement();
        placement.Add(int.MaxValue - 64, 0, 1);
        placement.Add(1024, 0, 1);
        Assert.Throws<InsufficientMemoryException>(() => placement.Place(packed: true));
    }
}
