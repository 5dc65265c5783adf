using Xunit;

namespace Estampa.Tests;

/// <summary>One small set and one trained run for all tests of the command: 120 Gaussians, two epochs of pairs.</summary>
public sealed class RunnerFixture : IDisposable
{
    public const int Count = 120;
    public const int Epochs = 2;
    private int folders;

    public RunnerFixture()
    {
        EstampaCommand.Succeed("data", "make", "gaussians", "--count", $"{Count}", "--out", Path.Combine(Folder, "gaussians"));
        Gaussians = Path.Combine(Folder, "gaussians", "gaussians.npy");
        Run = New();
        Trained = EstampaCommand.Succeed(Train(Run, "--threads", "2"));
        EstampaCommand.Succeed("data", "make", "alerts", "--count", "24", "--out", Alerts);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("estampa-runner-").FullName;

    /// <summary>A .npy file of 21x21 images.</summary>
    public string Gaussians { get; }

    /// <summary>A folder of 24 simulated alert packets.</summary>
    public string Alerts => Path.Combine(Folder, "alerts");

    /// <summary>The folder of the unbroken run.</summary>
    public string Run { get; }

    internal Outcome Trained { get; }

    /// <summary>A path that is not taken yet.</summary>
    public string New() => Path.Combine(Folder, $"{++folders:D3}");

    /// <summary>The arguments that train the run into another folder.</summary>
    public string[] Train(string folder, params string[] more) =>
        ["train", "stamp-vae", "--data", Gaussians, "--batch", "2", "--epochs", $"{Epochs}", "--out", folder, .. more];

    /// <summary>A copy of the run's files of these names.</summary>
    public string Copy(params string[] names)
    {
        var copy = Directory.CreateDirectory(New()).FullName;
        foreach (var name in names)
        {
            File.Copy(Path.Combine(Run, name), Path.Combine(copy, name));
        }

        return copy;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

/// <summary>The tests of the command share one trained run and take turns.</summary>
[CollectionDefinition(Name)]
public sealed class RunnerCollection : ICollectionFixture<RunnerFixture>
{
    public const string Name = "the command";
}
