using System.Runtime.Intrinsics;

namespace Estampa.Engine;

/// <summary>The linear layer on the processor, over the same tiles as the convolution: a batch of rows is an image of one line.</summary>
internal static unsafe class LinearHost
{
    private const int Wide = 16;

    /// <summary>Rows and columns of weights whose gradient one unit sums.</summary>
    private const int Block = 64;
    private const int Across = 128;

    /// <summary>Samples that the weight gradient adds up at a time: they stay in the cache while tiles pass over them.</summary>
    private const int Samples = 64;

    /// <summary>Rows of the batch that share one pass over the weights.</summary>
    private const int Group = 4 * Tile.Rows;

    public static readonly HostRoute<LinearArguments> Forward = new(
        Groups,
        1,
        Tile.Choose<HostBody<LinearArguments>>(
            RunForward<Lanes512, Vector512<float>>, RunForward<Lanes256, Vector256<float>>, RunForward<Lanes128, Vector128<float>>))
    {
        Prepare = PackForward,
    };

    public static readonly HostRoute<LinearArguments> InputGradient = new(
        Groups,
        1,
        Tile.Choose<HostBody<LinearArguments>>(
            RunInput<Lanes512, Vector512<float>>, RunInput<Lanes256, Vector256<float>>, RunInput<Lanes128, Vector128<float>>))
    {
        Prepare = PackInput,
    };

    public static readonly HostRoute<LinearArguments> WeightGradient = new(
        arguments => (arguments.Inputs + Block - 1) / Block * BlocksAcross(arguments.Outputs),
        1,
        Tile.Choose<HostBody<LinearArguments>>(
            RunWeight<Lanes512, Vector512<float>>, RunWeight<Lanes256, Vector256<float>>, RunWeight<Lanes128, Vector128<float>>))
    {
        Prepare = PadGradient,
    };

    public static int ForwardWorking(int inputs, int outputs) => checked((inputs + 1) * Rounded(outputs));

    public static int BackwardWorking(int batch, int inputs, int outputs) =>
        checked(Math.Max(outputs * Rounded(inputs), IsWhole(outputs) ? 0 : batch * Rounded(outputs)));

    private static int Rounded(int channels) => (channels + Wide - 1) / Wide * Wide;

    /// <summary>Whether rows of so many numbers are whole vectors as they are.</summary>
    private static bool IsWhole(int channels) => channels % Wide == 0;

    private static int BlocksAcross(int outputs) => (outputs + Across - 1) / Across;

    private static int Groups(LinearArguments arguments) => (arguments.Batch + Group - 1) / Group;

    private static void PackForward(LinearArguments arguments)
    {
        var packed = HostMemory.Address(arguments.Working);
        Tile.Pack(HostMemory.Address(arguments.Weight), arguments.Inputs, arguments.Outputs, arguments.Outputs, 1, packed);
        packed += (nint)arguments.Inputs * Rounded(arguments.Outputs);
        Tile.Pack(HostMemory.Address(arguments.Bias), 1, arguments.Outputs, 0, 1, packed);
    }

    private static void PackInput(LinearArguments arguments) => Tile.Pack(
        HostMemory.Address(arguments.Weight),
        arguments.Outputs,
        arguments.Inputs,
        rowStep: 1,
        columnStep: arguments.Outputs,
        HostMemory.Address(arguments.Working));

    /// <summary>Output gradients with their rows padded to whole vectors, where they are not.</summary>
    private static void PadGradient(LinearArguments arguments)
    {
        if (!IsWhole(arguments.Outputs))
        {
            Tile.CopyInto(
                HostMemory.Address(arguments.OutputGradient), 1, arguments.Batch, arguments.Outputs,
                HostMemory.Address(arguments.Working), 1, arguments.Batch, Rounded(arguments.Outputs), 0);
        }
    }

    private static void RunForward<TLanes, TVector>(in LinearArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var packed = HostMemory.Address(arguments.Working);
        var bias = packed + ((nint)arguments.Inputs * Rounded(arguments.Outputs));
        Product<TLanes, TVector>(
            HostMemory.Address(arguments.Input), arguments.Inputs, HostMemory.Address(arguments.Output), arguments.Outputs,
            packed, bias, arguments.Batch, first, end, add: false);
    }

    private static void RunInput<TLanes, TVector>(in LinearArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => Product<TLanes, TVector>(
            HostMemory.Address(arguments.OutputGradient), arguments.Outputs, HostMemory.Address(arguments.InputGradient), arguments.Inputs,
            HostMemory.Address(arguments.Working), null, arguments.Batch, first, end, arguments.Keep != 0);

    private static void Product<TLanes, TVector>(
        float* source, int inputs, float* target, int outputs, float* packed, float* bias, int batch, int first, int end, bool add)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var offset = 0;
        var taps = new Taps { Count = 1, Channels = inputs, Offsets = &offset };
        var row = first * Group;
        var rows = Math.Min(end * Group, batch) - row;
        var places = new Places { Width = rows, Pixel = inputs, TargetPixel = outputs };
        Tile.GatherAll<TLanes, TVector>(
            taps, places, rows, packed, bias, source + ((nint)row * inputs), target + ((nint)row * outputs), outputs, add);
    }

    private static void RunWeight<TLanes, TVector>(in LinearArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int inputs = arguments.Inputs, outputs = arguments.Outputs, across = BlocksAcross(outputs);
        var gradients = HostMemory.Address(IsWhole(outputs) ? arguments.OutputGradient : arguments.Working);
        float* input = HostMemory.Address(arguments.Input), target = HostMemory.Address(arguments.WeightGradient);
        var pairs = new Pairs { Images = 1, Lines = 1, LeftPixel = inputs, RightPixel = Rounded(outputs) };
        var sums = HostScratch.Floats(0, Block * Across);
        for (var block = first; block < end; block++)
        {
            int firstRow = block / across * Block, rows = Math.Min(Block, inputs - firstRow);
            int column = block % across * Across, columns = Math.Min(Across, outputs - column), width = Rounded(columns);
            new Span<float>(sums, rows * width).Clear();
            for (var sample = 0; sample < arguments.Batch; sample += Samples)
            {
                pairs.Pixels = Math.Min(Samples, arguments.Batch - sample);
                float* left = input + (sample * pairs.LeftPixel) + firstRow, right = gradients + (sample * pairs.RightPixel) + column;
                Tile.Outer<TLanes, TVector>(pairs, left, rows, right, width, sums, width);
            }

            for (var row = 0; row < rows; row++)
            {
                var place = target + (((nint)firstRow + row) * outputs) + column;
                for (var o = 0; o < columns; o++)
                {
                    place[o] = arguments.Keep == 0 ? sums[(row * width) + o] : place[o] + sums[(row * width) + o];
                }
            }

            if (firstRow == 0)
            {
                var bias = HostMemory.Address(arguments.BiasGradient) + column;
                if (arguments.KeepBias == 0)
                {
                    new Span<float>(bias, columns).Clear();
                }

                Tile.AddRows<TLanes, TVector>(gradients + column, arguments.Batch, Rounded(outputs), columns, bias);
            }
        }
    }
}
