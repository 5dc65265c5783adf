using System.Globalization;

namespace Estampa.Data;

/// <summary>
/// A folder of image sequences such as those of the High cadence Transient Survey: stamps.npy, floats of shape (N, H, W), science stamps
/// alone, raw; mjd.npy, N dates; sequences.csv, whose columns id, class, first_frame and n_frames say which frames are whose (others are
/// not looked at). A row is a frame, in the order of the sequences; its identifier is its number in stamps.npy.
/// </summary>
internal static class FrameTableSource
{
    public const string Stamps = "stamps.npy";
    public const string Dates = "mjd.npy";
    public const string Sequences = "sequences.csv";

    /// <summary>Beyond these a pixel is bad: dead ones hold -9999 about, saturated ones millions, and the sky lies above 0.</summary>
    private const float Least = -100;
    private const float Most = 1e6f;

    /// <summary>Julian date less modified Julian date.</summary>
    private const double DateOffset = 2400000.5;

    public static StampSet Read(string folder, StampSetOptions options)
    {
        var (place, table) = (Path.Combine(folder, Stamps), Path.Combine(folder, Sequences));
        var array = Npy.Read(place);
        if (array.Shape.Length != 3 || array.Shape[1] < 1 || array.Shape[2] < 1)
        {
            throw new BadInputException($"{place}: shape ({string.Join(", ", array.Shape)}) and not (N, H, W)");
        }

        var dates = Npy.Read(Path.Combine(folder, Dates));
        if (dates.Shape is not [var count] || count != array.Shape[0])
        {
            var shape = string.Join(", ", dates.Shape);
            throw new BadInputException($"{Path.Combine(folder, Dates)}: dates of shape ({shape}) for {array.Shape[0]} stamps");
        }

        var (height, width) = (array.Shape[1], array.Shape[2]);
        if (options.Crop > Math.Min(height, width))
        {
            throw new BadInputException($"{folder}: a crop of {options.Crop} is larger than stamps of {height} x {width}");
        }

        var sequences = ReadTable(table, count);
        var (pixels, days) = (array.Floats(), dates.Doubles());
        var (rows, columns) = options.Crop is { } side ? (side, side) : (height, width);
        var builder = new StampSetBuilder(options, folder, ["science"], columns, rows);
        foreach (var (id, kind, first, frames) in sequences)
        {
            for (var frame = first; frame < first + frames && !builder.IsFull; frame++)
            {
                var plane = Mask(pixels.AsSpan(frame * height * width, height * width).ToArray());
                if (options.Crop is { } crop)
                {
                    var middle = new float[crop * crop];
                    Crop.Centre(plane, width, height, crop, middle);
                    plane = middle;
                }

                builder.Add(new SampleFacts(frame, id, kind, double.NaN, days[frame] + DateOffset), [plane]);
            }
        }

        return builder.Build();
    }

    private static List<Sequence> ReadTable(string place, int count)
    {
        var table = Csv.Read(place);
        var columns = new[] { "id", "class", "first_frame", "n_frames" }.Select(table.Column).ToArray();
        var sequences = new List<Sequence>();
        var (ids, owners) = (new HashSet<string>(), new string?[count]);
        foreach (var cells in table.Rows)
        {
            var (id, kind) = (cells[columns[0]], cells[columns[1]]);
            if (Printable.WhyNoNames(id, kind) is { } reason)
            {
                throw new BadInputException($"{place}: row {sequences.Count + 1}: {reason}");
            }

            if (!ids.Add(id))
            {
                throw new BadInputException($"{place}: id {Printable.Text(id)} is there twice");
            }

            if (!int.TryParse(cells[columns[2]], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
                || !int.TryParse(cells[columns[3]], NumberStyles.None, CultureInfo.InvariantCulture, out var frames)
                || (long)first + frames > count)
            {
                var text = Printable.Text($"{cells[columns[2]]} + {cells[columns[3]]}");
                throw new BadInputException($"{place}: sequence {Printable.Text(id)}: frames {text} are not among {count}");
            }

            for (var frame = first; frame < first + frames; frame++)
            {
                if (owners[frame] is { } other)
                {
                    throw new BadInputException($"{place}: frame {frame} is of {Printable.Text(other)} and of {Printable.Text(id)}");
                }

                owners[frame] = id;
            }

            sequences.Add(new Sequence(id, kind, first, frames));
        }

        return sequences;
    }

    private static float[] Mask(float[] pixels)
    {
        foreach (ref var pixel in pixels.AsSpan())
        {
            pixel = pixel is >= Least and <= Most ? pixel : float.NaN;
        }

        return pixels;
    }

    private readonly record struct Sequence(string Id, string Class, int First, int Frames);
}
