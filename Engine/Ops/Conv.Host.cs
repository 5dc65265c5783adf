using System.Runtime.Intrinsics;

namespace Estampa.Engine;

/// <summary>
/// Convolution on the processor. Forward and input gradient gather (see <see cref="Tile"/>). No inner loop tests a bound:
/// pixels of one kind of window go together, or the image is first copied with its zero border. The weight gradient is an outer
/// product, summed a few images at a time into the partial sums of a fixed group of images. Where <see cref="Winograd"/> fits, it serves.
/// </summary>
internal static unsafe partial class ConvHost
{
    /// <summary>Channels are padded to the widest vector, so that packed memory fits every processor.</summary>
    private const int Wide = 16;

    /// <summary>
    /// Groups of images with partial weight gradients of their own: enough for many cores, and fixed, so that sums repeat.
    /// </summary>
    public const int Groups = 16;

    /// <summary>Most kinds of rows (columns) of which each gets tiles of its own.</summary>
    private const int MostRuns = 3;

    public static readonly ImageRoute<ConvArguments> Forward = Pick(
        RunForward<Lanes512, Vector512<float>>, RunForward<Lanes256, Vector256<float>>, RunForward<Lanes128, Vector128<float>>) with
    {
        Prepare = PackForward,
    };

    public static readonly ImageRoute<ConvArguments> InputGradient = Pick(
        RunInputGradient<Lanes512, Vector512<float>>,
        RunInputGradient<Lanes256, Vector256<float>>,
        RunInputGradient<Lanes128, Vector128<float>>) with
    {
        Prepare = PackInputGradient,
    };

    public static int ForwardWorking(in ConvSizes s) => Winograd.Fits(s)
        ? Winograd.PackedCount(s)
        : checked(((s.Kernel * s.Kernel * s.InputChannels) + 1) * Rounded(s.OutputChannels));

    public static int InputWorking(in ConvSizes s) => Winograd.Fits(s)
        ? Winograd.PackedCount(s)
        : checked(s.Kernel * s.Kernel * s.OutputChannels * Rounded(s.InputChannels));

    public static ImageRoute<ConvArguments> Pick(
        ImageBody<ConvArguments> wide, ImageBody<ConvArguments> middle, ImageBody<ConvArguments> narrow) =>
        new(arguments => arguments.Sizes.Batch, Tile.Choose(wide, middle, narrow));

    public static int InputSample(in ConvSizes s) => s.InputHeight * s.InputWidth * s.InputChannels;

    public static int OutputSample(in ConvSizes s) => s.OutputHeight * s.OutputWidth * s.OutputChannels;

    /// <summary>The convolution, with the kernel turned round, that is the input gradient of this one of stride 1.</summary>
    public static ConvSizes Turned(in ConvSizes s) => s with
    {
        InputHeight = s.OutputHeight,
        InputWidth = s.OutputWidth,
        InputChannels = s.OutputChannels,
        OutputHeight = s.InputHeight,
        OutputWidth = s.InputWidth,
        OutputChannels = s.InputChannels,
        Padding = s.Kernel - 1 - s.Padding,
    };

    public static int Rounded(int channels) => (channels + Wide - 1) / Wide * Wide;

    public static int GroupCount(in ConvSizes s) => Math.Min(s.Batch, Groups);

    /// <summary>Few output channels: a dot product over the input channels wastes no lanes.</summary>
    public static bool IsNarrow(in ConvSizes s) => Tile.IsFew(s.OutputChannels, s.InputChannels);

    /// <summary>Few input channels: the same for the input gradient.</summary>
    private static bool IsNarrowBack(in ConvSizes s) => Tile.IsFew(s.InputChannels, s.OutputChannels);

