using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

/// <summary>A file of three blocks of four alerts, the middle one damaged: the others are delivered, and what is lost is told.</summary>
public class AvroRecoveryTests
{
    private static readonly long[] Others = [1, 2, 3, 4, 9, 10, 11, 12];

    private static readonly AvroRecord[] Alerts =
        [.. Enumerable.Range(1, 12).Select(n => DataFiles.Alert(n, $"ZTF{n}", science: DataFiles.Packed(Noise(n))))];

    [Theory]
    [InlineData("size off by one", 4)]
    [InlineData("size beyond the file", 4)]
    [InlineData("size beyond the limit", 4)]
    [InlineData("size of no number", 4)]
    [InlineData("count of no number", 1)]
    [InlineData("marker", 4)]
    [InlineData("inserted", 4)]
    [InlineData("deleted", 4)]
    [InlineData("emptied", 4)]
    [InlineData("count too large", 1)]
    [InlineData("negative count", 1)]
    [InlineData("no count", 1)]
    public void GoesOnAfterTheMiddleBlock(string damage, int count)
    {
        foreach (var codec in new[] { "null", "deflate" })
        {
            var (bytes, starts) = Whole(codec);
            var (start, end) = (starts[1], starts[2]);
            var middle = bytes[start..end];
            Assert.InRange(middle.Length, 1 << 13, 1 << 19);
            middle = damage switch
            {
                "size off by one" => [middle[0], (byte)(middle[1] ^ 2), .. middle[2..]],
                "size beyond the file" => [middle[0], middle[1], middle[2], (byte)(middle[3] | 0x80), 1, .. middle[4..]],
                "size beyond the limit" => [middle[0], 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 1, .. middle[4..]],
                "size of no number" => [middle[0], .. Enumerable.Repeat((byte)0xFF, 12), .. middle[13..]],
                "count of no number" => [.. Enumerable.Repeat((byte)0xFF, 12), .. middle[12..]],
                "marker" => [.. middle[..^1], (byte)(middle[^1] ^ 1)],
                "inserted" => [.. middle[..3000], 7, .. middle[3000..]],
                "deleted" => [.. middle[..3000], .. middle[3001..]],
                "emptied" => [.. middle[..10], .. middle[^16..]],
                "count too large" => [0x80, 0x80, 0x80, 1, .. middle[1..]],
                "negative count" => [7, .. middle[1..]],
                _ => [0, .. middle[1..]],
            };
            var (delivered, lost) = Read([.. bytes[..start], .. middle, .. bytes[end..]]);
            Assert.Equal(Others, delivered);
            var only = Assert.Single(lost);
            Assert.Equal((count, $"three.avro: block at byte {start}"), (only.Count, only.Place));
            Assert.StartsWith(only.Place, only.Reason);
        }
    }

    /// <summary>The length of the second alert's name: more than the block holds.</summary>
    [Fact]
    public void GivesTheRecordsBeforeADamagedOne()
    {
        var (bytes, starts) = Whole("null");
        bytes[bytes.AsSpan().IndexOf("ZTF6"u8) - 1] = 0xFF;
        var (delivered, lost) = Read(bytes);
        Assert.Equal([1, 2, 3, 4, 5, 9, 10, 11, 12], delivered);
        Assert.Equal((3, $"three.avro: block at byte {starts[1]}"), (lost.Single().Count, lost.Single().Place));
    }

    [Fact]
    public void LosesNoOtherBlockToAnyFlippedBitOfAFrame()
    {
        var (bytes, starts) = Whole("null");
        var places = Enumerable.Range(starts[1], 4).Concat(Enumerable.Range(starts[2] - 16, 16));
        foreach (var (place, bit) in places.SelectMany(place => Enumerable.Range(0, 8).Select(bit => (place, bit))))
        {
            bytes[place] ^= (byte)(1 << bit);
            var (delivered, lost) = Read(bytes);
            Assert.Equal(Others, delivered.Where(candid => candid is < 5 or > 8));
            Assert.NotEmpty(lost);
            bytes[place] ^= (byte)(1 << bit);
        }
    }

