using System.Runtime.CompilerServices;

namespace Estampa.Engine;

/// <summary>
/// e to the power of each lane, within two units of the last place: e^x = 2^n e^r with n whole and |r| at most ln(2) / 2, and a
/// polynomial for e^r whose largest relative error is least (3e-9). .NET's own computes in double, at several times the cost.
/// </summary>
internal static class Exponential
{
    /// <summary>Beyond these the result is 0 or infinite.</summary>
    private const float Least = -104f;
    private const float Most = 89f;

    /// <summary>ln(2) as a float of few bits, whose products with whole numbers are exact, and what is missing.</summary>
    private const float High = 0.693359375f;
    private const float Low = -2.12194440e-4f;
    private const float PerLogarithm = 1.44269504f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Of<TLanes, TVector>(TVector power)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        // No comparison holds for NaN, so it stays.
        TVector least = TLanes.Broadcast(Least), most = TLanes.Broadcast(Most), one = TLanes.Broadcast(1f);
        power = TLanes.WherePositive(TLanes.Subtract(power, most), most, power);
        power = TLanes.WherePositive(TLanes.Subtract(least, power), least, power);
        var whole = TLanes.Round(TLanes.Multiply(power, TLanes.Broadcast(PerLogarithm)));
        var rest = TLanes.MultiplyAdd(whole, TLanes.Broadcast(-High), power);
        rest = TLanes.MultiplyAdd(whole, TLanes.Broadcast(-Low), rest);
        var sum = TLanes.MultiplyAdd(TLanes.Broadcast(1.38145965e-3f), rest, TLanes.Broadcast(8.36871751e-3f));
        sum = TLanes.MultiplyAdd(sum, rest, TLanes.Broadcast(4.1668389e-2f));
        sum = TLanes.MultiplyAdd(sum, rest, TLanes.Broadcast(0.166665211f));
        sum = TLanes.MultiplyAdd(sum, rest, TLanes.Broadcast(0.49999994f));
        sum = TLanes.MultiplyAdd(sum, TLanes.Multiply(rest, rest), rest);
        return TLanes.Scale(TLanes.Add(sum, one), whole);
    }
}
