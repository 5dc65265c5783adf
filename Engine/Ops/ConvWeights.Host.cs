using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Estampa.Engine;

/// <content>The weights' gradient: sums over a fixed group of images each, added up in their order.</content>
internal static unsafe partial class ConvHost
{
    /// <summary>Floats of images that the weight gradient holds at a time: 256 KiB, a part of a core's second-level cache.</summary>
    private const int CacheFloats = 65536;

    private const int MostImages = 8;

    public static readonly ImageRoute<ConvArguments> WeightGradient = Pick(
        RunWeightGradient<Lanes512, Vector512<float>>,
        RunWeightGradient<Lanes256, Vector256<float>>,
        RunWeightGradient<Lanes128, Vector128<float>>) with
    {
        Groups = Groups,
        Then = new HostRoute<ConvArguments>(
            arguments => arguments.Sizes.Kernel * arguments.Sizes.Kernel * arguments.Sizes.InputChannels,
            32,
            Tile.Choose<HostBody<ConvArguments>>(
                SumGroups<Lanes512, Vector512<float>>, SumGroups<Lanes256, Vector256<float>>, SumGroups<Lanes128, Vector128<float>>)),
    };

    public static int WeightWorking(in ConvSizes s) => checked(GroupCount(s) * PartialCount(s));

    /// <summary>Few output channels: the weight gradient then runs its vectors over the input channels.</summary>
    private static bool IsSwapped(in ConvSizes s) => s.OutputChannels < Wide && s.InputChannels > s.OutputChannels;

    /// <summary>Enough tiles of Winograd's to pay for their sums.</summary>
    private static bool IsTransformed(in ConvSizes s) => Winograd.FitsWeightGradient(s, s.Batch / GroupCount(s));

    private static int PartialCount(in ConvSizes s) => IsTransformed(s)
        ? Winograd.PartialCount(s)
        : Rounded(s.OutputChannels) + (s.Kernel * s.Kernel * (IsSwapped(s)
            ? checked(s.OutputChannels * Rounded(s.InputChannels))
            : checked(s.InputChannels * Rounded(s.OutputChannels))));

    private static void RunWeightGradient<TLanes, TVector>(in ConvArguments arguments, in Slice slice)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var s = arguments.Sizes;
        var input = slice.Images(arguments.Input, InputSample(s));
        var gradient = slice.Images(arguments.OutputGradient, OutputSample(s));
        int size = PartialCount(s);
        var partial = HostMemory.Address(arguments.Working) + ((nint)slice.Part * size);
        if (slice.IsFirst)
        {
            new Span<float>(partial, size).Clear();
        }

        if (IsTransformed(s))
        {
            input += (nint)slice.First * InputSample(s);
            gradient += (nint)slice.First * OutputSample(s);
            Winograd.AddWeightGradient<TLanes, TVector>(s, input, gradient, slice.Count, partial);
            return;
        }

        if (IsNarrowBack(s) || (IsNarrow(s) && s.Stride == 1))
        {
            AddFewWeights<TLanes, TVector>(s, input, gradient, slice, partial);
            return;
        }

