using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Estampa.Engine;

/// <content>The weights' gradient: sums over a fixed group of images each, added up in their order.</content>
internal static unsafe partial class ConvHost
{
    /// <summary>Floats of images that the weight gradient holds at a time: 256 KiB, a part of a core's second-level cache.</summary>
    private const int CacheFloats = 65536;

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
        var partial = HostMemory.Address(arguments.Working) + ((nint)slice.Part * size);
        var biases = partial + size - Rounded(s.OutputChannels);
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

        for (var b = slice.First; b < slice.End; b += share)
        {
            pairs.Images = Math.Min(share, slice.End - b);
            var bordered = input + ((nint)b * InputSample(s));
            if (s.Padding > 0 || inputs != s.InputChannels)
            {
                for (var k = 0; k < pairs.Images; k++)
                {
                    var source = bordered + (k * InputSample(s));
                    Tile.CopyInto(
                        source, s.InputHeight, s.InputWidth, s.InputChannels, images + (k * image), height, width, inputs, s.Padding);
                }

                bordered = images;
            }

            var gradients = gradient + ((nint)b * OutputSample(s));
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

    /// <summary>How many images the weight gradient sums before it writes: as many as stay in a core's second-level cache.</summary>
    private static int ImagesAtOnce(in ConvSizes s, int inputs, int outputs)
    {
        var image = (s.InputHeight + (2 * s.Padding)) * (s.InputWidth + (2 * s.Padding)) * inputs;
        return Math.Clamp(CacheFloats / (image + (s.OutputHeight * s.OutputWidth * outputs)), 1, 8);
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
