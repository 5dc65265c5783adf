namespace Estampa.Data;

/// <summary>Where made data go: nothing that is there is mixed with them or replaced.</summary>
internal static class EmptyFolder
{
    /// <exception cref="BadInputException">The folder holds something, or a file stands there.</exception>
    public static void Demand(string directory, string made)
    {
        if (File.Exists(directory) || (Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any()))
        {
            throw new BadInputException($"{directory}: already holds something; {made} go into an empty or new folder");
        }
    }
}
