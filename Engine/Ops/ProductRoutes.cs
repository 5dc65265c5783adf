namespace Estampa.Engine;

/// <summary>Every way in which devices multiply two matrices that are never stored.</summary>
internal static class ProductRoutes<TProduct, TLeft, TRight, TArguments>
    where TProduct : struct, IProduct<TArguments>
    where TLeft : struct, IMatrix<TArguments>
    where TRight : struct, IMatrix<TArguments>
    where TArguments : struct
{
    public static readonly DeviceRoutes<TArguments> All = new()
    {
        Grouped = GroupedProduct<TProduct, TLeft, TRight, TArguments>.Route,
        TensorFloat32 = TensorProduct<TProduct, TLeft, TRight, TensorFloat32, TArguments>.Route,
        BFloat16 = TensorProduct<TProduct, TLeft, TRight, BFloat16, TArguments>.Route,
    };
}
