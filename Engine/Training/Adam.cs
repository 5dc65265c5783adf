using System.Runtime.Intrinsics;
using ILGPU;
using ILGPU.Algorithms;

namespace Estampa.Engine;

/// <summary>What the optimizer's kernels read and write; one flat block of all trained numbers.</summary>
public struct AdamArguments
{
    public ArrayView<float> Values;
    public ArrayView<float> Gradients;
    public ArrayView<float> FirstMoments;
    public ArrayView<float> SecondMoments;

    /// <summary>Rate, 1 - beta1^t, sqrt(1 - beta2^t), and the gradients' norm.</summary>
    public ArrayView<float> State;

    /// <summary>Sums of squares of chunks of gradients.</summary>
    public ArrayView<float> Chunks;
    public float Beta1;
    public float Beta2;

    /// <summary>1 - beta1 and 1 - beta2, taken before rounding: of 1 - 0.999 float would lose five digits.</summary>
    public float Share1;
    public float Share2;
    public float Epsilon;
    public float Decay;

    /// <summary>Weight decay on the weights themselves (AdamW) instead of on the gradient.</summary>
    public int Decoupled;

    /// <summary>The norm above which all gradients are scaled down to it; 0 for no limit.</summary>
    public float Limit;
}

/// <summary>
/// Adam (Kingma and Ba 2014, arXiv:1412.6980) with PyTorch's semantics, and AdamW (Loshchilov and Hutter 2017, arXiv:1711.05101) where
/// <paramref name="Decoupled"/>. One launch over each run of trained weights, which is one over all where none is left out, and two
/// before it for the gradients' norm.
/// </summary>
/// <param name="Rate">First learning rate, before the schedule.</param>
/// <param name="Beta1">Decay of the mean of gradients.</param>
/// <param name="Beta2">Decay of the mean of squared gradients.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="Decay">Weight decay.</param>
/// <param name="Decoupled">AdamW's decay.</param>
/// <param name="Limit">Largest norm of all gradients together (PyTorch's clip_grad_norm_); 0 for none.</param>
public sealed record Adam(
    float Rate = 1e-3f,
    double Beta1 = 0.9,
    double Beta2 = 0.999,
    float Epsilon = 1e-8f,
    float Decay = 0f,
    bool Decoupled = false,
    float Limit = 0f)
{
    /// <summary>Gradients whose squares one chunk sums.</summary>
    internal const int Chunk = 4096;
    private const int StateCount = 16;

    internal static readonly Kernel<AdamArguments> UpdateKernel = new(
        "adam.update",
        Update,
        new HostRoute<AdamArguments>(
            arguments => (int)arguments.Values.Length,
            16384,
            Tile.Choose<HostBody<AdamArguments>>(
                UpdateHost<Lanes512, Vector512<float>>, UpdateHost<Lanes256, Vector256<float>>, UpdateHost<Lanes128, Vector128<float>>)));

    internal static readonly Kernel<AdamArguments> SquaresKernel = new(
        "adam.squares",
        Sum<AdamSquares, AdamArguments>.Portable,
        HostRoute<AdamArguments>.Loop(Sum<AdamSquares, AdamArguments>.Portable, AdamSquares.Sums, grain: 1))
    {
        Devices = new() { Grouped = Sum<AdamSquares, AdamArguments>.Grouped },
    };

    internal static readonly Kernel<AdamArguments> NormKernel = new(
        "adam.norm",
        Sum<AdamNorm, AdamArguments>.Portable,
        HostRoute<AdamArguments>.Loop(Sum<AdamNorm, AdamArguments>.Portable, AdamNorm.Sums, grain: 1))
    {
        Devices = new() { Grouped = Sum<AdamNorm, AdamArguments>.Grouped },
    };

    /// <exception cref="ArgumentException">A number is out of its range; the message names it.</exception>
    internal void Check()
    {
        static bool IsSound(double number) => number >= 0 && double.IsFinite(number);
        var (name, number) = !IsSound(Rate) ? (nameof(Rate), Rate)
            : !(Beta1 is >= 0 and < 1) ? (nameof(Beta1), Beta1)
            : !(Beta2 is >= 0 and < 1) ? (nameof(Beta2), Beta2)
            : !IsSound(Epsilon) ? (nameof(Epsilon), Epsilon)
            : !IsSound(Decay) ? (nameof(Decay), Decay)
            : !IsSound(Limit) ? (nameof(Limit), Limit)
            : ("", 0.0);
        if (name.Length > 0)
        {
            throw new ArgumentException($"Adam: {name} is {number}; it is finite and 0 or more, a Beta below 1");
        }
    }

    /// <summary>
    /// Floats of working memory: two moments for each weight, the state, and chunks, of which every range of parameters may leave one open.
    /// </summary>
    internal static int MemoryCount(Weights weights) => checked(
        (2 * weights.TrainedCount) + StateCount + (weights.TrainedCount / Chunk) + weights.Parameters.Count() + 1);

    /// <summary>Writes the numbers that change from step to step; <paramref name="step"/> counts from 1.</summary>
    internal void SetState(Block memory, int weights, float rate, int step) => memory.Write<float>(
        [rate, (float)(1 - Math.Pow(Beta1, step)), (float)Math.Sqrt(1 - Math.Pow(Beta2, step))], 2 * weights);

    /// <summary>Where the norm of all gradients lies in the memory, after <see cref="RecordNorm"/>.</summary>
    internal static int NormPlace(Weights weights) => (2 * weights.TrainedCount) + 3;

    /// <summary>The norm of the gradients: a limit needs it, and it shows any gradient that is not finite.</summary>
    /// <param name="recording">Where to.</param>
    /// <param name="weights">Whose gradients.</param>
    /// <param name="memory">Of <see cref="MemoryCount"/> floats.</param>
    /// <param name="isTrained">Of which parameters, by name; of all where null.</param>
    internal void RecordNorm(Recording recording, Weights weights, Block memory, Func<string, bool>? isTrained = null)
    {
        recording.Needs(memory);
        var chunks = 0;
        AdamArguments arguments;
        foreach (var (first, count) in weights.Ranges(isTrained ?? (_ => true)))
        {
            arguments = Arguments(weights, memory, first, count);
            arguments.Chunks = memory.View((2 * weights.TrainedCount) + StateCount + chunks, (count + Chunk - 1) / Chunk);
            chunks += (int)arguments.Chunks.Length;
            recording.Launch(SquaresKernel, arguments, AdamSquares.Sums(arguments));
        }

        arguments = Arguments(weights, memory, 0, weights.TrainedCount);
        arguments.Chunks = memory.View((2 * weights.TrainedCount) + StateCount, chunks);
        recording.Launch(NormKernel, arguments, 1);
    }

    /// <param name="recording">Where to; after <see cref="RecordNorm"/> where there is a limit.</param>
    /// <param name="weights">What it changes.</param>
    /// <param name="memory">Its moments, of <see cref="MemoryCount"/> floats.</param>
    /// <param name="isTrained">Which parameters it changes, by name; all where null.</param>
    internal void Record(Recording recording, Weights weights, Block memory, Func<string, bool>? isTrained = null)
    {
        recording.Needs(memory);
        foreach (var (first, count) in weights.Ranges(isTrained ?? (_ => true)))
        {
            recording.Launch(UpdateKernel, Arguments(weights, memory, first, count), count);
        }
    }

    private AdamArguments Arguments(Weights weights, Block memory, int first, int count) => new()
    {
        Values = weights.ValuesFrom(first, count),
        Gradients = weights.GradientsFrom(first, count),
        FirstMoments = memory.View(first, count),
        SecondMoments = memory.View(weights.TrainedCount + first, count),
        State = memory.View(2 * weights.TrainedCount, StateCount),
        Beta1 = (float)Beta1,
        Beta2 = (float)Beta2,
        Share1 = (float)(1 - Beta1),
        Share2 = (float)(1 - Beta2),
        Epsilon = Epsilon,
        Decay = Decay,
        Decoupled = Decoupled ? 1 : 0,
        Limit = Limit,
    };

    private static void Update(Index1D index, AdamArguments arguments)
    {
        var gradient = arguments.Gradients[index];
        if (arguments.Limit > 0f)
        {
            var factor = arguments.Limit / (arguments.State[3] + 1e-6f);
            gradient *= factor < 1f ? factor : 1f;
        }

        var value = arguments.Values[index];
        var rate = arguments.State[0];
        if (arguments.Decoupled == 0)
        {
            gradient += arguments.Decay * value;
        }
        else
        {
            value *= 1f - (rate * arguments.Decay);
        }

        var first = (arguments.Beta1 * arguments.FirstMoments[index]) + (arguments.Share1 * gradient);
        var second = (arguments.Beta2 * arguments.SecondMoments[index]) + (arguments.Share2 * gradient * gradient);
        arguments.FirstMoments[index] = first;
        arguments.SecondMoments[index] = second;
        var root = (XMath.Sqrt(second) / arguments.State[2]) + arguments.Epsilon;
        arguments.Values[index] = value - (rate / arguments.State[1] * first / root);
    }

    private static unsafe void UpdateHost<TLanes, TVector>(in AdamArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var whole = first + ((end - first) / TLanes.Count * TLanes.Count);
        UpdateRange<TLanes, TVector>(arguments, first, whole);
        UpdateRange<Lane, float>(arguments, whole, end);
    }

    /// <summary>Multiplications and additions one by one, so that the bits do not depend on the width.</summary>
    private static unsafe void UpdateRange<TLanes, TVector>(in AdamArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        float* values = HostMemory.Address(arguments.Values), gradients = HostMemory.Address(arguments.Gradients);
        float* means = HostMemory.Address(arguments.FirstMoments), squares = HostMemory.Address(arguments.SecondMoments);
        var state = HostMemory.Address(arguments.State);
        var limit = TLanes.Broadcast(arguments.Limit > 0f ? MathF.Min(1f, arguments.Limit / (state[3] + 1e-6f)) : 1f);
        TVector step = TLanes.Broadcast(state[0] / state[1]), correction = TLanes.Broadcast(state[2]);
        var coupled = TLanes.Broadcast(arguments.Decoupled == 0 ? arguments.Decay : 0f);
        var shrink = TLanes.Broadcast(arguments.Decoupled == 0 ? 1f : 1f - (state[0] * arguments.Decay));
        TVector beta1 = TLanes.Broadcast(arguments.Beta1), share1 = TLanes.Broadcast(arguments.Share1);
        TVector beta2 = TLanes.Broadcast(arguments.Beta2), share2 = TLanes.Broadcast(arguments.Share2);
        var epsilon = TLanes.Broadcast(arguments.Epsilon);
        for (var element = first; element < end; element += TLanes.Count)
        {
            var value = TLanes.Load(values + element);
            var gradient = TLanes.Add(TLanes.Multiply(TLanes.Load(gradients + element), limit), TLanes.Multiply(coupled, value));
            var mean = TLanes.Add(TLanes.Multiply(beta1, TLanes.Load(means + element)), TLanes.Multiply(share1, gradient));
            var squared = TLanes.Multiply(TLanes.Multiply(share2, gradient), gradient);
            var square = TLanes.Add(TLanes.Multiply(beta2, TLanes.Load(squares + element)), squared);
            TLanes.Store(mean, means + element);
            TLanes.Store(square, squares + element);
            var root = TLanes.Add(TLanes.Divide(TLanes.Sqrt(square), correction), epsilon);
            TLanes.Store(
                TLanes.Subtract(TLanes.Multiply(value, shrink), TLanes.Divide(TLanes.Multiply(step, mean), root)), values + element);
        }
    }
}

/// <summary>The squares of a chunk of gradients, added up.</summary>
internal readonly struct AdamSquares : ISum<AdamArguments>
{
    public static int Sums(AdamArguments arguments) => (int)arguments.Chunks.Length;

    public static int Terms(AdamArguments arguments, int sum)
    {
        var left = (int)arguments.Gradients.Length - (sum * Adam.Chunk);
        return left < Adam.Chunk ? left : Adam.Chunk;
    }

    public static float Term(AdamArguments arguments, int sum, int term)
    {
        var gradient = arguments.Gradients[(sum * Adam.Chunk) + term];
        return gradient * gradient;
    }

    public static void Store(AdamArguments arguments, int sum, float total) => arguments.Chunks[sum] = total;
}

/// <summary>The gradients' norm, from the sums of chunks.</summary>
internal readonly struct AdamNorm : ISum<AdamArguments>
{
    public static int Sums(AdamArguments arguments) => 1;

    public static int Terms(AdamArguments arguments, int sum) => (int)arguments.Chunks.Length;

    public static float Term(AdamArguments arguments, int sum, int term) => arguments.Chunks[term];

    public static void Store(AdamArguments arguments, int sum, float total) => arguments.State[3] = XMath.Sqrt(total);
}
