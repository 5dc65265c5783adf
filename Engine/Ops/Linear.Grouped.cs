using ILGPU;

namespace Estampa.Engine;

/// <summary>The three directions of a linear layer on groups of threads.</summary>
internal static class LinearGrouped
{
    public static readonly DeviceRoutes<LinearArguments> Forward = ProductRoutes<
        LinearForward, PlainMatrix<LinearInput, LinearArguments>, PlainMatrix<LinearWeight, LinearArguments>, LinearArguments>.All;

    public static readonly DeviceRoutes<LinearArguments> InputGradient = ProductRoutes<
        LinearInputGradient,
        PlainMatrix<LinearOutputGradient, LinearArguments>,
        PlainMatrix<LinearWeight, LinearArguments>,
        LinearArguments>.All;

    public static readonly DeviceRoutes<LinearArguments> WeightGradient = ProductRoutes<
        LinearWeightGradient,
        PlainMatrix<LinearInput, LinearArguments>,
        PlainMatrix<LinearOutputGradient, LinearArguments>,
        LinearArguments>.All;
}

/// <summary>Samples by inputs.</summary>
internal readonly struct LinearInput : IPlainMatrix<LinearArguments>
{
    public static ArrayView<float> Numbers(LinearArguments arguments) => arguments.Input;

    public static int Columns(LinearArguments arguments) => arguments.Inputs;
}

/// <summary>Inputs by outputs.</summary>
internal readonly struct LinearWeight : IPlainMatrix<LinearArguments>
{
    public static ArrayView<float> Numbers(LinearArguments arguments) => arguments.Weight;

    public static int Columns(LinearArguments arguments) => arguments.Outputs;
}

/// <summary>Samples by outputs.</summary>
internal readonly struct LinearOutputGradient : IPlainMatrix<LinearArguments>
{
    public static ArrayView<float> Numbers(LinearArguments arguments) => arguments.OutputGradient;

    public static int Columns(LinearArguments arguments) => arguments.Outputs;
}

/// <summary>Y = X W, and the bias.</summary>
internal readonly struct LinearForward : IProduct<LinearArguments>
{
    public static bool LeftIsTurned => false;

    public static bool RightIsTurned => false;

    public static bool SumsRight => false;

    public static ProductSizes Sizes(LinearArguments arguments) =>
        new() { Rows = arguments.Batch, Columns = arguments.Outputs, Depth = arguments.Inputs };

    public static ArrayView<float> Parts(LinearArguments arguments) => arguments.Working;

    public static void Store(LinearArguments arguments, int row, int column, float sum) =>
        arguments.Output[(row * arguments.Outputs) + column] = sum + arguments.Bias[column];

    public static void StoreSum(LinearArguments arguments, int column, float sum)
    {
    }
}

/// <summary>X' = Y' times W turned.</summary>
internal readonly struct LinearInputGradient : IProduct<LinearArguments>
{
    public static bool LeftIsTurned => false;

    public static bool RightIsTurned => true;

    public static bool SumsRight => false;

    public static ProductSizes Sizes(LinearArguments arguments) =>
        new() { Rows = arguments.Batch, Columns = arguments.Inputs, Depth = arguments.Outputs };

    public static ArrayView<float> Parts(LinearArguments arguments) => arguments.Working;

    public static void Store(LinearArguments arguments, int row, int column, float sum)
    {
        var place = (row * arguments.Inputs) + column;
        arguments.InputGradient[place] = arguments.Keep == 0 ? sum : arguments.InputGradient[place] + sum;
    }

    public static void StoreSum(LinearArguments arguments, int column, float sum)
    {
    }
}

/// <summary>W' = X turned times Y'; the sums of the columns of Y' are the bias's gradient.</summary>
internal readonly struct LinearWeightGradient : IProduct<LinearArguments>
{
    public static bool LeftIsTurned => true;

    public static bool RightIsTurned => false;

    public static bool SumsRight => true;

    public static ProductSizes Sizes(LinearArguments arguments) =>
        new() { Rows = arguments.Inputs, Columns = arguments.Outputs, Depth = arguments.Batch };

    public static ArrayView<float> Parts(LinearArguments arguments) => arguments.Working;

    public static void Store(LinearArguments arguments, int row, int column, float sum)
    {
        var place = (row * arguments.Outputs) + column;
        arguments.WeightGradient[place] = arguments.Keep == 0 ? sum : arguments.WeightGradient[place] + sum;
    }

    public static void StoreSum(LinearArguments arguments, int column, float sum) =>
        arguments.BiasGradient[column] = arguments.KeepBias == 0 ? sum : arguments.BiasGradient[column] + sum;
}
