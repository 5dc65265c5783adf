using System.Runtime.Intrinsics;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class ExponentialTests
{
    [Fact]
    public void IsNearTheTrueOne()
    {
        Check<Lanes128, Vector128<float>>();
        Check<Lanes256, Vector256<float>>();

        // Its scaling is an instruction of such processors.
        if (Vector512.IsHardwareAccelerated)
        {
            Check<Lanes512, Vector512<float>>();
        }
    }

    private static void Check<TLanes, TVector>()
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        for (var place = 0; place <= 20_000; place++)
        {
            var power = (place - 10_000) * 0.0087f;
            var (expected, actual) = (Math.Exp(power), Of<TLanes, TVector>(power));
            var lastPlace = MathF.BitIncrement((float)expected) - (float)expected;
            Assert.True(Math.Abs(actual - expected) <= 2 * lastPlace, $"e^{power} is {actual}");
        }

        Assert.Equal(1f, Of<TLanes, TVector>(0f));
        Assert.Equal(1f, Of<TLanes, TVector>(-1e-20f));
        Assert.Equal(float.PositiveInfinity, Of<TLanes, TVector>(88.8f));
        Assert.Equal(float.PositiveInfinity, Of<TLanes, TVector>(float.PositiveInfinity));
        Assert.Equal(0f, Of<TLanes, TVector>(-1000f));
        Assert.Equal(0f, Of<TLanes, TVector>(float.NegativeInfinity));
        Assert.True(float.IsNaN(Of<TLanes, TVector>(float.NaN)));

        // Numbers too small for all their bits.
        Assert.Equal(MathF.Exp(-95f), Of<TLanes, TVector>(-95f), 2 * float.Epsilon);
    }

    private static unsafe float Of<TLanes, TVector>(float power)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var numbers = stackalloc float[TLanes.Count];
        TLanes.Store(TLanes.Exp(TLanes.Broadcast(power)), numbers);
        return numbers[TLanes.Count - 1];
    }
}
