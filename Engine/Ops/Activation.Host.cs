using System.Runtime.Intrinsics;

namespace Estampa.Engine;

/// <summary>Activations on the processor, a vector at a time.</summary>
internal static unsafe class ActivationHost<TActivation>
    where TActivation : struct, IActivation
{
    public static readonly ImageRoute<ActivationArguments> Forward = new(
        arguments => arguments.Batch,
        Tile.Choose<ImageBody<ActivationArguments>>(
            RunForward<Lanes512, Vector512<float>>, RunForward<Lanes256, Vector256<float>>, RunForward<Lanes128, Vector128<float>>));

    public static readonly ImageRoute<ActivationArguments> Backward = new(
        arguments => arguments.Batch,
        Tile.Choose<ImageBody<ActivationArguments>>(
            RunBackward<Lanes512, Vector512<float>>, RunBackward<Lanes256, Vector256<float>>, RunBackward<Lanes128, Vector128<float>>));

    private static void RunForward<TLanes, TVector>(in ActivationArguments arguments, in Slice slice)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        float* input = slice.FirstImage(arguments.Input, arguments.Sample), output = slice.FirstImage(arguments.Output, arguments.Sample);
        int count = slice.Count * arguments.Sample, whole = count / TLanes.Count * TLanes.Count;
        for (var element = 0; element < whole; element += TLanes.Count)
        {
            TLanes.Store(TActivation.Apply<TLanes, TVector>(TLanes.Load(input + element)), output + element);
        }

        for (var element = whole; element < count; element++)
        {
            output[element] = TActivation.Apply<Lane, float>(input[element]);
        }
    }

    private static void RunBackward<TLanes, TVector>(in ActivationArguments arguments, in Slice slice)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int count = slice.Count * arguments.Sample, whole = count / TLanes.Count * TLanes.Count;
        float* input = slice.FirstImage(arguments.Input, arguments.Sample);
        var gradient = slice.FirstImage(arguments.OutputGradient, arguments.Sample);
        var target = slice.FirstImage(arguments.InputGradient, arguments.Sample);
        BackwardRange<TLanes, TVector>(input, gradient, target, 0, whole, arguments.Keep);
        BackwardRange<Lane, float>(input, gradient, target, whole, count, arguments.Keep);
    }

    private static void BackwardRange<TLanes, TVector>(float* input, float* gradient, float* target, int first, int end, int keep)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        for (var element = first; element < end; element += TLanes.Count)
        {
            var slope = TActivation.Slope<TLanes, TVector>(TLanes.Load(input + element));
            var old = keep == 0 ? TLanes.Zero : TLanes.Load(target + element);
            TLanes.Store(TLanes.MultiplyAdd(slope, TLanes.Load(gradient + element), old), target + element);
        }
    }
}
