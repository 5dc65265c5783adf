using System.Collections.Concurrent;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

/// <summary>How a chain cuts its batch, with links that note what they are given.</summary>
public class HostChainTests
{
    [Fact]
    public void EveryLinkSeesEveryImageOnceInSlicesWithinParts()
    {
        using HostThreads one = new(1), three = new(3);
        foreach (var images in new[] { 1, 2, 15, 16, 17, 40, 100 })
        {
            foreach (var share in new[] { 1, 2, 7, 64 })
            {
                foreach (var groups in new[] { 0, 1, 16 })
                {
                    var notes = Cut(one, images, share, groups);
                    Check($"{images} images, {share} a slice, {groups} groups", notes, images, share, groups);
                    Assert.Equal(notes, Cut(three, images, share, groups));
                }
            }
        }
    }

    [Fact]
    public void PartsOfGroupsAreCutIntoSlices()
    {
        using var threads = new HostThreads(1);
        Note[] expected = [new(0, 2, 0, true), new(2, 3, 0, false), new(3, 5, 1, true), new(5, 6, 1, false)];
        Assert.Equal(expected, Cut(threads, images: 6, share: 2, groups: 2));
    }

    [Fact]
    public void LinksFollowEachOtherOnEachSlice()
    {
        using var threads = new HostThreads(1);
        using var memory = Hosts.OneThread.Allocate(16, "a window");
        var order = new List<string>();
        HostLink[] links = [.. new[] { "first", "second" }.Select(name => new Link(name, 0, slice => order.Add($"{name} {slice.First}")))];
        new HostChain(threads, links, new ChainSizes(2, 1, memory.View(0, 16), 16)).Run();
        Assert.Equal(["first 0", "second 0", "first 1", "second 1"], order);
    }

    [Fact]
    public void LinksPrepareWhenTheWeightsHaveChanged()
    {
        using var threads = new HostThreads(2);
        using var memory = Hosts.OneThread.Allocate(16, "a window");
        var graph = new Graph();
        _ = graph.Input("rows", new Shape(1, 2)).Linear("layer", 3);
        using var weights = new Weights(Hosts.OneThread, graph, seed: 1);
        Link[] watching = [new("a", 0) { Watched = weights }, new("b", 0) { Watched = weights }], always = [new("c", 0)];
        var kept = new HostChain(threads, watching, new ChainSizes(3, 1, memory.View(0, 16), 16));
        var made = new HostChain(threads, always, new ChainSizes(3, 1, memory.View(0, 16), 16));
        foreach (var (change, expected) in new[] { (false, 1), (false, 1), (true, 2), (false, 2), (true, 3) })
        {
            if (change)
            {
                weights.Import("layer.bias", new float[3]);
            }

            kept.Run();
            made.Run();
            Assert.All(watching, link => Assert.Equal(expected, link.Preparations));
            Assert.Equal(always[0].Ends, always[0].Preparations);
        }

        Assert.Equal(5, always[0].Ends);
        Assert.All(watching, link => Assert.Equal(5, link.Ends));
    }

    private static void Check(string what, Note[] notes, int images, int share, int groups)
    {
        var parts = groups > 0 ? Math.Min(groups, images) : (images + share - 1) / share;
        Assert.True(notes.Length > 0 && notes[0].First == 0 && notes[^1].End == images, what);
        for (var place = 0; place < notes.Length; place++)
        {
            var note = notes[place];
            var begins = place == 0 || notes[place - 1].Part != note.Part;
            Assert.True(note.End > note.First && note.End - note.First <= share, $"{what}: {note}");
            Assert.True(note.IsFirst == begins && (place == 0 || notes[place - 1].End == note.First), $"{what}: {note}");
        }

        // Every part has images, and no part has two more than another.
        var sizes = notes.GroupBy(note => note.Part).Select(part => part.Sum(note => note.End - note.First)).ToArray();
        Assert.True(sizes.Length == parts && sizes.Max() - sizes.Min() <= 1, $"{what}: {string.Join(" ", sizes)}");
    }

    private static Note[] Cut(HostThreads threads, int images, int share, int groups)
    {
        using var memory = Hosts.OneThread.Allocate(48, "three windows");
        ConcurrentBag<Note> first = [], second = [];
        HostLink[] links =
        [
            new Link("first", 0, slice => first.Add(new Note(slice.First, slice.End, slice.Part, slice.IsFirst))),
            new Link("second", groups, slice => second.Add(new Note(slice.First, slice.End, slice.Part, slice.IsFirst))),
        ];
        new HostChain(threads, links, new ChainSizes(images, share, memory.View(0, 48), 16)).Run();
        Note[] notes = [.. first.OrderBy(note => note.First)];
        Assert.Equal(notes, second.OrderBy(note => note.First));
        return notes;
    }

    private readonly record struct Note(int First, int End, int Part, bool IsFirst);

    private sealed class Link(string name, int groups, Action<Slice>? work = null) : HostLink(name)
    {
        private int preparations;

        public int Preparations => preparations;

        public int Ends { get; private set; }

        public override int Groups => groups;

        public override bool Prepares => true;

        public override void Prepare() => Interlocked.Increment(ref preparations);

        public override void Run(in Slice slice) => work?.Invoke(slice);

        public override void Finish() => Ends++;
    }
}
