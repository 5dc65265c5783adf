using System.Text;
using Estampa.Data;
using Estampa.Engine;
using Estampa.Runner;

namespace Estampa.Tests;

/// <summary>A reader of foreign bytes: sound inputs for it, and the call that reads one.</summary>
internal sealed record FuzzTarget(string Name, byte[][] Sound, Action<byte[]> Read)
{
    /// <summary>Every reader of data, configurations and checkpoints.</summary>
    /// <param name="folder">For those that read by path.</param>
    public static FuzzTarget[] All(string folder)
    {
        var alerts = Enumerable.Range(1, 3).Select(i => DataFiles.Alert(i, $"ZTF{i}", DataFiles.Stamp(21 + i))).ToArray();
        var fits = Fits.Write(DataFiles.Stamp(), "DN");
        var npy = Path.Combine(folder, "sound.npy");
        Npy.Write(npy, new float[2 * 3 * 3], 2, 3, 3);
        var config = Encoding.UTF8.GetBytes(
            """
            {"version":"0.1.0","recipe":"stamp-vae","data":"simulated","limitSamples":null,"device":"cpu","threads":1,
            "settings":{"latent":"8"}}
            """);
        var metrics = Encoding.UTF8.GetBytes(
            """
            {"samples":{"train":1,"validation":1,"test":1},
            "deviceDescription":"x","validation":{"loss":1},"speed":{"samplesPerSecond":1},"seconds":1,"bestEpoch":1,
            "epochs":1,"parameters":1}
            """);
        using var tensors = new MemoryStream();
        Safetensors.Write(
            tensors,
            new Dictionary<string, StoredTensor> { ["a"] = new([2, 3], new float[6]), ["b"] = new([1], new[] { 1.5 }) },
            new Dictionary<string, string> { ["recipe"] = "x" });

        // A file of another program has no checksum, so that what lies behind it is reached.
        var header = """
            {"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"I64","shape":[],"data_offsets":[24,32]}}
            """u8;
        byte[] plain = [(byte)header.Length, 0, 0, 0, 0, 0, 0, 0, .. header, .. new byte[32]];
        return
        [
            new("avro", [.. new[] { "null", "deflate" }.Select(codec => DataFiles.Container(alerts, codec, 2))], ReadAlerts),
            new("schema", [Encoding.UTF8.GetBytes(ZtfSchema.Json)], bytes => AvroSchema.Parse(bytes, "mutant")),
            new("gzip", [Gzip.Pack(fits), Gzip.Pack([1, 2, 3])], bytes => Gzip.Unpack(bytes, "mutant")),
            new("fits", [fits, Fits.Write(DataFiles.Stamp(1, 1))], bytes => Fits.Read(bytes, "mutant")),
            new("snappy", [[3, 8, 1, 2, 3], [8, 0, 1, 30, 1, 0]], bytes => Snappy.UnpackBlock(bytes, "mutant")),
            new("npy", [File.ReadAllBytes(npy)], bytes => Npy.Read(bytes, "mutant")),
            new("idx", [[0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]], bytes => Idx.Read(Put("mutant.idx", bytes))),
            new("idx.gz", [Gzip.Pack([0, 0, 8, 1, 0, 0, 0, 3, 1, 2, 3])], bytes => Idx.Read(Put("mutant.idx.gz", bytes))),
            new("png", [Png.Encode(new Picture(5, 4, 3, new byte[60])), Png.Encode(new Picture(5, 4, 1, new byte[20]))],
                bytes => Png.Decode(bytes, "mutant")),
            new("pgm", ["P5\n3 2\n255\nabcdef"u8.ToArray(), "P2\n# x\n2 1\n9\n1 2\n"u8.ToArray()], bytes => Pgm.Decode(bytes, "mutant")),
            new("csv", ["a,b\n1,\"x,\"\"y\"\n2,z\n"u8.ToArray()], bytes => Csv.Parse(Encoding.UTF8.GetString(bytes), "mutant")),
            new("config.json", [config], bytes =>
            {
                Put("config.json", bytes);
                RunFolder.Open(folder);
            }),
            new("metrics.json", [metrics], bytes =>
            {
                Put("config.json", config);
                Put("metrics.json", bytes);
                RunFolder.Open(folder).ReadMetrics();
            }),
            new("safetensors", [tensors.ToArray(), plain], bytes => Safetensors.Read(new MemoryStream(bytes), "mutant")),
        ];

        string Put(string name, byte[] bytes)
        {
            var path = Path.Combine(folder, name);
            File.WriteAllBytes(path, bytes);
            return path;
        }
    }

    /// <summary>As the set of alerts is read: record by record, each cut-out opened.</summary>
    private static void ReadAlerts(byte[] bytes)
    {
        using var file = AvroFile.Open(new MemoryStream(bytes), "mutant");
        foreach (var record in file.Records(_ => { }))
        {
            try
            {
                var alert = Alert.FromRecord(record, "mutant");
                foreach (var channel in new[] { "science", "template", "difference" })
                {
                    alert.Channel(channel)?.Open("mutant");
                }
            }
            catch (BadInputException)
            {
                // This alert is refused; the others go on.
            }
        }
    }
}
