using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class BlockTests
{
    [Fact]
    public unsafe void StartsZeroOnACacheLine()
    {
        using var block = Hosts.OneThread.Allocate(100, "test");
        Assert.Equal(0, (long)HostMemory.Address(block.View(0, 100)) % 64);
        var numbers = new float[100];
        Array.Fill(numbers, 1f);
        block.Read<float>(numbers);
        Assert.All(numbers, number => Assert.Equal(0f, number));
    }

    [Fact]
    public void ReadsBackWhatWasWrittenAsFloatsAndIntegers()
    {
        using var block = Hosts.OneThread.Allocate(10, "test");
        block.Write<float>([1f, 2f], 3);
        block.Write<int>([int.MinValue, 7], 8);
        var floats = new float[4];
        block.Read<float>(floats, 2);
        Assert.Equal([0f, 1f, 2f, 0f], floats);
        Assert.Equal((int.MinValue, 7), (block.Integers(8, 2)[0], block.Integers(8, 2)[1]));
        block.View(3, 2)[1] = 9f;
        block.Read<float>(floats, 2);
        Assert.Equal(9f, floats[2]);
        block.Fill(0xFF);
        Assert.True(float.IsNaN(block.View(0, 10)[9]));
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 11)]
    [InlineData(10, 1)]
    [InlineData(5, -1)]
    [InlineData(int.MaxValue, 5)]
    public void RefusesWhatLiesOutside(int start, int count)
    {
        using var block = Hosts.OneThread.Allocate(10, "test");
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => block.View(start, count));
        Assert.Contains("in a block of 10", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => block.Integers(start, count));
        if (count > 0)
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => block.Write<float>(new float[count], start));
            Assert.Throws<ArgumentOutOfRangeException>(() => block.Read<float>(new float[count], start));
        }
    }

    [Fact]
    public void RefusesUseAfterItsEnd()
    {
        var block = Hosts.OneThread.Allocate(10, "test");
        block.Dispose();
        block.Dispose();
        Assert.Throws<ObjectDisposedException>(() => block.View(0, 1));
        Assert.Throws<ObjectDisposedException>(() => block.Fill(0));
    }

    [Fact]
    public void RefusesNumbersOfOtherSizes()
    {
        using var block = Hosts.OneThread.Allocate(10, "ten numbers");
        foreach (var use in new Action[]
        {
            () => block.Read<double>(new double[10]), () => block.Write<double>(new double[2]), () => block.Write<byte>(new byte[4]),
        })
        {
            Assert.StartsWith("ten numbers: a block's numbers have 4 bytes", Assert.Throws<ArgumentException>(use).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void EndsOnceOnManyThreads()
    {
        using var device = new HostDevice(1);
        for (var round = 0; round < 2000; round++)
        {
            var block = device.Allocate(10, "test");
            using var start = new Barrier(2);
            Parallel.Invoke(() => End(block, start), () => End(block, start));
            Assert.Equal((0, 0), (device.LiveBlocks, device.LiveBytes));
        }

        static void End(Block block, Barrier start)
        {
            start.SignalAndWait();
            block.Dispose();
        }
    }

    /// <summary>The numbers are nowhere: only where they would go is looked at.</summary>
    [Fact]
    public unsafe void CopiesPiecesWhoseBytesCanBeCounted()
    {
        using var block = new LargeBlock();
        block.Write(new ReadOnlySpan<float>(null, int.MaxValue));
        block.Read(new Span<float>(null, int.MaxValue - 5), 5);
        Assert.All(block.Pieces, piece => Assert.True(piece.Bytes > 0));
        Assert.Equal(2 * (long)int.MaxValue - 5, block.Pieces.Sum(piece => piece.Bytes / 4L));
        Assert.Equal(5, block.Pieces.Last(piece => piece.Start < 10).Start);
    }

    private sealed class LargeBlock() : Block(int.MaxValue, "a large block")
    {
        public List<(int Start, int Bytes)> Pieces { get; } = [];

        public override ILGPU.ArrayView<float> View(int start, int count) => default;

        public override ILGPU.ArrayView<int> Integers(int start, int count) => default;

        protected override void SetBytes(byte value)
        {
        }

        protected override void Upload(ReadOnlySpan<byte> bytes, int start) => Pieces.Add((start, bytes.Length));

        protected override void Download(Span<byte> bytes, int start) => Pieces.Add((start, bytes.Length));

        protected override void Release()
        {
        }
    }
}
