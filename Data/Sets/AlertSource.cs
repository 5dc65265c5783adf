using System.IO.Enumeration;

namespace Estampa.Data;

/// <summary>Alert packets as a set: each good alert is a sample, each bad one is reported and the others go on.</summary>
internal static class AlertSource
{
    public const int UsualCrop = 21;

    /// <summary>
    /// Every .avro file in and under the folder, in the order of their paths; not of hidden ones, nor of folders that are links.
    /// </summary>
    public static StampSet ReadFolder(string folder, StampSetOptions options)
    {
        try
        {
            var search = new EnumerationOptions
            {
                RecurseSubdirectories = true,
                MaxRecursionDepth = Limits.FolderDepth,
                IgnoreInaccessible = false,
            };
            var found = new FileSystemEnumerable<string>(folder, (ref entry) => entry.ToSpecifiedFullPath(), search)
            {
                ShouldIncludePredicate = (ref entry) =>
                    !entry.IsDirectory && entry.FileName.EndsWith(".avro", StringComparison.OrdinalIgnoreCase),

                // A link to a folder above would be a folder without end.
                ShouldRecursePredicate = (ref entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
            };
            string[] files = [.. found.Order(StringComparer.Ordinal)];
            return files.Length > 0
                ? Read(folder, files, options)
                : throw new BadInputException($"{folder}: no alerts in this folder (.avro files, down to {Limits.FolderDepth} folders " +
                    "below it, or alerts.csv with stamps33.npy)");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{folder}: cannot be listed: {error.Message}", error);
        }
    }

    public static StampSet Read(string source, IEnumerable<string> files, StampSetOptions options)
    {
        var side = options.Crop ?? UsualCrop;
        if (side > Cleaning.Side)
        {
            throw new BadInputException($"a crop of {side} is larger than a cut-out of {Cleaning.Side}");
        }

        var builder = new StampSetBuilder(options, source, [.. options.Channels], side, side, [.. StampFeatures.WithFilter]);
        foreach (var file in files)
        {
            try
            {
                using var container = AvroFile.Open(file);
                foreach (var record in container.Records(lost => Reject(builder, lost)))
                {
                    if (builder.IsFull)
                    {
                        return builder.Build();
                    }

                    AddAlert(builder, record, (file, container.Place), options, side);
                }
            }
            catch (BadInputException error) when (error is not TooManyRejectedException)
            {
                builder.Reject(file, error.Message, unreadable: true);
            }
        }

        return builder.Build();
    }

    private static void Reject(StampSetBuilder builder, LostRecords lost) =>
        builder.Reject(lost.Place, $"{lost.Reason} (records lost: {lost.Count})", unreadable: true, lost.Count);

    private static void AddAlert(
        StampSetBuilder builder, AvroRecord record, (string File, string Place) from, StampSetOptions options, int side)
    {
        var (id, channels) = (from.Place, options.Channels);
        try
        {
            var alert = Alert.FromRecord(record, from.Place);
            id = $"{alert.Candid}";
            if (!builder.IsNew(alert.Candid))
            {
                return;
            }

            var planes = new float[channels.Count][];
            for (var i = 0; i < planes.Length; i++)
            {
                if (alert.Channel(channels[i]) is not { } cutOut)
                {
                    builder.Reject(id, $"no {channels[i]} cut-out", unreadable: false);
                    return;
                }

                var stamp = cutOut.Open($"{from.File}: alert {id}: {channels[i]}");
                if (Cleaning.WhyNotWhole(stamp) is { } reason)
                {
                    builder.Reject(id, $"{channels[i]}: {reason}", unreadable: false);
                    return;
                }

                planes[i] = new float[side * side];
                Crop.Centre(stamp.Pixels, stamp.Width, stamp.Height, side, planes[i]);
            }

            builder.Add(
                new SampleFacts(
                    alert.Candid,
                    alert.ObjectId,
                    alert.Class,
                    alert.Number("magpsf") ?? double.NaN,
                    alert.Number("jd") ?? double.NaN,
                    StampFeatures.Of(alert.Candidate)),
                planes);
            if (options.History)
            {
                AddHistory(builder, alert);
            }
        }
        catch (BadInputException error) when (error is not TooManyRejectedException)
        {
            builder.Reject(id, error.Message, unreadable: true);
        }
    }

    /// <summary>Upper limits have no magpsf; what has no date has no place in a sequence.</summary>
    private static void AddHistory(StampSetBuilder builder, Alert alert)
    {
        foreach (var earlier in alert.Previous)
        {
            var candid = earlier["candid"] switch { long value => value, int value => value, _ => 0 };
            var facts = new SampleFacts(
                candid,
                alert.ObjectId,
                alert.Class,
                earlier.Number("magpsf") ?? double.NaN,
                earlier.Number("jd") ?? double.NaN,
                StampFeatures.Of(earlier));
            if (double.IsFinite(facts.Magnitude + facts.JulianDate))
            {
                builder.AddWithoutStamp(facts);
            }
        }
    }
}