    /// <summary>Bytes flipped, inserted and taken out anywhere in the middle block, its frame included.</summary>
    [Theory]
    [InlineData("null")]
    [InlineData("deflate")]
    public void LosesNoOtherBlockToMutations(string codec)
    {
        var (whole, starts) = Whole(codec);
        var random = new Random(4);
        var reported = 0;
        for (var i = 0; i < 300; i++)
        {
            var middle = whole[starts[1]..starts[2]].ToList();
            for (var edit = random.Next(3); edit >= 0; edit--)
            {
                var place = random.Next(2) == 0 ? random.Next(middle.Count) : random.Next(12);
                var (kind, count) = (random.Next(3), random.Next(1, 20));
                if (kind == 0)
                {
                    middle[place] ^= (byte)(1 << random.Next(8));
                }
                else if (kind == 1)
                {
                    middle.InsertRange(place, Enumerable.Range(0, count).Select(_ => (byte)random.Next(256)));
                }
                else
                {
                    middle.RemoveRange(place, Math.Min(count, middle.Count - place));
                }
            }

            var (delivered, lost) = Read([.. whole[..starts[1]], .. middle, .. whole[starts[2]..]]);
            reported += lost.Count > 0 ? 1 : 0;
            Assert.Equal(Others[..4], delivered.Take(4));

            // Where the middle block's own marker is gone, it may take the block behind along.
            var marked = middle.Count >= 16 && middle.Slice(middle.Count - 16, 16).SequenceEqual(whole[^16..]);
            Assert.True(!marked || Others[4..].SequenceEqual(delivered.TakeLast(4)), $"mutant {i}");
            Assert.True(lost.Count > 0 || delivered.Count == 12, $"mutant {i} loses without a word");
        }

        Assert.InRange(reported, 200, 300);
    }

    [Fact]
    public void TellsWhatACutTakes()
    {
        var (bytes, starts) = Whole("deflate");
        var (delivered, lost) = Read(bytes[..^1]);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], delivered);
        Assert.Equal((4, $"three.avro: block at byte {starts[2]}"), (lost.Single().Count, lost.Single().Place));
        Assert.Contains("ends inside a block", lost.Single().Reason);
    }

    [Fact]
    public void ReportsTheBlockAndUsesTheOthers()
    {
        using var folder = DataFiles.Temporary();
        var (bytes, starts) = Whole("deflate");
        bytes[starts[2] - 1] ^= 1;
        File.WriteAllBytes(folder["a.avro"], bytes);
        var set = StampSource.Open(folder["a.avro"], new StampSetOptions { RejectLimit = .5 });
        Assert.Equal(Others, set.Candids);
        var bad = Assert.Single(set.Rejected);
        Assert.Equal(($"{folder["a.avro"]}: block at byte {starts[1]}", 4, true), (bad.Id, bad.Packets, bad.Unreadable));
        Assert.Contains("records lost: 4", bad.Reason);
        var error = Assert.Throws<TooManyRejectedException>(() => StampSource.Open(folder["a.avro"]));
        Assert.Contains("4 of 12 packets cannot be read", error.Message);
        Assert.Equal(bad, Assert.Single(error.Rejected));
    }

    // Stamps that no codec packs again, so that a block's size takes three bytes.
    private static byte[] Noise(int seed)
    {
        var (stamp, random) = (DataFiles.Stamp(), new Random(seed));
        foreach (ref var pixel in stamp.Pixels.AsSpan())
        {
            pixel += random.NextSingle();
        }

        return CutOut.Pack("s", stamp).Packed;
    }

    private static (List<long> Delivered, List<LostRecords> Lost) Read(byte[] bytes)
    {
        var lost = new List<LostRecords>();
        using var file = AvroFile.Open(new MemoryStream(bytes), "three.avro");
        return ([.. file.Records(lost.Add).Select(record => (long)record["candid"]!)], lost);
    }

    private static (byte[] Bytes, int[] Starts) Whole(string codec)
    {
        var bytes = DataFiles.Container(Alerts, codec, 4);
        var marker = bytes.AsSpan(bytes.Length - 16);
        var starts = new List<int>();
        for (var at = 0; at < bytes.Length; at = starts[^1])
        {
            starts.Add(at + bytes.AsSpan(at).IndexOf(marker) + 16);
        }

        return (bytes, [.. starts]);
    }
}
