using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

/// <summary>
/// The products that grouped and tensor-core routes compute, element by element: their matrices hold what the portable kernels sum, and
/// keep what they promise about runs and bounds.
/// </summary>
public sealed class ProductTests : IDisposable
{
    private readonly List<HostBlock> blocks = [];
    private readonly Random random = new(11);

    /// <summary>Batch, input sides and channels, output channels, kernel, stride, padding.</summary>
    public static TheoryData<int, int, int, int, int, int, int, int> Convolutions => new()
    {
        { 2, 5, 4, 3, 2, 3, 1, 1 }, { 1, 7, 6, 2, 3, 3, 2, 1 }, { 2, 6, 7, 3, 1, 4, 2, 1 }, { 1, 8, 9, 1, 4, 5, 3, 2 },
        { 2, 4, 4, 2, 2, 1, 1, 0 }, { 1, 5, 6, 2, 3, 1, 2, 0 }, { 1, 5, 3, 3, 2, 2, 3, 1 }, { 1, 4, 5, 2, 2, 2, 1, 3 },
        { 3, 9, 8, 2, 2, 3, 4, 0 }, { 2, 1, 1, 4, 3, 1, 1, 0 }, { 1, 6, 6, 2, 2, 2, 3, 5 }, { 2, 3, 3, 2, 5, 3, 1, 0 },
    };

    [Theory]
    [MemberData(nameof(Convolutions))]
    public void ConvolutionsAreTheirProducts(
        int batch, int height, int width, int channels, int outputs, int kernel, int stride, int padding)
    {
        var sizes = Sizes(batch, height, width, channels, outputs, kernel, stride, padding);
        CheckForward<ConvWindows>(sizes, Conv.ForwardKernel);
        CheckWeightGradient<ConvWeightGradient, ConvWindows, PlainMatrix<ConvOutputGradient, ConvArguments>>(sizes, Conv.WeightKernel);
        CheckInputGradient<ConvInputGradient, ConvBlockWindows, ConvBlockWeight>(sizes, Conv.InputKernel);
    }

    [Theory]
    [InlineData(2, 4, 5, 2, 3, 1)]
    [InlineData(1, 3, 3, 1, 3, 0)]
    [InlineData(1, 6, 5, 2, 5, 1)]
    [InlineData(3, 2, 3, 4, 1, 0)]
    public void ConvolutionsToFewChannelsAreTheirProducts(int batch, int height, int width, int outputs, int kernel, int padding)
    {
        var sizes = Sizes(batch, height, width, 16, outputs, kernel, stride: 1, padding);
        Assert.True(ConvFewGrouped.Fits(sizes));
        CheckWeightGradient<ConvFewWeightGradient, PlainMatrix<ConvInput, ConvArguments>, ConvBlockWindows>(sizes, Conv.FewWeightKernel);

        var arguments = Arguments(sizes);
        HostBlock working = Draw(ConvFewForward.Working(arguments)), output = Draw(Count(sizes, output: true));
        (arguments.Working, arguments.Output) = (working.View(0, working.Count), output.View(0, output.Count));
        Check<ConvArguments, ConvFewForward, PlainMatrix<ConvInput, ConvArguments>, ConvFewWeight>(
            arguments,
            Conv.FewForwardKernel,
            output.Count,
            () =>
            {
                for (var index = 0; index < output.Count; index++)
                {
                    ConvFewGrouped.Gather(arguments, index);
                }
            },
            output);
    }

    [Theory]
    [InlineData(2, 3, 2, 0, 1)]
    [InlineData(1, 2, 4, 1, 0)]
    [InlineData(3, 1, 1, 0, 0)]
    [InlineData(2, 1, 2, 1, 1)]
    [InlineData(1, 5, 3, 1, 1)]
    public void UpsampledConvolutionsAreTheirProducts(int batch, int height, int width, int rowsLess, int columnsLess)
    {
        var sizes = new ConvSizes
        {
            Batch = batch,
            InputHeight = height,
            InputWidth = width,
            InputChannels = 2,
            OutputHeight = (2 * height) - rowsLess,
            OutputWidth = (2 * width) - columnsLess,
            OutputChannels = 3,
            Kernel = 3,
            Stride = 1,
            Padding = 1,
        };
        CheckForward<UpsampledConvWindows>(sizes, UpsampledConv.ForwardKernel);
        CheckWeightGradient<ConvWeightGradient, UpsampledConvWindows, PlainMatrix<ConvOutputGradient, ConvArguments>>(
            sizes, UpsampledConv.WeightKernel);
        CheckInputGradient<UpsampledConvInputGradient, UpsampledConvGradients, UpsampledConvWeight>(sizes, UpsampledConv.InputKernel);
    }

