using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Estampa.Engine;

/// <summary>
/// The steps of a gated recurrent unit on the processor. Sequences do not depend on each other, so a thread takes a few of them through
/// all steps, and what a step leaves is in its cache at the next: the first launch of the steps does all, the others have no units.
/// </summary>
internal static unsafe class GruHost
{
    private const int Wide = 16;

    /// <summary>Sequences that go through the steps together: whole tiles, and few enough that threads end at the same time.</summary>
    private const int Group = 2 * Tile.Rows;

    public static readonly HostRoute<GruArguments> Forward = new(
        arguments => arguments.Step == 0 ? Groups(arguments) : 0,
        1,
        Tile.Choose<HostBody<GruArguments>>(
            RunForward<Lanes512, Vector512<float>>, RunForward<Lanes256, Vector256<float>>, RunForward<Lanes128, Vector128<float>>))
    {
        Prepare = PackForward,
    };

    public static readonly HostRoute<GruArguments> Backward = new(
        arguments => arguments.Step == arguments.Steps - 1 ? Groups(arguments) : 0,
        1,
        Tile.Choose<HostBody<GruArguments>>(
            RunBackward<Lanes512, Vector512<float>>, RunBackward<Lanes256, Vector256<float>>, RunBackward<Lanes128, Vector128<float>>))
    {
        Prepare = PackBackward,
    };

    /// <summary>Floats of the packed weights of the backward pass; those of the forward pass are a linear layer's.</summary>
    public static int BackwardWorking(int hidden) => checked(3 * hidden * Rounded(hidden));

    private static int Rounded(int channels) => (channels + Wide - 1) / Wide * Wide;

    private static int Groups(GruArguments arguments) => (arguments.Batch + Group - 1) / Group;

    private static void PackForward(GruArguments arguments)
    {
        int hidden = arguments.Hidden, all = 3 * hidden;
        var packed = HostMemory.Address(arguments.Working);
        Tile.Pack(HostMemory.Address(arguments.Weight), hidden, all, all, 1, packed);
        Tile.Pack(HostMemory.Address(arguments.Bias), 1, all, 0, 1, packed + ((nint)hidden * Rounded(all)));
    }

    private static void PackBackward(GruArguments arguments)
    {
        int hidden = arguments.Hidden, all = 3 * hidden;
        Tile.Pack(HostMemory.Address(arguments.Weight), all, hidden, 1, all, HostMemory.Address(arguments.Working));
    }

    private static void RunForward<TLanes, TVector>(in GruArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int hidden = arguments.Hidden, all = 3 * hidden, steps = arguments.Steps, sample = first * Group;
        var count = Math.Min(end * Group, arguments.Batch) - sample;
        var products = HostScratch.Floats(0, count * all);
        var packed = HostMemory.Address(arguments.Working);
        var bias = packed + ((nint)hidden * Rounded(all));
        var states = HostMemory.Address(arguments.Output);
        var offset = 0;
        var taps = new Taps { Count = 1, Channels = hidden, Offsets = &offset };
        var places = new Places { Width = count, Pixel = steps * hidden, TargetPixel = all };

        // The state before the first step: zeros, which the whole slice shares.
        var zeros = HostScratch.Floats(1, hidden);
        new Span<float>(zeros, hidden).Clear();
        for (var step = 0; step < steps; step++)
        {
            var row = ((nint)sample * steps) + Time(arguments, step);
            var before = step == 0 ? zeros : states + ((row - arguments.Direction) * hidden);
            places.Pixel = step == 0 ? 0 : steps * hidden;
            Tile.GatherAll<TLanes, TVector>(taps, places, count, packed, bias, before, products, all, add: false);
            for (var s = 0; s < count; s++, row += steps, before += places.Pixel)
            {
                if (IsBeyond(arguments, sample + s, step))
                {
                    new ReadOnlySpan<float>(before, hidden).CopyTo(new Span<float>(states + (row * hidden), hidden));
                    continue;
                }

                float* gates = HostMemory.Address(arguments.Gates) + (row * all), product = products + ((nint)s * all);
                int whole = hidden / TLanes.Count * TLanes.Count, wholeGates = 2 * hidden / TLanes.Count * TLanes.Count;
                Open<TLanes, TVector>(gates, product, 0, wholeGates);
                Open<Lane, float>(gates, product, wholeGates, 2 * hidden);
                Follow<TLanes, TVector>(arguments, product, before, row, 0, whole);
                Follow<Lane, float>(arguments, product, before, row, whole, hidden);
            }
        }
    }

    /// <summary>r and z of a step of one sequence, side by side.</summary>
    private static void Open<TLanes, TVector>(float* gates, float* product, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        for (var k = first; k < end; k += TLanes.Count)
        {
            var gate = TLanes.Add(TLanes.Load(gates + k), TLanes.Load(product + k));
            TLanes.Store(Sigmoid.Apply<TLanes, TVector>(gate), gates + k);
        }
    }

