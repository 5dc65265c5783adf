namespace Estampa.Engine;

/// <summary>
/// Rows (or columns) of a convolution of doubled images that see the same sums of the kernel's rows. With n source rows and 2n or
/// 2n - 1 output rows, output row r is the sum of resized rows r - 1, r, r + 1 times the kernel's rows 0, 1, 2, and resized row r is
/// source row r / 2: row 2i sees source row i - 1 with kernel row 0 and i with 1 + 2, row 2i + 1 sees i with 0 + 1 and i + 1 with 2. Behind
/// the last row of an odd number is padding, which leaves it kernel row 1 alone for source row i. Source rows -1 and n are zero.
/// </summary>
/// <param name="First">The first of the rows.</param>
/// <param name="Count">How many rows; none where the image has no such row.</param>
/// <param name="Source">The row that the first tap of the first row sees; that of the next tap is one further.</param>
/// <param name="Taps">How many rows each sees.</param>
/// <param name="Sums">Three bits a tap, from the lowest: which of the kernel's rows are summed for it.</param>
internal readonly record struct Stripe(int First, int Count, int Source, int Taps, int Sums)
{
    /// <summary>Side of the kernel.</summary>
    public const int Kernel = 3;

    /// <summary>How many stripes output and source rows make at most.</summary>
    public const int OfOutput = 3;
    public const int OfSource = 2;

    /// <summary>Taps along one side, summed over all stripes: as many forward as backward.</summary>
    public const int AllTaps = 6;

    /// <summary>Output rows: the even ones, the odd ones, and the last of an odd number. Two steps apart; sources one.</summary>
    public static Stripe Output(int number, int inputs, int outputs) => number switch
    {
        0 => new Stripe(0, outputs / 2, -1, 2, 0b110_001),
        1 => new Stripe(1, outputs / 2, 0, 2, 0b100_011),
        _ => new Stripe(outputs - 1, OnceShown(inputs, outputs), inputs - 2, 2, 0b010_001),
    };

    /// <summary>
    /// Source rows, turned round: row i is seen by output rows 2i - 1 to 2i + 2; the last, where it shows once, by two. One step apart;
    /// what they are seen by two.
    /// </summary>
    public static Stripe Input(int number, int inputs, int outputs) => number switch
    {
        0 => new Stripe(0, outputs / 2, -1, 4, 0b001_011_110_100),
        _ => new Stripe(outputs / 2, OnceShown(inputs, outputs), outputs - 2, 2, 0b010_100),
    };

    /// <summary>
    /// Output rows with one of their two taps; even rows share the first, the last one included. The weight gradient sums over these.
    /// </summary>
    public static Stripe Tap(int number, int inputs, int outputs) => number switch
    {
        0 => new Stripe(0, inputs, -1, 1, 0b001),
        1 => new Stripe(0, outputs / 2, 0, 1, 0b110),
        2 => new Stripe(1, outputs / 2, 0, 1, 0b011),
        3 => new Stripe(1, outputs / 2, 1, 1, 0b100),
        _ => new Stripe(outputs - 1, OnceShown(inputs, outputs), inputs - 1, 1, 0b010),
    };

    /// <summary>How many stripes of <see cref="Tap"/> there are.</summary>
    public static int OfTaps(int inputs, int outputs) => 4 + OnceShown(inputs, outputs);

    /// <summary>Whether tap number <paramref name="place"/> of the kernel belongs to a tap of some rows by a tap of some columns.</summary>
    public static bool Sum(int place, Stripe rows, int rowTap, Stripe columns, int columnTap) =>
        ((rows.Sums >> (Kernel * rowTap) >> (place / Kernel)) & (columns.Sums >> (Kernel * columnTap) >> (place % Kernel)) & 1) != 0;

    /// <summary>1 where the number of output rows is odd, so that the last source row shows only once; 0 elsewhere.</summary>
    private static int OnceShown(int inputs, int outputs) => inputs - (outputs / 2);
}
