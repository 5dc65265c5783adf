using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Estampa.Engine;

/// <summary>
/// The steps of a recurrent layer on the processor. Sequences do not depend on each other, so a thread takes a few of them through
/// all steps, and what a step leaves is in its cache at the next: the first launch of the steps does all, the others have no units.
/// </summary>
internal static unsafe class RecurrentHost<TCell>
    where TCell : struct, ICell
{
    private const int Wide = 16;

    /// <summary>Sequences that go through the steps together: whole tiles, and few enough that threads end at the same time.</summary>
    private const int Group = 2 * Tile.Rows;

    public static readonly HostRoute<RecurrentArguments> Forward = new(
        arguments => arguments.Step == 0 ? Groups(arguments) : 0,
        1,
        Tile.Choose<HostBody<RecurrentArguments>>(
            RunForward<Lanes512, Vector512<float>>, RunForward<Lanes256, Vector256<float>>, RunForward<Lanes128, Vector128<float>>))
    {
        Prepare = PackForward,
    };

    public static readonly HostRoute<RecurrentArguments> Backward = new(
        arguments => arguments.Step == arguments.Steps - 1 ? Groups(arguments) : 0,
        1,
        Tile.Choose<HostBody<RecurrentArguments>>(
            RunBackward<Lanes512, Vector512<float>>, RunBackward<Lanes256, Vector256<float>>, RunBackward<Lanes128, Vector128<float>>))
    {
        Prepare = PackBackward,
    };

    /// <summary>Floats of the packed weights of the backward pass; those of the forward pass are a linear layer's.</summary>
    public static int BackwardWorking(int hidden) => checked(TCell.Gates * hidden * Rounded(hidden));

    private static int Rounded(int channels) => (channels + Wide - 1) / Wide * Wide;

    private static int Groups(RecurrentArguments arguments) => (arguments.Batch + Group - 1) / Group;

    private static void PackForward(RecurrentArguments arguments)
    {
        int hidden = arguments.Hidden, all = TCell.Gates * hidden;
        var packed = HostMemory.Address(arguments.Working);
        Tile.Pack(HostMemory.Address(arguments.Weight), hidden, all, all, 1, packed);
        Tile.Pack(HostMemory.Address(arguments.Bias), 1, all, 0, 1, packed + ((nint)hidden * Rounded(all)));
    }

    private static void PackBackward(RecurrentArguments arguments)
    {
        int hidden = arguments.Hidden, all = TCell.Gates * hidden;
        Tile.Pack(HostMemory.Address(arguments.Weight), all, hidden, 1, all, HostMemory.Address(arguments.Working));
    }

    private static void RunForward<TLanes, TVector>(in RecurrentArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int hidden = arguments.Hidden, all = TCell.Gates * hidden, steps = arguments.Steps, sample = first * Group;
        var count = Math.Min(end * Group, arguments.Batch) - sample;
        var products = HostScratch.Floats(0, count * all);
        var packed = HostMemory.Address(arguments.Working);
        var bias = packed + ((nint)hidden * Rounded(all));
        var offset = 0;
        var taps = new Taps { Count = 1, Channels = hidden, Offsets = &offset };
        var places = new Places { Width = count, TargetPixel = all };
        var zeros = Zeros(hidden);
        var whole = hidden / TLanes.Count * TLanes.Count;
        for (var step = 0; step < steps; step++)
        {
            // The state before the first step is the same zeros for the whole slice.
            var place = At(arguments, sample, step, zeros);
            places.Pixel = step == 0 ? 0 : steps * hidden;
            Tile.GatherAll<TLanes, TVector>(taps, places, count, packed, bias, place.Before, products, all, add: false);
            for (var s = 0; s < count; s++)
            {
                place = At(arguments, sample + s, step, zeros);
                if (IsBeyond(arguments, sample + s, step))
                {
                    Copy(place.Before, place.After, hidden);
                    Copy(place.KeptBefore, place.Kept, TCell.HasSecond ? hidden : 0);
                    continue;
                }

                place.Products = products + ((nint)s * all);
                TCell.Forward<TLanes, TVector>(place, 0, whole);
                TCell.Forward<Lane, float>(place, whole, hidden);
            }
        }
    }

    private static void RunBackward<TLanes, TVector>(in RecurrentArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int hidden = arguments.Hidden, all = TCell.Gates * hidden, steps = arguments.Steps, sample = first * Group;
        var count = Math.Min(end * Group, arguments.Batch) - sample;
        var carry = HostMemory.Address(arguments.Carry) + ((nint)sample * hidden);
        var secondCarry = HostMemory.Address(arguments.SecondCarry) + ((nint)sample * hidden);
        var outputGradient = HostMemory.Address(arguments.OutputGradient);
        var hiddenGradient = HostMemory.Address(arguments.HiddenGradient);
        var offset = 0;
        var taps = new Taps { Count = 1, Channels = all, Offsets = &offset };
        var places = new Places { Width = count, Pixel = steps * all, TargetPixel = hidden };
        var zeros = Zeros(hidden);
        var whole = hidden / TLanes.Count * TLanes.Count;
        new Span<float>(carry, count * hidden).Clear();
        new Span<float>(secondCarry, count * hidden).Clear();
        for (var step = steps - 1; step >= 0; step--)
        {
            var row = Row(arguments, sample, step);
            if (step + 1 < steps)
            {
                var after = hiddenGradient + ((row + arguments.Direction) * all);
                Tile.GatherAll<TLanes, TVector>(
                    taps, places, count, HostMemory.Address(arguments.Working), null, after, carry, hidden, add: true);
            }

            for (var s = 0; s < count; s++, row += steps)
            {
                var place = At(arguments, sample + s, step, zeros);
                place.HiddenGradient = hiddenGradient + (row * all);
                place.Gradient = carry + ((nint)s * hidden);
                place.SecondGradient = secondCarry + ((nint)s * hidden);
                var gradient = outputGradient + (row * hidden);
                Add<TLanes, TVector>(gradient, place.Gradient, 0, whole);
                Add<Lane, float>(gradient, place.Gradient, whole, hidden);
                if (IsBeyond(arguments, sample + s, step))
                {
                    new Span<float>(place.Gates, all).Clear();
                    new Span<float>(place.HiddenGradient, all).Clear();
                }
                else
                {
                    TCell.Backward<TLanes, TVector>(place, 0, whole);
                    TCell.Backward<Lane, float>(place, whole, hidden);
                }

                Copy(place.Before, place.Kept, hidden);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add<TLanes, TVector>(float* numbers, float* sums, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        for (var unit = first; unit < end; unit += TLanes.Count)
        {
            TLanes.Store(TLanes.Add(TLanes.Load(numbers + unit), TLanes.Load(sums + unit)), sums + unit);
        }
    }

    private static void Copy(float* from, float* to, int count) =>
        new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(to, count));

    private static float* Zeros(int hidden)
    {
        var zeros = HostScratch.Floats(1, hidden);
        new Span<float>(zeros, hidden).Clear();
        return zeros;
    }

    /// <summary>Where the numbers of a step of a sequence lie, apart from those that only one of the passes has.</summary>
    private static CellRow At(in RecurrentArguments arguments, int sample, int step, float* zeros)
    {
        int hidden = arguments.Hidden, back = arguments.Direction * hidden;
        var row = Row(arguments, sample, step);
        float* after = HostMemory.Address(arguments.Output) + (row * hidden), kept = HostMemory.Address(arguments.Kept) + (row * hidden);
        return new CellRow
        {
            Hidden = hidden,
            Gates = HostMemory.Address(arguments.Gates) + (row * TCell.Gates * hidden),
            Before = step == 0 ? zeros : after - back,
            After = after,
            KeptBefore = step == 0 ? zeros : kept - back,
            Kept = kept,
        };
    }

    private static nint Row(in RecurrentArguments arguments, int sample, int step) =>
        ((nint)sample * arguments.Steps) + Time(arguments, step);

    private static int Time(in RecurrentArguments arguments, int step) => arguments.Direction > 0 ? step : arguments.Steps - 1 - step;

    private static bool IsBeyond(in RecurrentArguments arguments, int sample, int step) =>
        arguments.HasLengths != 0 && !(Time(arguments, step) < HostMemory.Address(arguments.Lengths)[sample]);
}
