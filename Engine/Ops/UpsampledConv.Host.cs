using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Estampa.Engine;

/// <summary>
/// A convolution of doubled images on the processor, over the images as they were. Where two of a pixel's three rows (columns) show the
/// same source row, the kernel's rows are summed first, once a launch; which are depends on the pixel's parity and on the image's edge
/// alone. Each <see cref="Stripe"/> of rows by a stripe of columns is then a gathering product of 2x2 taps: 4/9 of the multiplications.
/// Both gradients go the same way.
/// </summary>
internal static unsafe class UpsampledConvHost
{
    /// <summary>Floats of images that are worked on together: 256 KiB, a part of a core's second-level cache.</summary>
    private const int CacheFloats = 65536;

    private const int KernelTaps = Stripe.Kernel * Stripe.Kernel;

    /// <summary>Summed taps of every stripe of rows by every stripe of columns.</summary>
    private const int MostTaps = Stripe.AllTaps * Stripe.AllTaps;

    public static readonly ImageRoute<ConvArguments> Forward = ConvHost.Pick(
        RunForward<Lanes512, Vector512<float>>, RunForward<Lanes256, Vector256<float>>, RunForward<Lanes128, Vector128<float>>) with
    {
        Prepare = PackForward,
    };

    public static readonly ImageRoute<ConvArguments> InputGradient = ConvHost.Pick(
        RunInputGradient<Lanes512, Vector512<float>>,
        RunInputGradient<Lanes256, Vector256<float>>,
        RunInputGradient<Lanes128, Vector128<float>>) with
    {
        Prepare = PackInputGradient,
    };

    public static readonly ImageRoute<ConvArguments> WeightGradient = ConvHost.Pick(
        RunWeightGradient<Lanes512, Vector512<float>>,
        RunWeightGradient<Lanes256, Vector256<float>>,
        RunWeightGradient<Lanes128, Vector128<float>>) with
    {
        Groups = ConvHost.Groups,
        Then = new HostRoute<ConvArguments>(arguments => arguments.Sizes.InputChannels, 4, Fold),
    };

    public static int ForwardWorking(in ConvSizes s) => checked(((MostTaps * s.InputChannels) + 1) * ConvHost.Rounded(s.OutputChannels));

    public static int WeightWorking(in ConvSizes s) => checked(ConvHost.GroupCount(s) * PartialCount(s));

    public static int InputWorking(in ConvSizes s) => checked(MostTaps * s.OutputChannels * ConvHost.Rounded(s.InputChannels));

    private static void PackForward(ConvArguments arguments)
    {
        var s = arguments.Sizes;
        float* weight = HostMemory.Address(arguments.Weight), packed = HostMemory.Address(arguments.Working);
        for (var rows = 0; rows < Stripe.OfOutput; rows++)
        {
            for (var columns = 0; columns < Stripe.OfOutput; columns++)
            {
                packed += Pack(
                    weight, s.InputChannels, s.OutputChannels, Stripe.Output(rows, s.InputHeight, s.OutputHeight),
                    Stripe.Output(columns, s.InputWidth, s.OutputWidth), packed);
            }
        }

        Tile.Pack(HostMemory.Address(arguments.Bias), 1, s.OutputChannels, 0, 1, packed);
    }

    private static void PackInputGradient(ConvArguments arguments)
    {
        var s = arguments.Sizes;
        float* weight = HostMemory.Address(arguments.Weight), packed = HostMemory.Address(arguments.Working);
        var size = s.InputChannels * s.OutputChannels;
        var turned = HostScratch.Floats(3, KernelTaps * size);
        for (var tap = 0; tap < KernelTaps; tap++)
        {
            Tile.Transpose(weight + (tap * size), s.InputChannels, s.OutputChannels, turned + (tap * size));
        }

        for (var rows = 0; rows < Stripe.OfSource; rows++)
        {
            for (var columns = 0; columns < Stripe.OfSource; columns++)
            {
                packed += Pack(
                    turned, s.OutputChannels, s.InputChannels, Stripe.Input(rows, s.InputHeight, s.OutputHeight),
                    Stripe.Input(columns, s.InputWidth, s.OutputWidth), packed);
            }
        }
    }

