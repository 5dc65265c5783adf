namespace Estampa.Data;

/// <summary>The five classes of ALeRCE's stamp classifier (arXiv:2008.03309), in its order.</summary>
public enum SimulatedClass
{
    ActiveNucleus,
    Supernova,
    VariableStar,
    Asteroid,
    Bogus,
}

/// <summary>The names the classes have in packets, tables and reports.</summary>
public static class SimulatedClasses
{
    /// <summary>In the order of <see cref="SimulatedClass"/>.</summary>
    public static IReadOnlyList<string> Names { get; } = ["AGN", "SN", "VS", "asteroid", "bogus"];

    public static string Name(this SimulatedClass value) => Names[(int)value];
}
