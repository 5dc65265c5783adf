using System.IO.Compression;

namespace Estampa.Data;

/// <summary>Makes the whole alerts of one object, in time: each lists the detections before it.</summary>
internal sealed class SimulatedPackets(SimulationOptions options)
{
    private const int Size = SimulatedObject.Size;
    private const int HistoryDays = 30;
    private readonly Observer observer = new();

    /// <summary>An alert as a record of <see cref="ZtfSchema"/>, and what was put into it.</summary>
    public readonly record struct Packet(AvroRecord Record, SimulatedTruth Truth);

    // What of the 63 x 63 lies on the chip, and where on the chip the candidate is.
    private readonly record struct Frame(int Left, int Right, int Bottom, int Top, (double X, double Y) Place);

    public IEnumerable<Packet> Of(SimulatedObject sky)
    {
        var candidates = new List<AvroRecord>();
        for (var detection = 0; detection < sky.Detections.Length; detection++)
        {
            var measured = observer.Observe(sky, detection);
            // A stream of its own: the fields do not depend on how often the image was drawn.
            var random = new RandomStream(sky.Seed, (ulong)sky.Number + 1, (ulong)detection + 1, ulong.MaxValue);
            var cut = Cut(sky, random);
            var visit = sky.Visits[sky.Detections[detection]];
            var mask = Mask(random, out var templateIsMinimum);
            var candidate = PacketFields.Candidate(sky, detection, measured, cut.Place, random);
            var candid = PacketFields.Candid(sky, visit);
            var pid = PacketFields.ProcessingId(sky, visit);
            var sign = measured.Flux < 0 ? -1 : 1;
            // Of a source that faded, the public cut-out is template minus science: its centre is bright too.
            var science = CutOut($"candid{candid}_pid{pid}_targ_sci.fits.gz", observer.Science, 1, mask, float.NaN, cut);
            var missing = templateIsMinimum ? float.MinValue : float.NaN;
            var template = CutOut($"candid{candid}_ref.fits.gz", observer.Template, 1, mask, missing, cut);
            var name = $"candid{candid}_pid{pid}_targ_{(sign > 0 ? "scimref" : "refmsci")}.fits.gz";
            var difference = CutOut(name, observer.Difference, sign, mask, float.NaN, cut);
            var history = History(sky, detection, candidates);
            candidates.Add(candidate);
            var record = new AvroRecord(
                ("schemavsn", ZtfSchema.Version), ("publisher", "Estampa simulation"), ("objectId", sky.Catalogue.ObjectId),
                ("candid", candid), ("candidate", candidate), ("prv_candidates", history), ("cutoutScience", science),
                ("cutoutTemplate", template), ("cutoutDifference", difference), ("simulated_class", sky.Class.Name()));
            var counts = Math.Abs(visit.CountsOf(sky.Fluxes[sky.Detections[detection]]));
            var drawn = counts > 0 ? visit.ZeroPoint - (2.5 * PortableMath.Log10(counts)) : double.NaN;
            yield return new Packet(record, new SimulatedTruth(
                candid, sky.Catalogue.ObjectId, sky.Class, visit.JulianDate, visit.Filter, sign > 0, measured.Magnitude,
                measured.MagnitudeError, drawn, visit.Seeing, mask is not null, cut.Right - cut.Left + 1, cut.Top - cut.Bottom + 1));
        }
    }

    // Visits of the 30 days before, in time: detections in full, the others with their limit.
    private static List<object?> History(SimulatedObject sky, int detection, List<AvroRecord> candidates)
    {
        var history = new List<object?>();
        var now = sky.Detections[detection];
        for (var i = 0; i < now; i++)
        {
            if (sky.Visits[now].JulianDate - sky.Visits[i].JulianDate <= HistoryDays)
            {
                var earlier = Array.IndexOf(sky.Detections, i);
                history.Add(earlier >= 0 ? PacketFields.Previous(candidates[earlier]) : PacketFields.UpperLimit(sky, sky.Visits[i]));
            }
        }

        return history;
    }

    private bool[]? Mask(RandomStream random, out bool templateIsMinimum)
    {
        var chance = random.Uniform();
        templateIsMinimum = options.NanShare > 0 && random.Chance(options.FloatMinimumShare / options.NanShare);
        return chance < options.NanShare ? Masks.Draw(central: chance < options.NanCentreShare, random) : null;
    }

    private Frame Cut(SimulatedObject sky, RandomStream random)
    {
        var (x, y) = (sky.Catalogue.ColumnOnChip + random.Uniform(-8, 8), sky.Catalogue.RowOnChip + random.Uniform(-8, 8));
        if (!random.Chance(options.EdgeShare))
        {
            return new Frame(0, Size - 1, 0, Size - 1, (x, y));
        }

        var lost = 1 + random.Below(21);
        var rest = SimulatedObject.Centre - lost + random.Uniform();
        return random.Below(4) switch
        {
            0 => new Frame(lost, Size - 1, 0, Size - 1, (rest, y)),
            1 => new Frame(0, Size - 1 - lost, 0, Size - 1, (3072 - rest, y)),
            2 => new Frame(0, Size - 1, lost, Size - 1, (x, rest)),
            _ => new Frame(0, Size - 1, 0, Size - 1 - lost, (x, 3080 - rest)),
        };
    }

    private static AvroRecord CutOut(
        string name, float[] plane, int sign, bool[]? mask, float missing, Frame cut)
    {
        var (width, height) = (cut.Right - cut.Left + 1, cut.Top - cut.Bottom + 1);
        var pixels = new float[width * height];
        for (var row = 0; row < height; row++)
        {
            for (var column = 0; column < width; column++)
            {
                var place = ((cut.Bottom + row) * Size) + cut.Left + column;
                pixels[(row * width) + column] = mask is not null && mask[place] ? missing : sign * plane[place];
            }
        }

        var file = Fits.Write(new Stamp(pixels, width, height), "DN");
        return new AvroRecord(("fileName", name), ("stampData", Pack(file)));
    }

    // Noise holds no repeats: run lengths and Huffman codes give 13.5 kB, as the full search, in a quarter of its time.
    private static byte[] Pack(byte[] bytes)
    {
        var options = new ZLibCompressionOptions { CompressionLevel = 6, CompressionStrategy = ZLibCompressionStrategy.RunLengthEncoding };
        using var packed = new MemoryStream(16_384);
        using (var stream = new GZipStream(packed, options, leaveOpen: true))
        {
            stream.Write(bytes);
        }

        return packed.ToArray();
    }
}
