namespace Estampa.Data;

/// <summary>The kinds of data that can be made rather than read: the names that <c>data make KIND</c> takes.</summary>
public static class SimulatedKinds
{
    /// <summary><see cref="SimulatedAlerts"/>.</summary>
    public const string Alerts = "alerts";

    /// <summary><see cref="OffCentreGaussians"/>.</summary>
    public const string Gaussians = "gaussians";

    public static IReadOnlyList<string> All { get; } = [Alerts, Gaussians];
}
