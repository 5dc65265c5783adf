using System.Buffers.Binary;
using System.Text;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class SafetensorsTests
{
    /// <summary>Far below any of the sizes that the hostile headers name.</summary>
    private const long MostAllocated = 1 << 20;

    private static readonly Dictionary<string, StoredTensor> Some = new()
    {
        ["floats"] = new([2, 3], new[] { 1.5f, -0f, float.NaN, float.PositiveInfinity, float.Epsilon, float.MinValue }),
        ["a \"quoted\" name\nof two lines, é"] = new([1], new[] { Math.PI }),
        ["scalar"] = new([], new[] { long.MinValue }),
        ["empty"] = new([0, 4], Array.Empty<float>()),
        ["long"] = new([3], new[] { 1L, -1L, long.MaxValue }),
    };

    [Fact]
    public void WhatIsWrittenIsRead()
    {
        using var folder = DataFiles.Temporary();
        var path = folder["some.safetensors"];
        Safetensors.Write(path, Some, new Dictionary<string, string> { ["recipe"] = "x\ty" });
        var (tensors, metadata) = Safetensors.Read(path);
        Assert.Equal("x\ty", Assert.Single(metadata, pair => pair.Key == "recipe").Value);
        Assert.Equal(Some.Keys, tensors.Keys);
        foreach (var (name, tensor) in Some)
        {
            Assert.Equal(tensor.Shape, tensors[name].Shape);
            Assert.Equal(Bits(tensor.Numbers), Bits(tensors[name].Numbers));
        }

        var bytes = File.ReadAllBytes(path);
        Assert.Equal(0, BinaryPrimitives.ReadInt64LittleEndian(bytes) % 8);
        Assert.Equal([path], Directory.GetFiles(folder.Path));
        Safetensors.Write(path, Some, new Dictionary<string, string> { ["recipe"] = "x\ty" });
        Assert.Equal(bytes, File.ReadAllBytes(path));
    }

    [Fact]
    public void EveryTruncationIsFound()
    {
        using var folder = DataFiles.Temporary();
        var path = folder["cut.safetensors"];
        Safetensors.Write(path, Some, new Dictionary<string, string> { ["recipe"] = "x" });
        var bytes = File.ReadAllBytes(path);
        for (var length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(path, bytes[..length]);
            Assert.StartsWith(path, Assert.Throws<CheckpointException>(() => Safetensors.Read(path)).Message, StringComparison.Ordinal);
        }

        File.WriteAllBytes(path, [.. bytes, 0]);
        Assert.Throws<CheckpointException>(() => Safetensors.Read(path));
    }

    /// <summary>Every bit of a file turned over in turn; and no sound file is refused.</summary>
    [Fact]
    public void EveryFlippedBitIsFound()
    {
        using var folder = DataFiles.Temporary();
        var path = folder["flipped.safetensors"];
        for (var load = 0; load < 1000; load++)
        {
            using var sound = new MemoryStream();
            Safetensors.Write(sound, Some, new Dictionary<string, string> { ["recipe"] = $"{load}" });
            sound.Position = 0;
            Assert.Equal($"{load}", Safetensors.Read(sound, "sound").Metadata["recipe"]);
        }

        Safetensors.Write(path, Some, new Dictionary<string, string> { ["recipe"] = "x" });
        var bytes = File.ReadAllBytes(path);
        for (var bit = 0; bit < 8 * bytes.Length; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            using var flipped = new MemoryStream(bytes);
            Assert.ThrowsAny<CheckpointException>(() => Safetensors.Read(flipped, $"bit {bit}"));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void AFileOfALaterFormatSaysSo()
    {
        using var folder = DataFiles.Temporary();
        var path = folder["later.safetensors"];
        Safetensors.Write(path, Some, new Dictionary<string, string>());
        var text = Encoding.Latin1.GetString(File.ReadAllBytes(path)).Replace("\"estampa.format\":\"1\"", "\"estampa.format\":\"2\"");
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes(text));
        Assert.Contains("format 2", Assert.Throws<CheckpointException>(() => Safetensors.Read(path)).Message, StringComparison.Ordinal);
    }

    /// <summary>A disk that is full after any number of bytes: the file that was there stays, and nothing lies beside it.</summary>
    [Fact]
    public void AFullDiskLeavesTheFileThatWasThere()
    {
        using var folder = DataFiles.Temporary();
        var path = folder["kept.safetensors"];
        var nothing = new Dictionary<string, string>();
        Safetensors.Write(path, Some, nothing);
        var bytes = File.ReadAllBytes(path);
        for (var room = 0; room < 300; room += 7)
        {
            Assert.Throws<IOException>(() => DurableFile.Write(
                path, stream => Safetensors.Write(new FullStream(stream, room), Some.Take(2), nothing)));
        }

        Assert.Equal(bytes, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("17")]
    [InlineData("{\"a\":1}")]
    [InlineData("{\"a\":[]}")]
    [InlineData("{\"a\":{}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}")]
    [InlineData("{\"a\":{\"dtype\":1,\"shape\":[1],\"data_offsets\":[0,4]}}")]
    [InlineData("{\"a\":{\"dtype\":null,\"shape\":[1],\"data_offsets\":[0,4]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}}")]
    [InlineData("{\"a\":{\"dtype\":\"f32\",\"shape\":[1],\"data_offsets\":[0,4]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,4]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":\"1\",\"data_offsets\":[0,4]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[\"1\"],\"data_offsets\":[0,4]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1,-1],\"data_offsets\":[0,4]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2147483648],\"data_offsets\":[0,4]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2147483647],\"data_offsets\":[0,4]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1000000000],\"data_offsets\":[0,4000000000]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":{\"0\":4}}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[\"0\",\"4\"]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4611686018427387904,4611686018427387908]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,1e99]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}")]
    [InlineData("{\"__metadata__\":[],\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}")]
    [InlineData("{\"__metadata__\":{\"x\":1},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}")]
    public void HostileHeadersAreRefusedBeforeMemoryIsTaken(string header) => Refused(Encoding.UTF8.GetBytes(header), new byte[4]);

    [Fact]
    public void ShapesThatWrapRoundAreRefused()
    {
        // 2^150 is 0 in 128 bits, and so would fit no bytes at all.
        Refused(
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[1073741824,1073741824,1073741824,1073741824,1073741824],\"data_offsets\":[0,0]}}"u8, []);
        Refused(
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2147483647,2147483647,2147483647,2147483647],\"data_offsets\":[0,4]}}"u8, new byte[4]);
    }

    [Fact]
    public void TensorsThatOverlapOrComeTwiceAreRefused()
    {
        const string One = "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}";
        const string Two = "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}";
        Read($"{{\"a\":{One},\"b\":{Two}}}", 8);
        Refused($"{{\"a\":{One},\"b\":{One}}}", 8);
        Refused($"{{\"a\":{One},\"b\":{One}}}", 4);
        Refused($"{{\"a\":{One},\"a\":{Two}}}", 8);
        Refused($"{{\"a\":{One},\"b\":{Two.Replace("\"F32\"", "\"F32\",\"dtype\":\"F32\"")}}}", 8);
        Refused($"{{\"a\":{One},\"b\":{Two}}}", 12);

        static void Refused(string header, int bytes) => SafetensorsTests.Refused(Encoding.UTF8.GetBytes(header), new byte[bytes]);
    }

    [Fact]
    public void DeepAndBrokenTextIsRefused()
    {
        Refused(Encoding.UTF8.GetBytes($"{{\"a\":{new string('[', 100_000)}{new string(']', 100_000)}}}"), [], most: 8 * MostAllocated);
        Refused([.. "{\""u8, 0xC3, 0x28, 0xFF, .. "\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}"u8], new byte[4]);
        Refused([.. "{\"a\0\":"u8, .. new byte[20]], []);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100_000_001)]
    [InlineData(1L << 40)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void HeaderLengthsThatDoNotFitAreRefused(long length) => Refused("{}"u8, [], length);

    [Fact]
    public void AMissingFileAndAFolderAreRefused()
    {
        using var folder = DataFiles.Temporary();
        Assert.Throws<CheckpointException>(() => Safetensors.Read(folder["none.safetensors"]));
        Assert.Throws<CheckpointException>(() => Safetensors.Read(folder.Path));
    }

    [Fact]
    public void WhatCouldNotBeReadIsNotWritten()
    {
        using var folder = DataFiles.Temporary();
        var path = folder["good.safetensors"];
        Dictionary<string, string> none = [];
        Safetensors.Write(path, Some, none);
        var good = File.ReadAllBytes(path);
        StoredTensor one = new([1], new float[1]);
        KeyValuePair<string, StoredTensor>[][] wrongs =
        [
            [new("__metadata__", one)],
            [new("a", one), new("a", one)],
            [new("lone \ud800", one)],
            [new("short", new([3], new float[2]))],
            [new("negative", new([-1, -2], new float[2]))],
            [new("wraps", new([65536, 65536, 65536, 65536, 65536, 65536, 65536, 65536], Array.Empty<float>()))],
            [new("axes", new([1, 1, 1, 1, 1, 1, 1, 1, 1], new float[1]))],
        ];
        foreach (var wrong in wrongs)
        {
            var error = Assert.Throws<ArgumentException>(() => Safetensors.Write(path, wrong, none));
            Assert.Contains("cannot be stored", error.Message, StringComparison.Ordinal);
        }

        foreach (var key in new[] { "estampa.sha256", "estampa.format", "lone \ud800" })
        {
            Assert.Throws<ArgumentException>(() => Safetensors.Write(path, Some, new Dictionary<string, string> { [key] = "x" }));
        }

        Assert.Equal(good, File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void ASecondWriterOfAFileIsRefusedAndTheFirstIsNotDisturbed()
    {
        using var folder = DataFiles.Temporary();
        var path = folder["one"];
        DurableFile.Write(
            path,
            stream =>
            {
                stream.Write("first"u8);
                Assert.Throws<IOException>(() => DurableFile.WriteText(path, "second"));
            },
            () => Assert.Throws<IOException>(() => DurableFile.WriteText(path, "third")));
        Assert.Equal("first", File.ReadAllText(path));
    }

    [Fact]
    public void AFailedWriteLeavesNothingBehind()
    {
        using var folder = DataFiles.Temporary();
        var path = folder["taken.safetensors"];
        Directory.CreateDirectory(path);
        Assert.ThrowsAny<Exception>(() => Safetensors.Write(path, Some, new Dictionary<string, string>()));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    private static void Read(string header, int bytes)
    {
        using var folder = DataFiles.Temporary();
        Safetensors.Read(Write(folder, Encoding.UTF8.GetBytes(header), new byte[bytes], null));
    }

    private static void Refused(ReadOnlySpan<byte> header, byte[] numbers, long? length = null, long most = MostAllocated)
    {
        using var folder = DataFiles.Temporary();
        var path = Write(folder, header, numbers, length);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<CheckpointException>(() => Safetensors.Read(path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, most);
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
    }

    private static string Write(DataFiles.TemporaryFolder folder, ReadOnlySpan<byte> header, byte[] numbers, long? length)
    {
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, length ?? header.Length);
        File.WriteAllBytes(folder["hostile.safetensors"], [.. prefix, .. header, .. numbers]);
        return folder["hostile.safetensors"];
    }

    private static long[] Bits(Array numbers) => numbers switch
    {
        float[] floats => [.. floats.Select(number => (long)BitConverter.SingleToInt32Bits(number))],
        double[] doubles => [.. doubles.Select(BitConverter.DoubleToInt64Bits)],
        _ => (long[])numbers,
    };

    /// <summary>Takes so many bytes and no more.</summary>
    private sealed class FullStream(Stream inner, int room) : MemoryStream
    {
        private int left = room;

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            inner.Write(buffer[..Math.Min(left, buffer.Length)]);
            left -= buffer.Length;
            if (left < 0)
            {
                throw new IOException("No space left on device");
            }
        }
    }
}
