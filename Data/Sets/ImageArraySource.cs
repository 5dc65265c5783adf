namespace Estampa.Data;

/// <summary>
/// Images that are no alerts: .npy and IDX arrays. A row's number is its identifier and its object, so that each image is split by itself.
/// </summary>
internal static class ImageArraySource
{
    /// <summary>
    /// (N, H, W); or, of four axes, (N, C, H, W) where the second is at most 3, and (N, H, W, C) otherwise. Three channels are taken for
    /// science, template and difference, and the options choose among them; any other number keeps all.
    /// </summary>
    public static StampSet ReadNpy(string path, StampSetOptions options)
    {
        var array = Npy.Read(path);
        var shape = array.Shape;
        return shape.Length switch
        {
            3 => Gather(path, Floats(), new Layout(shape[0], shape[1], shape[2], 1, ChannelsLast: true), null, options),
            4 when shape[1] <= 3 => Gather(path, Floats(), new Layout(shape[0], shape[2], shape[3], shape[1], false), null, options),
            4 => Gather(path, Floats(), new Layout(shape[0], shape[1], shape[2], shape[3], ChannelsLast: true), null, options),
            _ => throw new BadInputException($"{path}: shape ({string.Join(", ", shape)}) is no set of images (three or four axes)"),
        };

        Func<int, float> Floats()
        {
            var pixels = array.Floats();
            return place => pixels[place];
        }
    }

    /// <summary>(N, H, W) of bytes; the classes come from the labels file of the same name beside it, where there is one.</summary>
    public static StampSet ReadIdx(string path, StampSetOptions options)
    {
        var images = Idx.Read(path);
        if (images.Shape.Length != 3)
        {
            throw new BadInputException($"{path}: shape ({string.Join(", ", images.Shape)}) is no set of images (three axes)");
        }

        var labels = FindLabels(path) is { } beside ? Idx.Read(beside) : null;
        if (labels is not null && (labels.Shape.Length != 1 || labels.Shape[0] != images.Shape[0]))
        {
            throw new BadInputException($"{path}: {images.Shape[0]} images and labels of shape ({string.Join(", ", labels.Shape)})");
        }

        var layout = new Layout(images.Shape[0], images.Shape[1], images.Shape[2], 1, ChannelsLast: true);
        return Gather(path, place => images.Values[place], layout, labels?.Values, options);
    }

    private static string? FindLabels(string path)
    {
        var name = Path.GetFileName(path).Replace("images", "labels", StringComparison.Ordinal)
            .Replace("idx3", "idx1", StringComparison.Ordinal).Replace(".gz", "", StringComparison.OrdinalIgnoreCase);
        var beside = Path.Combine(Path.GetDirectoryName(path) ?? "", name);
        return new[] { beside, beside + ".gz" }.FirstOrDefault(File.Exists);
    }

    private static StampSet Gather(string path, Func<int, float> pixels, Layout layout, byte[]? labels, StampSetOptions options)
    {
        if (layout.Height < 1 || layout.Width < 1 || layout.Channels is < 1 or > Limits.Channels)
        {
            throw new BadInputException(
                $"{path}: {layout.Height} x {layout.Width} pixels of {layout.Channels} channels (limit {Limits.Channels}) are no images");
        }

        if (options.Crop > Math.Min(layout.Height, layout.Width))
        {
            throw new BadInputException($"{path}: a crop of {options.Crop} is larger than images of {layout.Height} x {layout.Width}");
        }

        // An image that is not cropped keeps its own sides, which may differ.
        var names = layout.Channels switch
        {
            1 => ["image"],
            3 => [.. options.Channels],
            _ => Enumerable.Range(1, layout.Channels).Select(channel => $"channel{channel}").ToArray(),
        };
        var from = layout.Channels == 3
            ? names.Select(name => StampSetOptions.AllChannels.ToList().IndexOf(name)).ToArray()
            : [.. Enumerable.Range(0, layout.Channels)];
        var (height, width) = options.Crop is { } side ? (side, side) : (layout.Height, layout.Width);
        var builder = new StampSetBuilder(options, path, names, width, height);
        for (var row = 0; row < layout.Count && !builder.IsFull; row++)
        {
            var planes = new float[from.Length][];
            for (var i = 0; i < planes.Length; i++)
            {
                var plane = layout.Plane(pixels, row, from[i]);
                planes[i] = plane;
                if (options.Crop is { } crop)
                {
                    planes[i] = new float[crop * crop];
                    Crop.Centre(plane, layout.Width, layout.Height, crop, planes[i]);
                }
            }

            builder.Add(new SampleFacts(row, $"{row}", labels is null ? "" : $"{labels[row]}", double.NaN, double.NaN), planes);
        }

        return builder.Build();
    }

    private readonly record struct Layout(int Count, int Height, int Width, int Channels, bool ChannelsLast)
    {
        public float[] Plane(Func<int, float> pixels, int row, int channel)
        {
            var plane = new float[Height * Width];
            var first = row * plane.Length * Channels;
            for (var i = 0; i < plane.Length; i++)
            {
                plane[i] = pixels(first + (ChannelsLast ? (i * Channels) + channel : (channel * plane.Length) + i));
            }

            return plane;
        }
    }
}
