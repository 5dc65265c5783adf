namespace Estampa.Bench;

/// <summary>The checkout that this build lies in: the peers' scripts are run from it.</summary>
internal static class Checkout
{
    public static string Script(string name) => Path.Combine(Root(), "Bench", "Peers", name);

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Engine.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("run from a checkout: Engine.sln was not found upwards");
    }
}