    /// <summary>Packs the summed weights of a stripe by a stripe; gives how many floats they are.</summary>
    private static int Pack(float* weight, int from, int to, Stripe rows, Stripe columns, float* packed)
    {
        var taps = rows.Taps * columns.Taps;
        var sums = HostScratch.Floats(0, taps * from * to);
        for (var tap = 0; tap < taps; tap++)
        {
            Span<float> sum = new(sums + (tap * from * to), from * to);
            var isFirst = true;
            for (var place = 0; place < KernelTaps; place++)
            {
                if (Stripe.Sum(place, rows, tap / columns.Taps, columns, tap % columns.Taps))
                {
                    ReadOnlySpan<float> term = new(weight + (place * sum.Length), sum.Length);
                    if (isFirst)
                    {
                        term.CopyTo(sum);
                    }
                    else
                    {
                        TensorPrimitives.Add(sum, term, sum);
                    }

                    isFirst = false;
                }
            }
        }

        Tile.Pack(sums, taps * from, to, to, 1, packed);
        return taps * from * ConvHost.Rounded(to);
    }

    private static void RunForward<TLanes, TVector>(in ConvArguments arguments, in Slice slice)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var s = arguments.Sizes;
        int inputs = ConvHost.InputSample(s), outputs = ConvHost.OutputSample(s);
        float* input = slice.FirstImage(arguments.Input, inputs), output = slice.FirstImage(arguments.Output, outputs);
        var share = Together((s.InputHeight + 2) * (s.InputWidth + 2) * s.InputChannels);
        for (var image = 0; image < slice.Count; image += share)
        {
            ForwardImages<TLanes, TVector>(
                s, Math.Min(share, slice.Count - image), HostMemory.Address(arguments.Working), input + (image * inputs),
                output + (image * outputs));
        }
    }

    private static void ForwardImages<TLanes, TVector>(in ConvSizes s, int images, float* packed, float* input, float* output)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var width = s.InputWidth + 2;
        var bordered = Bordered(input, images, s.InputHeight, s.InputWidth, s.InputChannels);
        var bias = packed + (MostTaps * s.InputChannels * ConvHost.Rounded(s.OutputChannels));
        var offsets = stackalloc int[4];
        var taps = new Taps { Channels = s.InputChannels, Offsets = offsets };
        var places = new Places
        {
            Image = (s.InputHeight + 2) * width * s.InputChannels,
            TargetImage = ConvHost.OutputSample(s),
            Line = width * s.InputChannels,
            Pixel = s.InputChannels,
            TargetLine = 2 * s.OutputWidth * s.OutputChannels,
            TargetPixel = 2 * s.OutputChannels,
        };
        for (var number = 0; number < Stripe.OfOutput * Stripe.OfOutput; number++)
        {
            var rows = Stripe.Output(number / Stripe.OfOutput, s.InputHeight, s.OutputHeight);
            var columns = Stripe.Output(number % Stripe.OfOutput, s.InputWidth, s.OutputWidth);
            taps.Count = SetOffsets(rows, columns, width * s.InputChannels, s.InputChannels, offsets);
            (places.Lines, places.Width) = (rows.Count, columns.Count);
            Tile.GatherAll<TLanes, TVector>(
                taps, places, images * rows.Count * columns.Count, packed, bias,
                bordered + ((((rows.Source + 1) * width) + columns.Source + 1) * s.InputChannels),
                output + (((rows.First * s.OutputWidth) + columns.First) * s.OutputChannels), s.OutputChannels, add: false);
            packed += taps.Count * s.InputChannels * ConvHost.Rounded(s.OutputChannels);
        }
    }

    private static void RunInputGradient<TLanes, TVector>(in ConvArguments arguments, in Slice slice)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var s = arguments.Sizes;
        int inputs = ConvHost.InputSample(s), outputs = ConvHost.OutputSample(s);
        var gradient = slice.FirstImage(arguments.OutputGradient, outputs);
        var target = slice.FirstImage(arguments.InputGradient, inputs);
        var share = Together((s.OutputHeight + 2) * (s.OutputWidth + 2) * s.OutputChannels);
        for (var image = 0; image < slice.Count; image += share)
        {
            InputGradientImages<TLanes, TVector>(
                s, Math.Min(share, slice.Count - image), HostMemory.Address(arguments.Working), gradient + (image * outputs),
                target + (image * inputs), arguments.Keep != 0);
        }
    }

    private static void InputGradientImages<TLanes, TVector>(
        in ConvSizes s, int images, float* packed, float* gradient, float* target, bool add)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var width = s.OutputWidth + 2;
        var bordered = Bordered(gradient, images, s.OutputHeight, s.OutputWidth, s.OutputChannels);
        var offsets = stackalloc int[16];
        var taps = new Taps { Channels = s.OutputChannels, Offsets = offsets };
        var places = new Places
        {
            Image = (s.OutputHeight + 2) * width * s.OutputChannels,
            TargetImage = ConvHost.InputSample(s),
            Line = 2 * width * s.OutputChannels,
            Pixel = 2 * s.OutputChannels,
            TargetLine = s.InputWidth * s.InputChannels,
            TargetPixel = s.InputChannels,
        };
        for (var number = 0; number < Stripe.OfSource * Stripe.OfSource; number++)
        {
            var rows = Stripe.Input(number / Stripe.OfSource, s.InputHeight, s.OutputHeight);
            var columns = Stripe.Input(number % Stripe.OfSource, s.InputWidth, s.OutputWidth);
            taps.Count = SetOffsets(rows, columns, width * s.OutputChannels, s.OutputChannels, offsets);
            (places.Lines, places.Width) = (rows.Count, columns.Count);
            Tile.GatherAll<TLanes, TVector>(
                taps, places, images * rows.Count * columns.Count, packed, null,
                bordered + ((((rows.Source + 1) * width) + columns.Source + 1) * s.OutputChannels),
                target + (((rows.First * s.InputWidth) + columns.First) * s.InputChannels), s.InputChannels, add);
            packed += taps.Count * s.OutputChannels * ConvHost.Rounded(s.InputChannels);
        }
    }

    private static int SetOffsets(Stripe rows, Stripe columns, int line, int pixel, int* offsets)
    {
        for (var tap = 0; tap < rows.Taps * columns.Taps; tap++)
        {
            offsets[tap] = (tap / columns.Taps * line) + (tap % columns.Taps * pixel);
        }

        return rows.Taps * columns.Taps;
    }

    /// <summary>Sums of each stripe by stripe, [stripes][input][output], then the bias's.</summary>
    private static int PartialCount(in ConvSizes s) => checked(((Stripes(s) * s.InputChannels) + 1) * ConvHost.Rounded(s.OutputChannels));

    private static int Stripes(in ConvSizes s) => Stripe.OfTaps(s.InputHeight, s.OutputHeight) * Stripe.OfTaps(s.InputWidth, s.OutputWidth);

    private static void RunWeightGradient<TLanes, TVector>(in ConvArguments arguments, in Slice slice)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var s = arguments.Sizes;
        int inputs = ConvHost.InputSample(s), outputs = ConvHost.OutputSample(s), size = PartialCount(s);
        float* input = slice.FirstImage(arguments.Input, inputs), gradient = slice.FirstImage(arguments.OutputGradient, outputs);
        var sums = HostMemory.Address(arguments.Working) + ((nint)slice.Part * size);
        if (slice.IsFirst)
        {
            new Span<float>(sums, size).Clear();
        }

        var share = Together(
            ((s.InputHeight + 2) * (s.InputWidth + 2) * s.InputChannels)
                + (s.OutputHeight * s.OutputWidth * ConvHost.Rounded(s.OutputChannels)));
        for (var image = 0; image < slice.Count; image += share)
        {
            AddWeightGradient<TLanes, TVector>(
                s, Math.Min(share, slice.Count - image), input + (image * inputs), gradient + (image * outputs), sums);
        }
    }

    /// <summary>Adds the outer products of some images to the sums.</summary>
    private static void AddWeightGradient<TLanes, TVector>(in ConvSizes s, int images, float* input, float* gradient, float* sums)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int width = s.InputWidth + 2, image = (s.InputHeight + 2) * width * s.InputChannels;
        int outputs = ConvHost.Rounded(s.OutputChannels), pixels = s.OutputHeight * s.OutputWidth;
        var bordered = Bordered(input, images, s.InputHeight, s.InputWidth, s.InputChannels);
        if (outputs != s.OutputChannels)
        {
            var padded = HostScratch.Floats(1, images * pixels * outputs);
            Tile.CopyInto(gradient, 1, images * pixels, s.OutputChannels, padded, 1, images * pixels, outputs, 0);
            gradient = padded;
        }

        var pairs = new Pairs
        {
            Images = images,
            LeftImage = image,
            LeftLine = width * s.InputChannels,
            LeftPixel = s.InputChannels,
            RightImage = pixels * outputs,
            RightLine = 2 * s.OutputWidth * outputs,
            RightPixel = 2 * outputs,
        };
        var across = Stripe.OfTaps(s.InputWidth, s.OutputWidth);
        for (var number = 0; number < Stripes(s); number++)
        {
            var rows = Stripe.Tap(number / across, s.InputHeight, s.OutputHeight);
            var columns = Stripe.Tap(number % across, s.InputWidth, s.OutputWidth);
            (pairs.Lines, pairs.Pixels) = (rows.Count, columns.Count);
            Tile.Outer<TLanes, TVector>(
                pairs, bordered + ((((rows.Source + 1) * width) + columns.Source + 1) * s.InputChannels), s.InputChannels,
                gradient + (((rows.First * s.OutputWidth) + columns.First) * outputs), outputs, sums, outputs);
            sums += s.InputChannels * outputs;
        }

        Tile.AddRows<TLanes, TVector>(gradient, images * pixels, outputs, s.OutputChannels, sums);
    }

    /// <summary>
    /// Adds the groups' sums in their order, and gives each tap of the kernel those that it has a part in; one unit is an input channel.
    /// </summary>
    private static void Fold(in ConvArguments arguments, int first, int end)
    {
        var s = arguments.Sizes;
        float* partials = HostMemory.Address(arguments.Working), target = HostMemory.Address(arguments.WeightGradient);
        int size = PartialCount(s), outputs = ConvHost.Rounded(s.OutputChannels), stripes = Stripes(s);
        var across = Stripe.OfTaps(s.InputWidth, s.OutputWidth);
        var totals = HostScratch.Floats(2, (stripes + 1) * outputs);
        Span<float> sum = new(totals + (stripes * outputs), outputs);
        for (var channel = first; channel < end; channel++)
        {
            for (var number = 0; number < stripes; number++)
            {
                var row = partials + (((number * s.InputChannels) + channel) * outputs);
                ConvHost.Total(row, size, s, new Span<float>(totals + (number * outputs), outputs));
            }

            for (var tap = 0; tap < KernelTaps; tap++)
            {
                sum.Clear();
                for (var number = 0; number < stripes; number++)
                {
                    var rows = Stripe.Tap(number / across, s.InputHeight, s.OutputHeight);
                    if (Stripe.Sum(tap, rows, 0, Stripe.Tap(number % across, s.InputWidth, s.OutputWidth), 0))
                    {
                        TensorPrimitives.Add(sum, new ReadOnlySpan<float>(totals + (number * outputs), outputs), sum);
                    }
                }

                ConvHost.Put(sum, target + (((tap * s.InputChannels) + channel) * s.OutputChannels), s.OutputChannels, arguments.Keep);
            }
        }

        if (first == 0)
        {
            ConvHost.Total(partials + size - outputs, size, s, sum);
            ConvHost.Put(sum, HostMemory.Address(arguments.BiasGradient), s.OutputChannels, arguments.KeepBias);
        }
    }

    /// <summary>Images with a border of one zero pixel.</summary>
    private static float* Bordered(float* images, int count, int height, int width, int channels)
    {
        var size = (height + 2) * (width + 2) * channels;
        var room = HostScratch.Floats(0, count * size);
        for (var image = 0; image < count; image++)
        {
            var source = images + (image * height * width * channels);
            Tile.CopyInto(source, height, width, channels, room + (image * size), height + 2, width + 2, channels, 1);
        }

        return room;
    }

    /// <summary>
    /// How many images to work on together: tiles of six pixels run across them, so six leave no tile in part, where the cache holds them.
    /// </summary>
    private static int Together(int floats) => Math.Clamp(CacheFloats / floats, 1, Tile.Rows);
}
