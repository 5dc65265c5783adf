using System.Globalization;

namespace Estampa.Data;

/// <summary>
/// A folder with alerts.csv (columns stamp_row, candid, objectId, jd, magpsf, label, and the fields of <see cref="StampFeatures"/> that it
/// has) and stamps33.npy, float32 of shape (N, 3, 33, 33): the middles of science, template and difference cut-outs, raw. A stamp_row of -1
/// has no stamp there.
/// </summary>
internal static class StampTableSource
{
    public const string Alerts = "alerts.csv";
    public const string Stamps = "stamps33.npy";

    private const int Side = 33;

    public static StampSet Read(string folder, StampSetOptions options)
    {
        var crop = options.Crop ?? AlertSource.UsualCrop;
        if (crop > Side)
        {
            throw new BadInputException($"{folder}: a crop of {crop} is larger than the {Side} of {Stamps}");
        }

        var place = Path.Combine(folder, Stamps);
        var array = Npy.Read(place);
        if (array.Type != "<f4" || array.Shape.Length != 4 || !array.Shape.AsSpan(1).SequenceEqual([3, Side, Side]))
        {
            var shape = string.Join(", ", array.Shape);
            throw new BadInputException($"{place}: {array.Type} of ({shape}) and not <f4 of (N, 3, {Side}, {Side})");
        }

        var table = Csv.Read(Path.Combine(folder, Alerts));
        var columns = new[] { "stamp_row", "candid", "objectId", "label", "magpsf", "jd" }.Select(table.Column).ToArray();
        var pixels = array.Floats();
        var from = options.Channels.Select(name => StampSetOptions.AllChannels.ToList().IndexOf(name)).ToArray();
        var features = StampFeatures.OfTable(table.Header);
        var builder = new StampSetBuilder(options, folder, [.. options.Channels], crop, crop, [.. StampFeatures.WithFilter]);
        foreach (var (number, cells) in table.Rows.Index())
        {
            if (builder.IsFull)
            {
                break;
            }

            var hasRow = int.TryParse(cells[columns[0]], CultureInfo.InvariantCulture, out var row) && row >= -1 && row < array.Shape[0];
            if (!long.TryParse(cells[columns[1]], CultureInfo.InvariantCulture, out var candid) || !hasRow)
            {
                var id = $"{Alerts}: row {number + 1}";
                var text = Printable.Text($"{cells[columns[0]]},{cells[columns[1]]}");
                builder.Reject(id, $"{id}: stamp_row or candid cannot be used: {text}", unreadable: true);
                continue;
            }

            var (objectId, label) = (cells[columns[2]], cells[columns[3]]);
            if (Printable.WhyNoNames(objectId, label) is { } why)
            {
                builder.Reject($"{candid}", $"{Alerts}: row {number + 1}: {why}", unreadable: true);
                continue;
            }

            if (!builder.IsNew(candid))
            {
                continue;
            }

            if (row < 0)
            {
                builder.Reject($"{candid}", $"no stamp of {Side} x {Side}: the cut-out is at an edge", unreadable: false);
                continue;
            }

            var planes = Array.ConvertAll(from, _ => new float[crop * crop]);
            for (var i = 0; i < planes.Length; i++)
            {
                Crop.Centre(pixels.AsSpan(((row * 3) + from[i]) * Side * Side, Side * Side), Side, Side, crop, planes[i]);
            }

            var (magnitude, date) = (Number(cells[columns[4]]), Number(cells[columns[5]]));
            builder.Add(new SampleFacts(candid, objectId, label, magnitude, date, features(cells)), planes);
        }

        return builder.Build();
    }

    private static double Number(string cell) =>
        double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : double.NaN;
}
