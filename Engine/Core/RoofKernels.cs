using ILGPU;

namespace Estampa.Engine;

/// <summary>What the kernels that measure a device read and write.</summary>
public struct RoofArguments
{
    public ArrayView<float> From;
    public ArrayView<float> To;
    public int Rounds;
}

/// <summary>What a device can do at most, as launches to be timed: arithmetic from registers, and bytes copied.</summary>
internal static class RoofKernels
{
    /// <summary>Multiply-adds of one call and round.</summary>
    public const int MultiplyAddsPerRound = 32;

    /// <summary>Multiply-adds of one group (a warp) and round on tensor cores, of TF32 and of bfloat16 numbers.</summary>
    public const int TensorProducts = 4;

    internal static readonly Kernel<RoofArguments> MultiplyAddKernel = new("roof.multiplyAdds", MultiplyAdds)
    {
        Devices = new()
        {
            TensorFloat32 = new(Multiply<TensorFloat32>, arguments => (int)arguments.To.Length / TensorThreads, TensorThreads),
            BFloat16 = new(Multiply<BFloat16>, arguments => (int)arguments.To.Length / TensorThreads, TensorThreads),
        },
    };

    internal static readonly Kernel<RoofArguments> CopyKernel = new("roof.copy", Copy);

    /// <summary>Threads of a group of the tensor routes: four warps.</summary>
    private const int TensorThreads = 128;

    /// <summary>A launch of so many calls, each of so many rounds; the target has room for a number a call.</summary>
    public static Launch MultiplyAdds(Device device, Block from, Block to, int calls, int rounds) => device.Prepare(
        MultiplyAddKernel, new RoofArguments { From = from.View(0, 1), To = to.View(0, calls), Rounds = rounds }, calls);

    /// <summary>A launch that copies the first floats of a block; a multiple of four.</summary>
    public static Launch Copy(Device device, Block from, Block to, int floats) => device.Prepare(
        CopyKernel, new RoofArguments { From = from.View(0, floats), To = to.View(0, floats) }, floats / 4);

    /// <summary>Four numbers a call.</summary>
    private static void Copy(Index1D index, RoofArguments arguments) =>
        arguments.To.Cast<Quad>()[index] = arguments.From.Cast<Quad>()[index];

    /// <summary>Eight sums that do not depend on each other, four multiply-adds each in a round.</summary>
    private static void MultiplyAdds(Index1D index, RoofArguments arguments)
    {
        float factor = arguments.From[0], a = index, b = a + 1f, c = a + 2f, d = a + 3f, e = a + 4f, f = a + 5f, g = a + 6f, h = a + 7f;
        for (var round = 0; round < arguments.Rounds; round++)
        {
            (a, b, c, d) = ((a * factor) + 1f, (b * factor) + 1f, (c * factor) + 1f, (d * factor) + 1f);
            (e, f, g, h) = ((e * factor) + 1f, (f * factor) + 1f, (g * factor) + 1f, (h * factor) + 1f);
            (a, b, c, d) = ((a * factor) + 1f, (b * factor) + 1f, (c * factor) + 1f, (d * factor) + 1f);
            (e, f, g, h) = ((e * factor) + 1f, (f * factor) + 1f, (g * factor) + 1f, (h * factor) + 1f);
            (a, b, c, d) = ((a * factor) + 1f, (b * factor) + 1f, (c * factor) + 1f, (d * factor) + 1f);
            (e, f, g, h) = ((e * factor) + 1f, (f * factor) + 1f, (g * factor) + 1f, (h * factor) + 1f);
            (a, b, c, d) = ((a * factor) + 1f, (b * factor) + 1f, (c * factor) + 1f, (d * factor) + 1f);
            (e, f, g, h) = ((e * factor) + 1f, (f * factor) + 1f, (g * factor) + 1f, (h * factor) + 1f);
        }

        arguments.To[index] = a + b + c + d + e + f + g + h;
    }

    /// <summary>Four products that do not depend on each other in a round.</summary>
    private static void Multiply<TNumber>(RoofArguments arguments)
        where TNumber : struct, ITensorNumber
    {
        LeftFactor left = default;
        RightFactor right = default;
        left.A = left.B = left.C = left.D = right.A = right.B = TensorCore.ToTensorFloat32(arguments.From[0]);
        Fragment a = default, b = default, c = default, d = default;
        for (var round = 0; round < arguments.Rounds; round++)
        {
            a = TNumber.Multiply(left, right, a);
            b = TNumber.Multiply(left, right, b);
            c = TNumber.Multiply(left, right, c);
            d = TNumber.Multiply(left, right, d);
        }

        arguments.To[(Grid.IdxX * Group.DimX) + Group.IdxX] = a.A + b.B + c.C + d.D;
    }
}