    private static void PackForward(ConvArguments arguments)
    {
        var s = arguments.Sizes;
        float* weight = HostMemory.Address(arguments.Weight), packed = HostMemory.Address(arguments.Working);
        var rows = s.Kernel * s.Kernel * s.InputChannels;
        if (Winograd.Fits(s))
        {
            Winograd.PackForward(s, weight, packed);
            return;
        }

        if (IsNarrow(s))
        {
            Tile.Transpose(weight, rows, s.OutputChannels, packed);
            return;
        }

        Tile.Pack(weight, rows, s.OutputChannels, s.OutputChannels, 1, packed);
        Tile.Pack(HostMemory.Address(arguments.Bias), 1, s.OutputChannels, 0, 1, packed + (rows * Rounded(s.OutputChannels)));
    }

    private static void RunForward<TLanes, TVector>(in ConvArguments arguments, in Slice slice)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var s = arguments.Sizes;
        float* input = slice.Images(arguments.Input, InputSample(s)), output = slice.Images(arguments.Output, OutputSample(s));
        float* packed = HostMemory.Address(arguments.Working), bias = HostMemory.Address(arguments.Bias);
        if (Winograd.Fits(s))
        {
            Winograd.Forward<TLanes, TVector>(
                s, packed, bias, input + ((nint)slice.First * InputSample(s)), output + ((nint)slice.First * OutputSample(s)), slice.Count);
            return;
        }

        if (IsNarrow(s) && s.Stride == 1)
        {
            Collect<TLanes, TVector>(s, input, packed, bias, output, slice, add: false);
            return;
        }

        if (HasFewRuns(s) && !IsNarrow(s))
        {
            slice.BringNear(arguments.Input, InputSample(s));
            ForwardByRuns<TLanes, TVector>(s, packed, input, output, slice);
            return;
        }

        int width = s.InputWidth + (2 * s.Padding), kernels = s.Kernel * s.Kernel;
        var offsets = stackalloc int[kernels];
        for (var tap = 0; tap < kernels; tap++)
        {
            offsets[tap] = ((tap / s.Kernel * width) + (tap % s.Kernel)) * s.InputChannels;
        }

