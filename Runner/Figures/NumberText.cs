using System.Globalization;

namespace Estampa.Runner;

/// <summary>Numbers as people read them: few digits, a real minus sign, powers of ten where plain digits get long.</summary>
public static class NumberText
{
    private const string Raised = "⁰¹²³⁴⁵⁶⁷⁸⁹";

    /// <summary>A value with so many significant digits: 0.0123, 41.7, 57,624, 1.2×10⁻⁷.</summary>
    public static string Short(double value, int digits = 3)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "not a number" : value > 0 ? "infinite" : "−infinite";
        }
        if (value == 0)
        {
            return "0";
        }
        var rounded = double.Parse(value.ToString($"E{digits - 1}", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        var power = (int)Math.Floor(Math.Log10(Math.Abs(rounded)) + 1e-9);
        return power is < -4 or > 7
            ? $"{Fixed(rounded / Math.Pow(10, power), digits - 1)}×{PowerOfTen(power)}"
            : Fixed(power >= digits ? Math.Round(value) : rounded, Math.Max(0, digits - 1 - power));
    }

    /// <summary>The same as it would be typed, at most six digits: 27, 0.5.</summary>
    public static string Plain(double value) => value.ToString("G6", CultureInfo.InvariantCulture).Replace('-', '−');

    /// <summary>A value with so many digits after the point, thousands set apart from 10,000 on.</summary>
    public static string Fixed(double value, int decimals)
    {
        var form = Math.Abs(value) >= 10_000 ? "N" : "F";
        var text = value.ToString(form + decimals, CultureInfo.InvariantCulture);
        var zero = text.AsSpan().TrimStart('-').Trim("0.,").IsEmpty;
        return zero ? text.TrimStart('-') : text.Replace('-', '−');
    }

    /// <summary>10⁻³, 10⁰, 10⁵.</summary>
    public static string PowerOfTen(int power)
    {
        var digits = Math.Abs(power).ToString(CultureInfo.InvariantCulture);
        return "10" + (power < 0 ? "⁻" : "") + string.Concat(digits.Select(digit => Raised[digit - '0']));
    }
}
