namespace Estampa.Engine;

/// <content>
/// Layers between few channels and many, such as the first and the last of an autoencoder of images. They move bytes more than they
/// multiply, so the side of many channels is read or written once, where it lies.
/// </content>
internal static unsafe partial class ConvHost
{
    /// <summary>Weights as (input, kernel, kernel, output), taps turned round: an input gradient is a convolution with them.</summary>
    private static void TurnTaps(float* weight, in ConvSizes s, float* turned)
    {
        int kernels = s.Kernel * s.Kernel, outputs = s.OutputChannels;
        for (var row = 0; row < kernels * s.InputChannels; row++)
        {
            int tap = row / s.InputChannels, input = row % s.InputChannels;
            var place = turned + (((input * kernels) + kernels - 1 - tap) * outputs);
            new ReadOnlySpan<float>(weight + (row * outputs), outputs).CopyTo(new Span<float>(place, outputs));
        }
    }

    /// <summary>A convolution to few channels: forward, or of the output gradient with <see cref="Turned"/> sizes.</summary>
    private static void Collect<TLanes, TVector>(
        in ConvSizes s, float* source, float* weights, float* bias, float* target, in Slice slice, bool add)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var sizes = new Collecting
        {
            Height = s.InputHeight,
            Width = s.InputWidth,
            Many = s.InputChannels,
            TargetHeight = s.OutputHeight,
            TargetWidth = s.OutputWidth,
            Few = s.OutputChannels,
            Kernel = s.Kernel,
            Padding = s.Padding,
        };
        for (var b = slice.First; b < slice.End; b++)
        {
            Tile.Collect<TLanes, TVector>(
                sizes, source + ((nint)b * InputSample(s)), weights, bias, target + ((nint)b * OutputSample(s)), add);
        }
    }

    /// <summary>
    /// The weight gradient between few channels and many. The few are bordered, and each of their (tap, channel) numbers is a row; the
    /// many are read where they are. Few inputs: output pixels count, and a last row of ones gives the biases' sums. Few outputs: input
    /// pixels count, with taps turned round.
    /// </summary>
    private static void AddFewWeights<TLanes, TVector>(in ConvSizes s, float* input, float* gradient, in Slice slice, float* partial)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var swapped = IsSwapped(s);
        var (few, many) = swapped ? (s.OutputChannels, s.InputChannels) : (s.InputChannels, s.OutputChannels);
        var (fewHeight, fewWidth) = swapped ? (s.OutputHeight, s.OutputWidth) : (s.InputHeight, s.InputWidth);
        var border = swapped ? s.Kernel : s.Padding;
        var height = swapped ? Math.Max(fewHeight, s.InputHeight + s.Padding) + border : fewHeight + (2 * border);
        var width = swapped ? Math.Max(fewWidth, s.InputWidth + s.Padding) + border : fewWidth + (2 * border);
        int rows = s.Kernel * s.Kernel * few, plane = height * width * few, size = PartialCount(s);
        var room = HostScratch.Floats(0, 2 * plane);
        var offsets = stackalloc nint[rows + 1];
        for (var row = 0; row < rows; row++)
        {
            var tap = row / few;
            var place = ((tap / s.Kernel * width) + (tap % s.Kernel)) * few;
            offsets[row] = (swapped ? ((s.Padding + border) * (width + 1) * few) - place : place) + (row % few);
        }

        if (!swapped)
        {
            new Span<float>(room + plane, plane).Fill(1f);
            offsets[rows++] = plane;
        }

        var pairs = swapped
            ? new RowPairs { Lines = s.InputHeight, Pixels = s.InputWidth, LeftPixel = few }
            : new RowPairs { Lines = s.OutputHeight, Pixels = s.OutputWidth, LeftPixel = s.Stride * few };
        pairs.LeftLine = pairs.LeftPixel * width;
        (pairs.RightLine, pairs.RightPixel) = (pairs.Pixels * many, many);
        for (var b = slice.First; b < slice.End; b++)
        {
            var narrow = (swapped ? gradient : input) + ((nint)b * fewHeight * fewWidth * few);
            Tile.CopyInto(narrow, fewHeight, fewWidth, few, room, height, width, few, border);
            var wide = (swapped ? input : gradient) + ((nint)b * pairs.Lines * pairs.RightLine);
            Tile.OuterRows<TLanes, TVector>(pairs, offsets, rows, room, wide, many, partial);
            if (swapped)
            {
                Tile.AddFew(narrow, fewHeight * fewWidth, few, partial + size - Rounded(few));
            }
        }
    }
}
