namespace Estampa.Data;

/// <summary>
/// Elementary functions from + - * / and sqrt alone, which IEEE 754 rounds the same everywhere: the platform's own Exp, Log and Sin
/// may differ in the last bit from one machine to the next, and one bit is enough for a different simulated alert.
/// Errors are below 1e-14 relative over the ranges the simulator uses.
/// </summary>
internal static class PortableMath
{
    private const double LogTwoHigh = 6.93147180369123816490e-01;
    private const double LogTwoLow = 1.90821492927058770002e-10;
    private const double HalfPi = Math.PI / 2;
    private const double LogTen = 2.302585092994045684;

    // The standard normal cumulative distribution on [-Reach, Reach], for Gaussians integrated over pixels.
    private const int Reach = 6;
    private const int StepsPerSigma = 512;
    private static readonly float[] Cumulative = TabulateCumulative();

    public static double Exp(double x)
    {
        if (x < -700)
        {
            return 0;
        }

        if (x > 700)
        {
            throw new ArgumentOutOfRangeException(nameof(x), x, "exp would overflow");
        }

        var k = Math.Floor((x / (LogTwoHigh + LogTwoLow)) + 0.5);
        var r = x - (k * LogTwoHigh) - (k * LogTwoLow);
        var sum = 1.0;
        // Taylor by Horner: |r| <= ln(2)/2, so the 14th term is below 1e-17.
        for (var n = 14; n >= 1; n--)
        {
            sum = 1 + (r / n * sum);
        }

        return sum * BitConverter.Int64BitsToDouble((1023L + (long)k) << 52);
    }

    public static double Log(double x)
    {
        if (!(x > 0) || x > double.MaxValue)
        {
            throw new ArgumentOutOfRangeException(nameof(x), x, "log needs a positive finite number");
        }

        var bits = BitConverter.DoubleToInt64Bits(x);
        var exponent = (int)(bits >> 52) - 1023;
        var m = BitConverter.Int64BitsToDouble((bits & 0x000F_FFFF_FFFF_FFFF) | (1023L << 52));
        if (m > 1.4142135623730951)
        {
            m *= 0.5;
            exponent++;
        }

        var s = (m - 1) / (m + 1);
        var square = s * s;
        var sum = 0.0;
        // log m = 2 (s + s^3/3 + s^5/5 + ...), |s| <= 0.1716.
        for (var n = 21; n >= 1; n -= 2)
        {
            sum = (sum * square) + (1.0 / n);
        }

        return (2 * s * sum) + (exponent * LogTwoLow) + (exponent * LogTwoHigh);
    }

    /// <summary>10 to the power x.</summary>
    public static double PowerOfTen(double x) => Exp(x * LogTen);

    public static double Log10(double x) => Log(x) / LogTen;

    public static (double Sin, double Cos) SinCos(double angle)
    {
        var quadrant = Math.Floor((angle / HalfPi) + 0.5);
        var r = angle - (quadrant * HalfPi);
        var square = r * r;
        var sin = 1.0;
        var cos = 1.0;
        for (var n = 9; n >= 1; n--)
        {
            sin = 1 - (square / (2 * n * ((2 * n) + 1)) * sin);
            cos = 1 - (square / (2 * n * ((2 * n) - 1)) * cos);
        }

        sin *= r;
        return ((long)quadrant & 3) switch
        {
            0 => (sin, cos),
            1 => (cos, -sin),
            2 => (-sin, -cos),
            _ => (-cos, sin),
        };
    }

    /// <summary>Arc sine in radians, by Newton's method on the sine; |x| at most 1.</summary>
    public static double Asin(double x)
    {
        if (x < 0)
        {
            return -Asin(-x);
        }

        if (x > 0.5)
        {
            return HalfPi - (2 * Asin(Math.Sqrt((1 - x) / 2)));
        }

        var angle = x * (1 + (x * x / 6));
        for (var i = 0; i < 4; i++)
        {
            var (sin, cos) = SinCos(angle);
            angle += (x - sin) / cos;
        }

        return angle;
    }

    /// <summary>The standard normal cumulative distribution, linear in a table of 1/512: absolute error below 1e-6.</summary>
    public static float NormalCumulative(float x)
    {
        var place = (x + Reach) * StepsPerSigma;
        if (place <= 0)
        {
            return 0;
        }

        var index = (int)place;
        return index >= Cumulative.Length - 1
            ? 1
            : Cumulative[index] + ((place - index) * (Cumulative[index + 1] - Cumulative[index]));
    }

    private static float[] TabulateCumulative()
    {
        var table = new float[(2 * Reach * StepsPerSigma) + 1];
        const double Step = 1.0 / StepsPerSigma;
        var scale = Step / 6 / Math.Sqrt(2 * Math.PI);
        var sum = 0.0;
        // Simpson's rule in each step.
        for (var i = 1; i < table.Length; i++)
        {
            var left = -Reach + ((i - 1) * Step);
            sum += scale * (Density(left) + (4 * Density(left + (Step / 2))) + Density(left + Step));
            table[i] = (float)sum;
        }

        return table;

        static double Density(double x) => Exp(-0.5 * x * x);
    }
}
