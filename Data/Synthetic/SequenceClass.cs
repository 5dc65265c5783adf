namespace Estampa.Data;

/// <summary>The seven classes of Carrasco-Davis et al. (2019, arXiv:1807.03869).</summary>
public enum SequenceClass
{
    Supernova,
    RRLyrae,
    Cepheid,
    EclipsingBinary,
    NonVariable,
    Galaxy,
    Asteroid,
}

/// <summary>The names the classes have in sets, tables and reports: those of the real sequences of HiTS where it has the class.</summary>
public static class SequenceClasses
{
    /// <summary>In the order of <see cref="SequenceClass"/>.</summary>
    public static IReadOnlyList<string> Names { get; } = ["SN", "RRLyr", "Cepheid", "EB", "NonVariable", "Galaxy", "Asteroid"];

    public static string Name(this SequenceClass value) => Names[(int)value];
}
