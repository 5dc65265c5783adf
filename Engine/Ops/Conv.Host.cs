using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Estampa.Engine;

/// <summary>
/// Convolution on the processor. Forward and input gradient are one gathering product (see <see cref="Tile"/>) over an image that is
/// first copied with its zero border, so that no inner loop tests a bound; the weight gradient is an outer product, summed a few images
/// at a time into the partial sums of a fixed group of images.
/// </summary>
internal static unsafe class ConvHost
{
    /// <summary>Channels are padded to the widest vector, so that packed memory fits every processor.</summary>
    private const int Wide = 16;

    /// <summary>
    /// Groups of images with partial weight gradients of their own: enough for many cores, and fixed, so that sums repeat.
    /// </summary>
    private const int Groups = 16;

    /// <summary>Floats of images that the weight gradient holds at a time: 256 KiB, a part of a core's second-level cache.</summary>
    private const int CacheFloats = 65536;

    public static readonly HostRoute<ConvArguments> Forward = Pick(
        RunForward<Lanes512, Vector512<float>>, RunForward<Lanes256, Vector256<float>>, RunForward<Lanes128, Vector128<float>>) with
    {
        Prepare = PackForward,
    };

    public static readonly HostRoute<ConvArguments> InputGradient = Pick(
        RunInputGradient<Lanes512, Vector512<float>>,
        RunInputGradient<Lanes256, Vector256<float>>,
        RunInputGradient<Lanes128, Vector128<float>>) with
    {
        Prepare = PackInputGradient,
    };

    public static readonly HostRoute<ConvArguments> WeightGradient = Pick(
        RunWeightGradient<Lanes512, Vector512<float>>,
        RunWeightGradient<Lanes256, Vector256<float>>,
        RunWeightGradient<Lanes128, Vector128<float>>) with
    {
        Units = arguments => GroupCount(arguments.Sizes),
        Then = new HostRoute<ConvArguments>(
            arguments => arguments.Sizes.Kernel * arguments.Sizes.Kernel * arguments.Sizes.InputChannels, 32, SumGroups),
    };

    public static int ForwardWorking(in ConvSizes s) => Winograd.Fits(s)
        ? Winograd.PackedCount(s)
        : checked(((s.Kernel * s.Kernel * s.InputChannels) + 1) * Rounded(s.OutputChannels));

    public static int BackwardWorking(in ConvSizes s) => Math.Max(checked(GroupCount(s) * PartialCount(s)), Winograd.Fits(s)
        ? Winograd.PackedCount(s)
        : checked(s.Kernel * s.Kernel * s.OutputChannels * Rounded(s.InputChannels)));

    private static HostRoute<ConvArguments> Pick(
        HostBody<ConvArguments> wide, HostBody<ConvArguments> middle, HostBody<ConvArguments> narrow) =>
        new(
            arguments => (arguments.Sizes.Batch + ImagesAUnit(arguments.Sizes) - 1) / ImagesAUnit(arguments.Sizes), 1,
            Tile.Choose(wide, middle, narrow));

    private static int ImagesAUnit(in ConvSizes s) => Winograd.Fits(s) ? Winograd.ImagesAtOnce(s) : 1;

    private static int Rounded(int channels) => (channels + Wide - 1) / Wide * Wide;

    private static int GroupCount(in ConvSizes s) => Math.Min(s.Batch, Groups);

    /// <summary>Few output channels: the weight gradient then runs its vectors over the input channels.</summary>
    private static bool IsSwapped(in ConvSizes s) => s.OutputChannels < Wide && s.InputChannels > s.OutputChannels;

    private static int PartialCount(in ConvSizes s) => Rounded(s.OutputChannels) + (s.Kernel * s.Kernel * (IsSwapped(s)
        ? checked(s.OutputChannels * Rounded(s.InputChannels))
        : checked(s.InputChannels * Rounded(s.OutputChannels))));

    /// <summary>Few output channels: a dot product over the input channels wastes no lanes.</summary>
    private static bool IsNarrow(in ConvSizes s) => s.OutputChannels <= 4 && s.InputChannels % Wide == 0;

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

