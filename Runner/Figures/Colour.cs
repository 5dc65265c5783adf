namespace Estampa.Runner;

/// <summary>An sRGB colour with 8 bits a channel and an opacity from 0 to 1.</summary>
public readonly record struct Colour(byte Red, byte Green, byte Blue, double Opacity = 1)
{
    public static Colour White { get; } = new(255, 255, 255);

    /// <summary>Text and axes: near black, softer than 0,0,0.</summary>
    public static Colour Ink { get; } = new(32, 36, 42);

    /// <summary>Second-rank text: tick labels, notes.</summary>
    public static Colour Soft { get; } = new(92, 100, 110);

    /// <summary>Grid lines.</summary>
    public static Colour Grid { get; } = new(229, 232, 236);

    /// <summary>Points without a class or without a value.</summary>
    public static Colour Unknown { get; } = new(178, 184, 192);

    /// <summary>Pixels that hold no number. No colour map here comes near it.</summary>
    public static Colour NoData { get; } = new(227, 119, 194);

    /// <summary>
    /// The colours of Okabe and Ito (2008, "Color Universal Design") in the order used here. Yellow is left out: it cannot be
    /// read on white.
    /// </summary>
    public static IReadOnlyList<Colour> Palette { get; } =
    [
        new(0, 114, 178), new(213, 94, 0), new(0, 158, 115), new(204, 121, 167), new(230, 159, 0), new(86, 180, 233), new(40, 40, 40),
    ];

    /// <summary>#rrggbb, as SVG and CSS write it; the opacity is written apart.</summary>
    public string Hex => $"#{Red:x2}{Green:x2}{Blue:x2}";

    public Colour WithOpacity(double opacity) => this with { Opacity = opacity };

    /// <summary>The colour a share of the way from <paramref name="from"/> to <paramref name="to"/>, per channel.</summary>
    public static Colour Between(Colour from, Colour to, double share) =>
        new(Mix(from.Red, to.Red, share), Mix(from.Green, to.Green, share), Mix(from.Blue, to.Blue, share));

    private static byte Mix(byte from, byte to, double share) => (byte)Math.Round(from + ((to - from) * share));
}
