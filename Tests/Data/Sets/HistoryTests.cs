using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

public class HistoryTests
{
    private static readonly StampSetOptions WithHistory = new() { History = true, Scaling = Scaling.Object };

    [Fact]
    public void AddsEarlierDetectionsOnceAndAfterTheStamps()
    {
        using var folder = DataFiles.Temporary();
        AvroRecord[] history =
        [
            Detection(7, 2459000.0, 19), Detection(1, 2459000.5, 18.25f), Detection(null, 2458999.0, 20.5f), Detection(8, 2458998.0, null),
        ];
        AvroWriter.Write(folder["a.avro"], ZtfSchema.Json, [
            Alert(2, "ZTF1", 2459002.5, [.. history, Detection(9, 2458990.0, 17)]), Alert(1, "ZTF1", 2459000.5, history),
            Alert(3, "ZTF2", 2459002.5, [Detection(null, 2458999.0, 16)]),
        ]);
        Assert.Equal((3, 0), (StampSource.Open(folder.Path).Count, StampSource.Open(folder.Path).HasStamp.Length));
        var set = StampSource.Open(folder.Path, WithHistory);
        Assert.Equal([2L, 1, 3, 7, 0, 9, 0], set.Candids);
        Assert.Equal([true, true, true, false, false, false, false], set.HasStamp);
        Assert.Equal(["ZTF1", "ZTF1", "ZTF1", "ZTF2"], set.ObjectIds[3..]);
        Assert.All(set.Classes, name => Assert.Equal("SN", name));
        Assert.Equal([19f, 20.5f, 17f, 16f], set.Magnitudes[3..]);
        Assert.Equal([2459000.0, 2458999.0, 2458990.0, 2458999.0], set.JulianDates[3..]);
        Assert.All(set.Pixels[(3 * set.SampleLength)..], pixel => Assert.Equal(0, pixel));
        Assert.Equal(7 * set.SampleLength, set.Pixels.Length);
        Assert.Equal((7 * 24, 21, 21), (set.Features.Length, set.Factors.Length, set.Offsets.Length));
        float Feature(int row, string name) => set.Features[(row * 24) + set.FeatureNames.IndexOf(name)];
        Assert.Equal((19f, 1f, 0f), (Feature(3, "magpsf"), Feature(3, "fid"), Feature(3, "isdiffpos")));
        Assert.True(float.IsNaN(Feature(3, "ndethist")) && float.IsNaN(Feature(3, "non_detections")));
        Assert.Equal([5, 4, 3, 1, 0], SequenceSet.ByObject(set).Sequences[0]);
        Assert.Equal(5, StampSource.Open(folder.Path, WithHistory with { LimitSamples = 1 }).Count);
    }

    [Fact]
    public void AddsTheHistoryOfRealPackets()
    {
        var options = new StampSetOptions { Crop = 21, History = true };
        var set = StampSource.Open(DataFiles.Shared("ztf", "avro"), options);
        var plain = StampSource.Open(DataFiles.Shared("ztf", "avro"), options with { History = false });
        Assert.True(set.Count > 2 * plain.Count, $"{set.Count} rows");
        Assert.Equal(plain.Candids, set.Candids[..plain.Count]);
        Assert.Equal(plain.Pixels, set.Pixels[..plain.Pixels.Length]);
        Assert.Equal(plain.Count, set.HasStamp.Count(has => has));
        Assert.Equal(set.Count, set.Candids.Distinct().Count());
        Assert.All(set.Magnitudes[plain.Count..], magnitude => Assert.InRange(magnitude, 10, 24));
        Assert.Subset(plain.ObjectIds.ToHashSet(), set.ObjectIds.ToHashSet());
    }

    private static AvroRecord Alert(long candid, string objectId, double date, AvroRecord[] history)
    {
        var alert = DataFiles.Alert(candid, objectId, label: "SN");
        var candidate = (AvroRecord)alert["candidate"]!;
        return With(With(alert, "candidate", With(candidate, "jd", date)), "prv_candidates", new List<object?>(history));
    }

    private static AvroRecord With(AvroRecord record, string name, object value) =>
        new([.. record.Names.Zip(record.Values).Where(pair => pair.First != name), (name, value)]);

    private static AvroRecord Detection(long? candid, double date, float? magnitude) => new(
        ("jd", date), ("fid", 1), ("pid", 5L), ("programid", 1), ("candid", candid), ("isdiffpos", magnitude is null ? null : "f"),
        ("magpsf", magnitude), ("sigmapsf", .1f), ("rbversion", ""));
}