    private static void RunForward<TLanes, TVector>(in ConvArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var s = arguments.Sizes;
        float* input = HostMemory.Address(arguments.Input), output = HostMemory.Address(arguments.Output);
        float* packed = HostMemory.Address(arguments.Working), bias = HostMemory.Address(arguments.Bias);
        if (Winograd.Fits(s))
        {
            var image = first * ImagesAUnit(s);
            Winograd.Forward<TLanes, TVector>(
                s, packed, bias, input + ((nint)image * s.InputHeight * s.InputWidth * s.InputChannels),
                output + ((nint)image * s.OutputHeight * s.OutputWidth * s.OutputChannels),
                Math.Min(end * ImagesAUnit(s), s.Batch) - image);
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
        for (var b = first; b < end; b++)
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
    private static void RunInputGradient<TLanes, TVector>(in ConvArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var s = arguments.Sizes;
        float* gradient = HostMemory.Address(arguments.OutputGradient), target = HostMemory.Address(arguments.InputGradient);
        if (Winograd.Fits(s))
        {
            var image = first * ImagesAUnit(s);
            Winograd.InputGradient<TLanes, TVector>(
                s, HostMemory.Address(arguments.Working), gradient + ((nint)image * s.OutputHeight * s.OutputWidth * s.OutputChannels),
                target + ((nint)image * s.InputHeight * s.InputWidth * s.InputChannels),
                Math.Min(end * ImagesAUnit(s), s.Batch) - image, arguments.Keep != 0);
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
        for (var b = first; b < end; b++)
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

    private static void RunWeightGradient<TLanes, TVector>(in ConvArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var s = arguments.Sizes;
        float* input = HostMemory.Address(arguments.Input), gradient = HostMemory.Address(arguments.OutputGradient);
        var swapped = IsSwapped(s);
        int inputs = swapped ? Rounded(s.InputChannels) : s.InputChannels;
        int outputs = swapped ? s.OutputChannels : Rounded(s.OutputChannels);
        int width = s.InputWidth + (2 * s.Padding), pixels = s.OutputHeight * s.OutputWidth, size = PartialCount(s);
        int line = s.Stride * width * inputs, pixel = s.Stride * inputs;
        var (height, share) = (s.InputHeight + (2 * s.Padding), ImagesAtOnce(s, inputs, outputs));
        int image = height * width * inputs, output = pixels * outputs;
        var pairs = new Pairs { Lines = s.OutputHeight, Pixels = s.OutputWidth };
        (pairs.LeftImage, pairs.LeftLine, pairs.LeftPixel) = swapped ? (output, s.OutputWidth * outputs, outputs) : (image, line, pixel);
        (pairs.RightImage, pairs.RightLine, pairs.RightPixel) = swapped ? (image, line, pixel) : (output, s.OutputWidth * outputs, outputs);
        float* images = HostScratch.Floats(0, share * image), padded = HostScratch.Floats(1, share * output);
        for (var group = first; group < end; group++)
        {
            var partial = HostMemory.Address(arguments.Working) + ((nint)group * size);
            new Span<float>(partial, size).Clear();
            var biases = partial + size - Rounded(s.OutputChannels);
            var last = (group + 1) * s.Batch / GroupCount(s);
            if (Winograd.FitsWeightGradient(s, s.Batch / GroupCount(s)))
            {
                var start = group * s.Batch / GroupCount(s);
                Winograd.AddWeightGradient<TLanes, TVector>(
                    s, input + ((nint)start * s.InputHeight * s.InputWidth * s.InputChannels),
                    gradient + ((nint)start * pixels * s.OutputChannels), last - start, partial, biases);
                continue;
            }

            for (var b = group * s.Batch / GroupCount(s); b < last; b += share)
            {
                pairs.Images = Math.Min(share, last - b);
                var bordered = input + ((nint)b * s.InputHeight * s.InputWidth * s.InputChannels);
                if (s.Padding > 0 || inputs != s.InputChannels)
                {
                    for (var k = 0; k < pairs.Images; k++)
                    {
                        var source = bordered + (k * s.InputHeight * s.InputWidth * s.InputChannels);
                        Tile.CopyInto(
                            source, s.InputHeight, s.InputWidth, s.InputChannels, images + (k * image), height, width, inputs, s.Padding);
                    }

                    bordered = images;
                }

                var gradients = gradient + ((nint)b * pixels * s.OutputChannels);
                if (outputs != s.OutputChannels)
                {
                    Tile.CopyInto(gradients, 1, pairs.Images * pixels, s.OutputChannels, padded, 1, pairs.Images * pixels, outputs, 0);
                    gradients = padded;
                }

                for (var tap = 0; tap < s.Kernel * s.Kernel; tap++)
                {
                    var shifted = bordered + (((tap / s.Kernel * width) + (tap % s.Kernel)) * inputs);
                    var sums = partial + (tap * inputs * outputs);
                    if (swapped)
                    {
                        Tile.Outer<TLanes, TVector>(pairs, gradients, outputs, shifted, inputs, sums, inputs);
                    }
                    else
                    {
                        Tile.Outer<TLanes, TVector>(pairs, shifted, inputs, gradients, outputs, sums, outputs);
                    }
                }

                Tile.AddRows<TLanes, TVector>(gradients, pairs.Images * pixels, outputs, s.OutputChannels, biases);
            }
        }
    }

    /// <summary>How many images the weight gradient sums before it writes: as many as stay in a core's second-level cache.</summary>
    private static int ImagesAtOnce(in ConvSizes s, int inputs, int outputs)
    {
        var image = (s.InputHeight + (2 * s.Padding)) * (s.InputWidth + (2 * s.Padding)) * inputs;
        return Math.Clamp(CacheFloats / (image + (s.OutputHeight * s.OutputWidth * outputs)), 1, 8);
    }

    /// <summary>Adds the groups' partial sums in their order; one unit is a (tap, input channel) row of weights.</summary>
    private static void SumGroups(in ConvArguments arguments, int first, int end)
    {
        var s = arguments.Sizes;
        float* partials = HostMemory.Address(arguments.Working), target = HostMemory.Address(arguments.WeightGradient);
        int size = PartialCount(s), inputs = Rounded(s.InputChannels), outputs = Rounded(s.OutputChannels);
        Span<float> sums = new(HostScratch.Floats(2, outputs), outputs);
        for (var row = first; row < end; row++)
        {
            if (IsSwapped(s))
            {
                // [tap][output][input]: the numbers of a row stand apart.
                for (var o = 0; o < s.OutputChannels; o++)
                {
                    var place = (((row / s.InputChannels * s.OutputChannels) + o) * inputs) + (row % s.InputChannels);
                    sums[o] = 0;
                    for (var group = 0; group < GroupCount(s); group++)
                    {
                        sums[o] += partials[((nint)group * size) + place];
                    }
                }
            }
            else
            {
                Total(partials + ((nint)row * outputs), size, s, sums);
            }

            Put(sums, target + ((nint)row * s.OutputChannels), s.OutputChannels, arguments.Keep);
        }

        if (first == 0)
        {
            Total(partials + size - outputs, size, s, sums);
            Put(sums, HostMemory.Address(arguments.BiasGradient), s.OutputChannels, arguments.KeepBias);
        }
    }

    private static void Total(float* partials, int size, in ConvSizes s, Span<float> sums)
    {
        new ReadOnlySpan<float>(partials, sums.Length).CopyTo(sums);
        for (var group = 1; group < GroupCount(s); group++)
        {
            TensorPrimitives.Add(sums, new ReadOnlySpan<float>(partials + ((nint)group * size), sums.Length), sums);
        }
    }

    private static void Put(ReadOnlySpan<float> sums, float* target, int count, int keep)
    {
        var place = new Span<float>(target, count);
        if (keep == 0)
        {
            sums[..count].CopyTo(place);
        }
        else
        {
            TensorPrimitives.Add(place, sums[..count], place);
        }
    }

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
