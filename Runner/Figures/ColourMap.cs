namespace Estampa.Runner;

/// <summary>A colour for every value from 0 to 1, by straight lines between a few control colours at equal distances.</summary>
public sealed class ColourMap
{
    private readonly Colour[] controls;

    private ColourMap(string name, params int[] controls)
    {
        Name = name;
        this.controls = Array.ConvertAll(controls, code => new Colour((byte)(code >> 16), (byte)(code >> 8), (byte)code));
    }

    public string Name { get; }

    public static ColourMap Grey { get; } = new("grey", 0x000000, 0xffffff);

    /// <summary>Viridis (van der Walt and Smith 2015), perceptually uniform: within 11 of 255 of the published table.</summary>
    public static ColourMap Viridis { get; } = new(
        "viridis", 0x440154, 0x481f70, 0x443983, 0x3b528b, 0x31688e, 0x287c8e, 0x21918c, 0x20a486, 0x35b779, 0x5ec962, 0x90d743,
        0xc8e020, 0xfde725);

    /// <summary>Cividis (Nunez, Anderton and Renslow 2018), within 8 of 255: seen alike with colour vision deficiency.</summary>
    public static ColourMap Cividis { get; } = new(
        "cividis", 0x00224e, 0x083370, 0x35456c, 0x4f576c, 0x666970, 0x7d7c78, 0x948e77, 0xaea371, 0xc8b866, 0xe5cf52,
        0xfee838);

    /// <summary>For values on both sides of zero: blue below, white at the middle, red above.</summary>
    public static ColourMap BlueWhiteRed { get; } = new("blue-white-red", 0x053061, 0x4393c3, 0xffffff, 0xd6604d, 0x67001f);

    /// <summary>The colour at a share from 0 to 1; outside it the end colours; <see cref="Colour.NoData"/> for NaN.</summary>
    public Colour At(double share)
    {
        if (double.IsNaN(share))
        {
            return Colour.NoData;
        }
        var place = Math.Clamp(share, 0, 1) * (controls.Length - 1);
        var left = Math.Min((int)place, controls.Length - 2);
        return Colour.Between(controls[left], controls[left + 1], place - left);
    }

    /// <summary>A ramp from 0 to 1, <paramref name="steps"/> pixels wide and one high, for a key or a colour bar.</summary>
    public Canvas Ramp(int steps, bool upwards = false)
    {
        var canvas = upwards ? new Canvas(1, steps) : new Canvas(steps, 1);
        for (var step = 0; step < steps; step++)
        {
            canvas.Set(step, At(upwards ? 1 - ((step + 0.5) / steps) : (step + 0.5) / steps));
        }
        return canvas;
    }
}