        slice.BringNear(arguments.Input, InputSample(s));
        slice.BringNear(arguments.OutputGradient, OutputSample(s));
        var swapped = IsSwapped(s);
        int inputs = swapped ? Rounded(s.InputChannels) : s.InputChannels, outputs = swapped ? s.OutputChannels : Rounded(s.OutputChannels);
        int inputArea = s.InputHeight * s.InputWidth, outputArea = s.OutputHeight * s.OutputWidth;
        var share = Math.Clamp(CacheFloats / ((inputArea * inputs) + (outputArea * outputs)), 1, MostImages);
        for (var b = slice.First; b < slice.End; b += share)
        {
            var images = Math.Min(share, slice.End - b);
            var source = WholeVectors(input + ((nint)b * InputSample(s)), images * inputArea, s.InputChannels, inputs, slot: 0);
            var gradients = WholeVectors(gradient + ((nint)b * OutputSample(s)), images * outputArea, s.OutputChannels, outputs, slot: 1);
            for (var tap = 0; tap < s.Kernel * s.Kernel; tap++)
            {
                AddTap<TLanes, TVector>(s, tap, images, source, inputs, gradients, outputs, partial + (tap * inputs * outputs));
            }

            var biases = partial + size - Rounded(s.OutputChannels);
            Tile.AddRows<TLanes, TVector>(gradients, images * outputArea, outputs, s.OutputChannels, biases);
        }
    }

    /// <summary>Adds one tap's products over the output pixels for which the tap lies within the image.</summary>
    private static void AddTap<TLanes, TVector>(
        in ConvSizes s, int tap, int images, float* source, int inputs, float* gradient, int outputs, float* sums)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int top = (tap / s.Kernel) - s.Padding, left = (tap % s.Kernel) - s.Padding;
        var (row, rows) = Within(top, s.Stride, s.InputHeight, s.OutputHeight);
        var (column, columns) = Within(left, s.Stride, s.InputWidth, s.OutputWidth);
        source += ((((row * s.Stride) + top) * s.InputWidth) + (column * s.Stride) + left) * inputs;
        gradient += ((row * s.OutputWidth) + column) * outputs;
        int image = s.InputHeight * s.InputWidth * inputs, line = s.Stride * s.InputWidth * inputs, pixel = s.Stride * inputs;
        int output = s.OutputHeight * s.OutputWidth * outputs, outputLine = s.OutputWidth * outputs;
        var pairs = new Pairs { Images = images, Lines = rows, Pixels = columns };
        if (IsSwapped(s))
        {
            (pairs.LeftImage, pairs.LeftLine, pairs.LeftPixel) = (output, outputLine, outputs);
            (pairs.RightImage, pairs.RightLine, pairs.RightPixel) = (image, line, pixel);
            Tile.Outer<TLanes, TVector>(pairs, gradient, outputs, source, inputs, sums, inputs);
        }
        else
        {
            (pairs.LeftImage, pairs.LeftLine, pairs.LeftPixel) = (image, line, pixel);
            (pairs.RightImage, pairs.RightLine, pairs.RightPixel) = (output, outputLine, outputs);
            Tile.Outer<TLanes, TVector>(pairs, source, inputs, gradient, outputs, sums, outputs);
        }
    }

    /// <summary>The output rows r for which input row r * stride + offset exists: the first, and how many.</summary>
    private static (int First, int Count) Within(int offset, int stride, int inputs, int outputs)
    {
        var first = offset < 0 ? (stride - 1 - offset) / stride : 0;
        var end = offset < inputs ? Math.Min(outputs, ((inputs - 1 - offset) / stride) + 1) : 0;
        return end > first ? (first, end - first) : (0, 0);
    }

    /// <summary>Pixels whose channels fill whole vectors: themselves, or a copy with zeros behind their channels.</summary>
    private static float* WholeVectors(float* pixels, int count, int channels, int rounded, int slot)
    {
        if (rounded == channels)
        {
            return pixels;
        }

        var room = HostScratch.Floats(slot, count * rounded);
        Tile.CopyInto(pixels, 1, count, channels, room, 1, count, rounded, 0);
        return room;
    }

    /// <summary>Adds the groups' partial sums in their order; one unit is a (tap, input channel) row of weights.</summary>
    private static void SumGroups<TLanes, TVector>(in ConvArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var s = arguments.Sizes;
        float* partials = HostMemory.Address(arguments.Working), target = HostMemory.Address(arguments.WeightGradient);
        int size = PartialCount(s), inputs = Rounded(s.InputChannels), outputs = Rounded(s.OutputChannels);
        Span<float> sums = new(HostScratch.Floats(2, outputs), outputs);
        for (var row = first; row < end; row++)
        {
            if (IsTransformed(s))
            {
                // Rows of the first tap stand for all nine.
                SetTaps<TLanes, TVector>(arguments, row);
                continue;
            }

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

    private static void SetTaps<TLanes, TVector>(in ConvArguments arguments, int channel)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var s = arguments.Sizes;
        if (channel < s.InputChannels)
        {
            var kernels = s.Kernel * s.Kernel;
            var taps = HostScratch.Floats(1, kernels * s.OutputChannels);
            Winograd.Fold<TLanes, TVector>(s, HostMemory.Address(arguments.Working), GroupCount(s), channel, taps);
            for (var tap = 0; tap < kernels; tap++)
            {
                var target = HostMemory.Address(arguments.WeightGradient) + (((tap * s.InputChannels) + channel) * s.OutputChannels);
                Put(new ReadOnlySpan<float>(taps + (tap * s.OutputChannels), s.OutputChannels), target, s.OutputChannels, arguments.Keep);
            }
        }
    }

    public static void Total(float* partials, int size, in ConvSizes s, Span<float> sums)
    {
        new ReadOnlySpan<float>(partials, sums.Length).CopyTo(sums);
        for (var group = 1; group < GroupCount(s); group++)
        {
            TensorPrimitives.Add(sums, new ReadOnlySpan<float>(partials + ((nint)group * size), sums.Length), sums);
        }
    }

    public static void Put(ReadOnlySpan<float> sums, float* target, int count, int keep)
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
}
