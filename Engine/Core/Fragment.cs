namespace Estampa.Engine;

/// <summary>Four floats that lie one behind the other, read and written by one instruction of 16 bytes.</summary>
internal struct Quad
{
    public float A;
    public float B;
    public float C;
    public float D;
}

/// <summary>
/// One thread's four sums of the 16 x 8 tile that a warp multiplies on tensor cores: rows lane / 4 (A, B) and 8 below it (C, D), columns
/// 2 (lane % 4) (A, C) and the next (B, D).
/// </summary>
internal struct Fragment
{
    public float A;
    public float B;
    public float C;
    public float D;
}
