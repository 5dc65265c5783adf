using System.Runtime.Intrinsics.X86;

namespace Estampa.Engine;

/// <summary>A convolution as its tiles see it: an image, its zero border at top and left, and where the outputs go.</summary>
internal unsafe struct WinogradSides
{
    public int SourceHeight;
    public int SourceWidth;
    public int SourceChannels;
    public int TargetHeight;
    public int TargetWidth;
    public int TargetChannels;

    /// <summary>May be negative: then the first lines of the image are in no tile.</summary>
    public int Border;

    public readonly int TilesDown => (TargetHeight + 1) / 2;

    public readonly int TilesAcross => (TargetWidth + 1) / 2;

    /// <summary>The end of the last line of the source that a tile's line of tiles reads.</summary>
    public readonly float* SourceEnd(float* source, int tile)
    {
        int line = tile / TilesAcross, row = Math.Clamp((2 * (line % TilesDown)) - Border + 4, 0, SourceHeight);
        return source + ((((nint)(line / TilesDown) * SourceHeight) + row) * SourceWidth * SourceChannels);
    }

    /// <summary>The start of the first line of the target that a tile's line of tiles covers.</summary>
    public readonly float* TargetStart(float* target, int tile)
    {
        int line = tile / TilesAcross, row = 2 * (line % TilesDown);
        return target + ((((nint)(line / TilesDown) * TargetHeight) + row) * TargetWidth * TargetChannels);
    }
}

/// <summary>Four lines of an image above one another: their addresses, steps from pixel to pixel, and the tiles along them.</summary>
internal struct WinogradLines
{
    public nint Line0;
    public nint Line1;
    public nint Line2;
    public nint Line3;
    public int Step0;
    public int Step1;
    public int Step2;
    public int Step3;

    /// <summary>Column of the first tile's left pixel, outside the image where negative.</summary>
    public int Left;

    /// <summary>Pixels of a line.</summary>
    public int Width;

    /// <summary>Tiles.</summary>
    public int Count;
}

/// <summary>
/// Brings two ranges of memory near while products keep the core busy, a few cache lines at a time: transforms do little with each number,
/// so they would wait for images that come from beyond the second-level cache.
/// </summary>
internal unsafe struct Nearing(int calls, float* first, float* firstEnd, float* second, float* secondEnd)
{
    /// <summary>Floats of a cache line.</summary>
    private const int Line = 16;

    private readonly int firstLines = (int)((firstEnd - first) / Line / calls) + 1;
    private readonly int secondLines = (int)((secondEnd - second) / Line / calls) + 1;
    private float* first = first;
    private float* second = second;

    /// <summary>The next lines of both ranges; to be called as often as the constructor was told.</summary>
    public void Fetch()
    {
        if (Sse.IsSupported)
        {
            first = Fetch(first, firstEnd, firstLines);
            second = Fetch(second, secondEnd, secondLines);
        }
    }

    private static float* Fetch(float* place, float* end, int lines)
    {
        for (var line = 0; line < lines && place < end; line++, place += Line)
        {
            Sse.Prefetch1(place);
        }

        return place;
    }
}
