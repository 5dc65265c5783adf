namespace Estampa.Engine;

/// <summary>The products of <see cref="LinearGrouped"/> on CUDA's tensor cores; inputs and outputs in multiples of 16.</summary>
internal static class LinearTensor<TNumber>
    where TNumber : struct, ITensorNumber
{
    public static readonly GroupedRoute<LinearArguments> Forward = TensorProduct<
        LinearForward,
        PlainMatrix<LinearInput, LinearArguments>,
        PlainMatrix<LinearWeight, LinearArguments>,
        TNumber,
        LinearArguments>.Route;

    public static readonly GroupedRoute<LinearArguments> InputGradient = TensorProduct<
        LinearInputGradient,
        PlainMatrix<LinearOutputGradient, LinearArguments>,
        PlainMatrix<LinearWeight, LinearArguments>,
        TNumber,
        LinearArguments>.Route;

    public static readonly GroupedRoute<LinearArguments> WeightGradient = TensorProduct<
        LinearWeightGradient,
        PlainMatrix<LinearInput, LinearArguments>,
        PlainMatrix<LinearOutputGradient, LinearArguments>,
        TNumber,
        LinearArguments>.Route;
}