        var taps = new Taps { Count = kernels, Channels = s.InputChannels, Offsets = offsets };
        var places = new Places { Width = s.OutputWidth, Line = s.Stride * width * s.InputChannels, Pixel = s.Stride * s.InputChannels };
        var pixels = s.OutputHeight * s.OutputWidth;
        for (var b = slice.First; b < slice.End; b++)
        {
            var image = Bordered(input + ((nint)b * s.InputHeight * s.InputWidth * s.InputChannels), s);
            var target = output + ((nint)b * pixels * s.OutputChannels);
            if (IsNarrow(s))
            {
                Tile.Dots<TLanes, TVector>(taps, places, pixels, image, packed, bias, s.OutputChannels, target);
            }
            else
            {
                places.TargetLine = s.OutputWidth * s.OutputChannels;
                places.TargetPixel = s.OutputChannels;
                var packedBias = packed + (kernels * s.InputChannels * Rounded(s.OutputChannels));
                Tile.GatherAll<TLanes, TVector>(
                    taps, places, pixels, packed, packedBias, image, target, s.OutputChannels, add: false);
            }
        }
    }

    /// <summary>Few enough kinds of windows that tiles of one kind each are mostly full.</summary>
    private static bool HasFewRuns(in ConvSizes s) =>
        WindowRun.CountOf(s.InputHeight, s.OutputHeight, s.Kernel, s.Stride, s.Padding) <= MostRuns
        && WindowRun.CountOf(s.InputWidth, s.OutputWidth, s.Kernel, s.Stride, s.Padding) <= MostRuns;

    /// <summary>
    /// Pixels whose windows lie within the image by the same part of the kernel go together, over all images of a slice: then no border is
    /// needed, and nothing is multiplied with it.
    /// </summary>
    private static void ForwardByRuns<TLanes, TVector>(in ConvSizes s, float* packed, float* input, float* output, in Slice slice)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var bias = packed + (s.Kernel * s.Kernel * s.InputChannels * Rounded(s.OutputChannels));
        WindowRun rows, columns;
        for (var row = 0; row < s.OutputHeight; row += rows.Count)
        {
            rows = WindowRun.From(row, s.InputHeight, s.OutputHeight, s.Kernel, s.Stride, s.Padding);
            for (var column = 0; column < s.OutputWidth; column += columns.Count)
            {
                columns = WindowRun.From(column, s.InputWidth, s.OutputWidth, s.Kernel, s.Stride, s.Padding);
                ForwardRun<TLanes, TVector>(s, rows, columns, packed, bias, input, output, slice);
            }
        }
    }

    private static void ForwardRun<TLanes, TVector>(
        in ConvSizes s, WindowRun rows, WindowRun columns, float* packed, float* bias, float* input, float* output, in Slice slice)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int* offsets = stackalloc int[s.Kernel * s.Kernel], numbers = stackalloc int[s.Kernel * s.Kernel];
        var taps = new Taps
        {
            Count = rows.Taps * columns.Taps,
            Channels = s.InputChannels,
            Offsets = offsets,
            Numbers = numbers,
            Packed = s.Kernel * s.Kernel,
        };
        for (var tap = 0; tap < taps.Count; tap++)
        {
            int i = tap / columns.Taps, j = tap % columns.Taps;
            offsets[tap] = ((i * s.InputWidth) + j) * s.InputChannels;
            numbers[tap] = ((rows.Tap + i) * s.Kernel) + columns.Tap + j;
        }

        var places = new Places
        {
            Width = columns.Count,
            Lines = rows.Count,
            Image = InputSample(s),
            TargetImage = OutputSample(s),
            Line = s.Stride * s.InputWidth * s.InputChannels,
            Pixel = s.Stride * s.InputChannels,
            TargetLine = s.OutputWidth * s.OutputChannels,
            TargetPixel = s.OutputChannels,
        };
        int top = (rows.First * s.Stride) - s.Padding + rows.Tap, left = (columns.First * s.Stride) - s.Padding + columns.Tap;
        var source = input + ((nint)slice.First * InputSample(s)) + (((top * s.InputWidth) + left) * s.InputChannels);
        var target = output + ((nint)slice.First * OutputSample(s)) + (((rows.First * s.OutputWidth) + columns.First) * s.OutputChannels);
        Tile.GatherAll<TLanes, TVector>(
            taps, places, slice.Count * rows.Count * columns.Count, packed, bias, source, target, s.OutputChannels, add: false);
    }

    /// <summary>Weights of each parity class, turned: rows are (tap of the class, output channel), columns input channels.</summary>
    private static void PackInputGradient(ConvArguments arguments)
    {
        var s = arguments.Sizes;
        float* weight = HostMemory.Address(arguments.Weight), packed = HostMemory.Address(arguments.Working);
        if (Winograd.Fits(s))
        {
            Winograd.PackInputGradient(s, weight, packed);
            return;
        }

        if (IsNarrowBack(s) && s.Stride == 1)
        {
            TurnTaps(weight, s, packed);
            return;
        }

        var tapSize = s.OutputChannels * Rounded(s.InputChannels);
        var turned = HostScratch.Floats(3, s.Kernel * s.Kernel * s.OutputChannels * s.InputChannels);
        for (var group = 0; group < s.Stride * s.Stride; group++)
        {
            var count = 0;
            for (var i = group / s.Stride; i < s.Kernel; i += s.Stride)
            {
                for (var j = group % s.Stride; j < s.Kernel; j += s.Stride, count++)
                {
                    var tap = weight + (((i * s.Kernel) + j) * s.InputChannels * s.OutputChannels);
                    Tile.Transpose(tap, s.InputChannels, s.OutputChannels, turned + (count * s.OutputChannels * s.InputChannels));
                }
            }

            Tile.Pack(turned, count * s.OutputChannels, s.InputChannels, s.InputChannels, 1, packed);
            packed += count * tapSize;
        }
    }

    /// <summary>
    /// Input pixels fall into stride x stride classes by their place within the stride; those of one class see the same taps, so each
    /// class is a gathering product over the output gradient.
    /// </summary>
    private static void RunInputGradient<TLanes, TVector>(in ConvArguments arguments, in Slice slice)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var s = arguments.Sizes;
        var gradient = slice.Images(arguments.OutputGradient, OutputSample(s));
        var target = slice.Images(arguments.InputGradient, InputSample(s));
        if (Winograd.Fits(s))
        {
            Winograd.InputGradient<TLanes, TVector>(
                s, HostMemory.Address(arguments.Working), gradient + ((nint)slice.First * OutputSample(s)),
                target + ((nint)slice.First * InputSample(s)), slice.Count, arguments.Keep != 0);
            return;
        }

        if (IsNarrowBack(s) && s.Stride == 1)
        {
            Collect<TLanes, TVector>(
                Turned(s), gradient, HostMemory.Address(arguments.Working), null, target, slice, arguments.Keep != 0);
            return;
        }

        var border = (s.Kernel + s.Stride - 1) / s.Stride;
        int height = border + Math.Max(s.OutputHeight, ((s.InputHeight - 1 + s.Padding) / s.Stride) + 1);
        int width = border + Math.Max(s.OutputWidth, ((s.InputWidth - 1 + s.Padding) / s.Stride) + 1);
        var offsets = stackalloc int[s.Kernel * s.Kernel];
        var taps = new Taps { Channels = s.OutputChannels, Offsets = offsets };
        var places = new Places
        {
            Line = width * s.OutputChannels,
            Pixel = s.OutputChannels,
            TargetLine = s.Stride * s.InputWidth * s.InputChannels,
            TargetPixel = s.Stride * s.InputChannels,
        };
        for (var b = slice.First; b < slice.End; b++)
        {
            var image = HostScratch.Floats(0, height * width * s.OutputChannels);
            Tile.CopyInto(
                gradient + ((nint)b * s.OutputHeight * s.OutputWidth * s.OutputChannels), s.OutputHeight, s.OutputWidth, s.OutputChannels,
                image, height, width, s.OutputChannels, border);
            var packed = HostMemory.Address(arguments.Working);
            for (var group = 0; group < s.Stride * s.Stride; group++)
            {
                taps.Count = 0;
                for (var i = group / s.Stride; i < s.Kernel; i += s.Stride)
                {
                    for (var j = group % s.Stride; j < s.Kernel; j += s.Stride)
                    {
                        offsets[taps.Count++] = -(((i / s.Stride * width) + (j / s.Stride)) * s.OutputChannels);
                    }
                }

                // The first row and column of the image in this class, and how many there are.
                int row = FirstOfClass(group / s.Stride, s), column = FirstOfClass(group % s.Stride, s);
                var rows = row < s.InputHeight ? ((s.InputHeight - 1 - row) / s.Stride) + 1 : 0;
                places.Width = column < s.InputWidth ? ((s.InputWidth - 1 - column) / s.Stride) + 1 : 0;
                int top = ((row + s.Padding) / s.Stride) + border, left = ((column + s.Padding) / s.Stride) + border;
                Tile.GatherAll<TLanes, TVector>(
                    taps, places, rows * places.Width, packed, null, image + (((top * width) + left) * s.OutputChannels),
                    target + ((((nint)b * s.InputHeight * s.InputWidth) + (row * s.InputWidth) + column) * s.InputChannels),
                    s.InputChannels, arguments.Keep != 0);
                packed += taps.Count * s.OutputChannels * Rounded(s.InputChannels);
            }
        }
    }

    /// <summary>The smallest row h with (h + padding) mod stride equal to <paramref name="part"/>.</summary>
    private static int FirstOfClass(int part, in ConvSizes s) => (part - (s.Padding % s.Stride) + s.Stride) % s.Stride;

    /// <summary>An image with its zero border; itself where it has none.</summary>
    private static float* Bordered(float* image, in ConvSizes s)
    {
        if (s.Padding == 0)
        {
            return image;
        }

        int height = s.InputHeight + (2 * s.Padding), width = s.InputWidth + (2 * s.Padding);
        var room = HostScratch.Floats(0, height * width * s.InputChannels);
        Tile.CopyInto(image, s.InputHeight, s.InputWidth, s.InputChannels, room, height, width, s.InputChannels, s.Padding);
        return room;
    }
}
