namespace Estampa.Engine;

/// <summary>The products of <see cref="ConvGrouped"/> on CUDA's tensor cores; channels in multiples of 16.</summary>
internal static class ConvTensor<TNumber>
    where TNumber : struct, ITensorNumber
{
    public static readonly GroupedRoute<ConvArguments> Forward =
        TensorProduct<ConvForward, ConvWindows, PlainMatrix<ConvWeight, ConvArguments>, TNumber, ConvArguments>.Route;

    public static readonly GroupedRoute<ConvArguments> InputGradient =
        TensorProduct<ConvInputGradient, ConvBlockWindows, ConvBlockWeight, TNumber, ConvArguments>.Route;

    public static readonly GroupedRoute<ConvArguments> WeightGradient =
        TensorProduct<ConvWeightGradient, ConvWindows, PlainMatrix<ConvOutputGradient, ConvArguments>, TNumber, ConvArguments>.Route;
}
