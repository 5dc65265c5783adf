namespace Estampa.Engine;

/// <summary>The products of <see cref="UpsampledConvGrouped"/> on CUDA's tensor cores; channels in multiples of 16.</summary>
internal static class UpsampledConvTensor<TNumber>
    where TNumber : struct, ITensorNumber
{
    public static readonly GroupedRoute<ConvArguments> Forward =
        TensorProduct<ConvForward, UpsampledConvWindows, PlainMatrix<ConvWeight, ConvArguments>, TNumber, ConvArguments>.Route;

    public static readonly GroupedRoute<ConvArguments> InputGradient =
        TensorProduct<UpsampledConvInputGradient, UpsampledConvGradients, UpsampledConvWeight, TNumber, ConvArguments>.Route;

    public static readonly GroupedRoute<ConvArguments> WeightGradient = TensorProduct<
        ConvWeightGradient, UpsampledConvWindows, PlainMatrix<ConvOutputGradient, ConvArguments>, TNumber, ConvArguments>.Route;
}