    /// <summary>n and the new state of a step of one sequence.</summary>
    private static void Follow<TLanes, TVector>(in GruArguments arguments, float* product, float* before, nint row, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var hidden = arguments.Hidden;
        var gates = HostMemory.Address(arguments.Gates) + (row * 3 * hidden);
        var candidates = HostMemory.Address(arguments.Candidate) + (row * hidden);
        var states = HostMemory.Address(arguments.Output) + (row * hidden);
        for (var unit = first; unit < end; unit += TLanes.Count)
        {
            float* resets = gates + unit, updates = resets + hidden, nexts = updates + hidden;
            var candidate = TLanes.Load(product + (2 * hidden) + unit);
            var next = Tanh.Apply<TLanes, TVector>(TLanes.MultiplyAdd(TLanes.Load(resets), candidate, TLanes.Load(nexts)));
            TLanes.Store(next, nexts);
            TLanes.Store(candidate, candidates + unit);
            var difference = TLanes.Subtract(TLanes.Load(before + unit), next);
            TLanes.Store(TLanes.MultiplyAdd(TLanes.Load(updates), difference, next), states + unit);
        }
    }

    private static void RunBackward<TLanes, TVector>(in GruArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int hidden = arguments.Hidden, all = 3 * hidden, steps = arguments.Steps, sample = first * Group;
        var count = Math.Min(end * Group, arguments.Batch) - sample;
        var carry = HostMemory.Address(arguments.Carry) + ((nint)sample * hidden);
        var outputGradient = HostMemory.Address(arguments.OutputGradient);
        var states = HostMemory.Address(arguments.Output);
        var hiddenGradient = HostMemory.Address(arguments.HiddenGradient);
        var offset = 0;
        var taps = new Taps { Count = 1, Channels = all, Offsets = &offset };
        var places = new Places { Width = count, Pixel = steps * all, TargetPixel = hidden };
        var zeros = HostScratch.Floats(1, hidden);
        new Span<float>(zeros, hidden).Clear();
        new Span<float>(carry, count * hidden).Clear();
        for (var step = steps - 1; step >= 0; step--)
        {
            var row = ((nint)sample * steps) + Time(arguments, step);
            if (step + 1 < steps)
            {
                var after = hiddenGradient + ((row + arguments.Direction) * all);
                Tile.GatherAll<TLanes, TVector>(
                    taps, places, count, HostMemory.Address(arguments.Working), null, after, carry, hidden, add: true);
            }

            for (var s = 0; s < count; s++, row += steps)
            {
                float* own = carry + ((nint)s * hidden), gradient = outputGradient + (row * hidden);
                var before = step == 0 ? zeros : states + ((row - arguments.Direction) * hidden);
                var whole = hidden / TLanes.Count * TLanes.Count;
                var isBeyond = IsBeyond(arguments, sample + s, step);
                Add<TLanes, TVector>(gradient, own, 0, whole);
                Add<Lane, float>(gradient, own, whole, hidden);
                if (isBeyond)
                {
                    new Span<float>(HostMemory.Address(arguments.Gates) + (row * all), all).Clear();
                    new Span<float>(hiddenGradient + (row * all), all).Clear();
                }
                else
                {
                    Close<TLanes, TVector>(arguments, own, before, row, 0, whole);
                    Close<Lane, float>(arguments, own, before, row, whole, hidden);
                }

                var kept = HostMemory.Address(arguments.Candidate) + (row * hidden);
                new ReadOnlySpan<float>(before, hidden).CopyTo(new Span<float>(kept, hidden));
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

    /// <summary>The gradients of the gates at a step of one sequence, from its state's, of which it leaves what goes past them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Close<TLanes, TVector>(in GruArguments arguments, float* gradients, float* before, nint row, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var hidden = arguments.Hidden;
        var gates = HostMemory.Address(arguments.Gates) + (row * 3 * hidden);
        var targets = HostMemory.Address(arguments.HiddenGradient) + (row * 3 * hidden);
        var candidates = HostMemory.Address(arguments.Candidate) + (row * hidden);
        var one = TLanes.Broadcast(1f);
        for (var unit = first; unit < end; unit += TLanes.Count)
        {
            float* resets = gates + unit, updates = resets + hidden, nexts = updates + hidden, target = targets + unit;
            TVector reset = TLanes.Load(resets), update = TLanes.Load(updates), next = TLanes.Load(nexts);
            var gradient = TLanes.Load(gradients + unit);
            var passed = TLanes.Multiply(gradient, update);
            var taken = TLanes.Subtract(gradient, passed);
            var difference = TLanes.Subtract(TLanes.Load(before + unit), next);
            var updateSlope = TLanes.Multiply(TLanes.Multiply(taken, update), difference);
            var nextSlope = TLanes.Multiply(taken, TLanes.Subtract(one, TLanes.Multiply(next, next)));
            var scaled = TLanes.Multiply(nextSlope, reset);
            var resetSlope = TLanes.Multiply(
                TLanes.Multiply(scaled, TLanes.Load(candidates + unit)), TLanes.Subtract(one, reset));
            TLanes.Store(passed, gradients + unit);
            TLanes.Store(resetSlope, resets);
            TLanes.Store(updateSlope, updates);
            TLanes.Store(nextSlope, nexts);
            TLanes.Store(resetSlope, target);
            TLanes.Store(updateSlope, target + hidden);
            TLanes.Store(scaled, target + (2 * hidden));
        }
    }

    private static int Time(in GruArguments arguments, int step) => arguments.Direction > 0 ? step : arguments.Steps - 1 - step;

    private static bool IsBeyond(in GruArguments arguments, int sample, int step) =>
        arguments.HasLengths != 0 && Time(arguments, step) >= HostMemory.Address(arguments.Lengths)[sample];
}