    [Theory]
    [InlineData(3, 5, 4)]
    [InlineData(1, 1, 2)]
    [InlineData(6, 7, 1)]
    public void LinearLayersAreTheirProducts(int batch, int inputs, int outputs)
    {
        HostBlock input = Draw(batch * inputs), weight = Draw(inputs * outputs), bias = Draw(outputs), gradient = Draw(batch * outputs);
        HostBlock output = Draw(batch * outputs), inputGradient = Draw(batch * inputs);
        HostBlock weightGradient = Draw(inputs * outputs), biasGradient = Draw(outputs);
        var arguments = new LinearArguments
        {
            Input = input.View(0, input.Count),
            Weight = weight.View(0, weight.Count),
            Bias = bias.View(0, bias.Count),
            Output = output.View(0, output.Count),
            OutputGradient = gradient.View(0, gradient.Count),
            InputGradient = inputGradient.View(0, inputGradient.Count),
            WeightGradient = weightGradient.View(0, weightGradient.Count),
            BiasGradient = biasGradient.View(0, biasGradient.Count),
            Batch = batch,
            Inputs = inputs,
            Outputs = outputs,
            Keep = 1,
        };
        Check<LinearArguments, LinearForward, PlainMatrix<LinearInput, LinearArguments>, PlainMatrix<LinearWeight, LinearArguments>>(
            arguments, Linear.ForwardKernel, output.Count, null, output);
        Check<LinearArguments, LinearInputGradient, PlainMatrix<LinearOutputGradient, LinearArguments>,
            PlainMatrix<LinearWeight, LinearArguments>>(arguments, Linear.InputKernel, inputGradient.Count, null, inputGradient);
        Check<LinearArguments, LinearWeightGradient, PlainMatrix<LinearInput, LinearArguments>,
            PlainMatrix<LinearOutputGradient, LinearArguments>>(
            arguments, Linear.WeightKernel, (inputs + 1) * outputs, null, weightGradient, biasGradient);
    }

    public void Dispose() => blocks.ForEach(block => block.Dispose());

    private void CheckForward<TWindows>(ConvSizes sizes, Kernel<ConvArguments> kernel)
        where TWindows : struct, IMatrix<ConvArguments>
    {
        var arguments = Arguments(sizes);
        var output = Draw(Count(sizes, output: true));
        arguments.Output = output.View(0, output.Count);
        Check<ConvArguments, ConvForward, TWindows, PlainMatrix<ConvWeight, ConvArguments>>(arguments, kernel, output.Count, null, output);
    }

    private void CheckWeightGradient<TProduct, TLeft, TRight>(ConvSizes sizes, Kernel<ConvArguments> kernel)
        where TProduct : struct, IProduct<ConvArguments>
        where TLeft : struct, IMatrix<ConvArguments>
        where TRight : struct, IMatrix<ConvArguments>
    {
        var arguments = Arguments(sizes);
        var weight = Draw((int)arguments.Weight.Length);
        var bias = Draw(sizes.OutputChannels);
        (arguments.WeightGradient, arguments.BiasGradient) = (weight.View(0, weight.Count), bias.View(0, bias.Count));
        arguments.KeepBias = 1;
        Check<ConvArguments, TProduct, TLeft, TRight>(arguments, kernel, weight.Count + bias.Count, null, weight, bias);
    }

    private void CheckInputGradient<TProduct, TWindows, TWeight>(ConvSizes sizes, Kernel<ConvArguments> kernel)
        where TProduct : struct, IProduct<ConvArguments>
        where TWindows : struct, IMatrix<ConvArguments>
        where TWeight : struct, IMatrix<ConvArguments>
    {
        for (var keep = 0; keep < 2; keep++)
        {
            var input = Draw(Count(sizes, output: false));
            var arguments = Arguments(sizes) with { InputGradient = input.View(0, input.Count), Keep = keep };
            Check<ConvArguments, TProduct, TWindows, TWeight>(arguments, kernel, input.Count, null, input);
        }
    }

    private ConvArguments Arguments(ConvSizes sizes)
    {
        var input = Draw(Count(sizes, output: false));
        var gradient = Draw(Count(sizes, output: true));
        var weight = Draw(sizes.Kernel * sizes.Kernel * sizes.InputChannels * sizes.OutputChannels);
        var bias = Draw(sizes.OutputChannels);
        return new()
        {
            Input = input.View(0, input.Count),
            OutputGradient = gradient.View(0, gradient.Count),
            Weight = weight.View(0, weight.Count),
            Bias = bias.View(0, bias.Count),
            Sizes = sizes,
        };
    }

    private static ConvSizes Sizes(
        int batch, int height, int width, int channels, int outputs, int kernel, int stride, int padding) => new()
        {
            Batch = batch,
            InputHeight = height,
            InputWidth = width,
            InputChannels = channels,
            OutputHeight = ((height + (2 * padding) - kernel) / stride) + 1,
            OutputWidth = ((width + (2 * padding) - kernel) / stride) + 1,
            OutputChannels = outputs,
            Kernel = kernel,
            Stride = stride,
            Padding = padding,
        };

