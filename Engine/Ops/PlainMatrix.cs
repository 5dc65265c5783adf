using ILGPU;

namespace Estampa.Engine;

/// <summary>Where the numbers of a stored matrix lie, row behind row.</summary>
internal interface IPlainMatrix<TArguments>
    where TArguments : struct
{
    static abstract ArrayView<float> Numbers(TArguments arguments);

    static abstract int Columns(TArguments arguments);
}

/// <summary>A matrix that is stored, beside those that are not.</summary>
internal readonly struct PlainMatrix<TPlain, TArguments> : IMatrix<TArguments>
    where TPlain : struct, IPlainMatrix<TArguments>
    where TArguments : struct
{
    public static ArrayView<float> Numbers(TArguments arguments) => TPlain.Numbers(arguments);

    public static int Run(TArguments arguments) => TPlain.Columns(arguments);

    public static Spot Row(TArguments arguments, int row) => new() { Base = row * TPlain.Columns(arguments) };

    public static Spot Column(TArguments arguments, int column) => new() { Base = column };

    public static int Place(TArguments arguments, Spot row, Spot column) => row.Base + column.Base;
}
