using System.Runtime.Intrinsics;

namespace Estampa.Engine;

/// <summary>Activations on the processor, a vector at a time.</summary>
internal static unsafe class ActivationHost<TActivation>
    where TActivation : struct, IActivation
{
    /// <summary>Elements that a thread takes at a time.</summary>
    private const int Grain = 16384;

    public static readonly HostRoute<ActivationArguments> Forward = new(
        arguments => (int)arguments.Output.Length,
        Grain,
        Tile.Choose<HostBody<ActivationArguments>>(
            RunForward<Lanes512, Vector512<float>>, RunForward<Lanes256, Vector256<float>>, RunForward<Lanes128, Vector128<float>>));

    public static readonly HostRoute<ActivationArguments> Backward = new(
        arguments => (int)arguments.Input.Length,
        Grain,
        Tile.Choose<HostBody<ActivationArguments>>(
            RunBackward<Lanes512, Vector512<float>>, RunBackward<Lanes256, Vector256<float>>, RunBackward<Lanes128, Vector128<float>>));

    private static void RunForward<TLanes, TVector>(in ActivationArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var whole = first + ((end - first) / TLanes.Count * TLanes.Count);
        ForwardRange<TLanes, TVector>(arguments, first, whole);
        ForwardRange<Lane, float>(arguments, whole, end);
    }

    private static void ForwardRange<TLanes, TVector>(in ActivationArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        float* input = HostMemory.Address(arguments.Input), output = HostMemory.Address(arguments.Output);
        for (var element = first; element < end; element += TLanes.Count)
        {
            TLanes.Store(TActivation.Apply<TLanes, TVector>(TLanes.Load(input + element)), output + element);
        }
    }

    private static void RunBackward<TLanes, TVector>(in ActivationArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var whole = first + ((end - first) / TLanes.Count * TLanes.Count);
        BackwardRange<TLanes, TVector>(arguments, first, whole);
        BackwardRange<Lane, float>(arguments, whole, end);
    }

    private static void BackwardRange<TLanes, TVector>(in ActivationArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        float* input = HostMemory.Address(arguments.Input), gradient = HostMemory.Address(arguments.OutputGradient);
        var target = HostMemory.Address(arguments.InputGradient);
        for (var element = first; element < end; element += TLanes.Count)
        {
            var slope = TActivation.Slope<TLanes, TVector>(TLanes.Load(input + element));
            var old = arguments.Keep == 0 ? TLanes.Zero : TLanes.Load(target + element);
            TLanes.Store(TLanes.MultiplyAdd(slope, TLanes.Load(gradient + element), old), target + element);
        }
    }
}