    private static int Count(ConvSizes sizes, bool output) => output
        ? sizes.Batch * sizes.OutputHeight * sizes.OutputWidth * sizes.OutputChannels
        : sizes.Batch * sizes.InputHeight * sizes.InputWidth * sizes.InputChannels;

    /// <summary>The product by plain loops over its matrices leaves in the results what the portable kernel leaves there.</summary>
    private static void Check<TArguments, TProduct, TLeft, TRight>(
        TArguments arguments, Kernel<TArguments> kernel, int extent, Action? behind, params HostBlock[] results)
        where TArguments : struct
        where TProduct : struct, IProduct<TArguments>
        where TLeft : struct, IMatrix<TArguments>
        where TRight : struct, IMatrix<TArguments>
    {
        var before = results.Select(Read).ToArray();
        for (var index = 0; index < extent; index++)
        {
            kernel.Portable(index, arguments);
        }

        var expected = results.Select(Read).ToArray();
        foreach (var (block, numbers) in results.Zip(before))
        {
            block.Write<float>(numbers);
        }

        Multiply<TArguments, TProduct, TLeft, TRight>(arguments);
        behind?.Invoke();
        foreach (var (wanted, actual) in expected.Zip(results.Select(Read)))
        {
            var name = $"{typeof(TProduct).Name} of {typeof(TLeft).Name}";
            OpCheck.Near(name, [.. wanted.Select(number => (double)number)], actual, tolerance: 1e-5, floor: 0);
        }

        var sizes = TProduct.Sizes(arguments);
        CheckRuns<TArguments, TLeft>(arguments, sizes.Rows, sizes.Depth, TProduct.LeftIsTurned);
        CheckRuns<TArguments, TRight>(arguments, sizes.Columns, sizes.Depth, !TProduct.RightIsTurned);
    }

    private static void Multiply<TArguments, TProduct, TLeft, TRight>(TArguments arguments)
        where TArguments : struct
        where TProduct : struct, IProduct<TArguments>
        where TLeft : struct, IMatrix<TArguments>
        where TRight : struct, IMatrix<TArguments>
    {
        var sizes = TProduct.Sizes(arguments);
        for (var column = 0; column < sizes.Columns; column++)
        {
            var rightSum = 0f;
            for (var row = 0; row < sizes.Rows; row++)
            {
                var sum = 0f;
                rightSum = 0f;
                for (var k = 0; k < sizes.Depth; k++)
                {
                    var right = Element<TArguments, TRight>(arguments, k, column, TProduct.RightIsTurned);
                    sum += Element<TArguments, TLeft>(arguments, row, k, TProduct.LeftIsTurned) * right;
                    rightSum += right;
                }

                TProduct.Store(arguments, row, column, sum);
            }

            if (TProduct.SumsRight)
            {
                TProduct.StoreSum(arguments, column, rightSum);
            }
        }
    }

    private static float Element<TArguments, TMatrix>(TArguments arguments, int row, int column, bool turned)
        where TArguments : struct
        where TMatrix : struct, IMatrix<TArguments>
    {
        var place = TMatrix.Place(
            arguments, TMatrix.Row(arguments, turned ? column : row), TMatrix.Column(arguments, turned ? row : column));
        return place < 0 ? 0f : TMatrix.Numbers(arguments)[place];
    }

    /// <summary>From any multiple of the run on, elements of a row lie one behind the other, or none is there.</summary>
    private static void CheckRuns<TArguments, TMatrix>(TArguments arguments, int outer, int depth, bool turned)
        where TArguments : struct
        where TMatrix : struct, IMatrix<TArguments>
    {
        var (rows, columns) = turned ? (depth, outer) : (outer, depth);
        var run = TMatrix.Run(arguments);
        Assert.Equal(0, columns % run);
        for (var row = 0; row < rows; row++)
        {
            var spot = TMatrix.Row(arguments, row);
            for (var column = 0; column < columns; column++)
            {
                var first = TMatrix.Place(arguments, spot, TMatrix.Column(arguments, column - (column % run)));
                var place = TMatrix.Place(arguments, spot, TMatrix.Column(arguments, column));
                Assert.Equal(first < 0 ? -1 : first + (column % run), place);
            }
        }
    }

    private HostBlock Draw(int count)
    {
        var block = new HostBlock(count, "a test");
        block.Write<float>([.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)]);
        blocks.Add(block);
        return block;
    }

    private static float[] Read(HostBlock block)
    {
        var numbers = new float[block.Count];
        block.Read<float>(numbers);
        return numbers;
    }
}
