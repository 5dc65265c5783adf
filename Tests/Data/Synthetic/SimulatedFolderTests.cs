using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

public sealed class SimulatedFolderTests : IDisposable
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), $"estampa-{Guid.NewGuid():N}");

    public void Dispose()
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void AFolderReadsBackAsASetWithItsClasses()
    {
        var options = new SimulationOptions { Count = 150, Seed = 3, AlertsPerFile = 64, EdgeShare = 0 };
        var made = new SimulatedAlerts(options);
        long most = 0;
        made.WriteFolder(folder, count => InterlockedMax(ref most, count), TestContext.Current.CancellationToken);
        Assert.Equal(150, most);

        var set = StampSource.Open(folder, new StampSetOptions { Crop = 21 });
        var alerts = made.ToList();
        Assert.Equal(150, set.Count);
        Assert.DoesNotContain(set.Rejected, rejected => rejected.Unreadable);
        Assert.Equal(alerts.Select(alert => alert.Candid), set.Candids);
        Assert.Equal(alerts.Select(alert => alert.ObjectId), set.ObjectIds);
        Assert.Equal(alerts.Select(alert => alert.Class), set.Classes);
        Assert.Equal(alerts.Select(alert => (float)alert.Number("magpsf")!.Value), set.Magnitudes);

        var truth = Csv.Read(Path.Combine(folder, SimulatedAlerts.TruthFile));
        Assert.Equal(150, truth.Rows.Count);
        Assert.Equal(alerts.Select(alert => $"{alert.Candid}"), truth.Rows.Select(row => row[0]));
        Assert.Equal(alerts.Select(alert => alert.Class), truth.Rows.Select(row => row[2]));
    }

    [Fact]
    public void TheBytesDoNotDependOnTheThreads()
    {
        var options = new SimulationOptions { Count = 130, Seed = 9, AlertsPerFile = 64 };
        var cancel = TestContext.Current.CancellationToken;
        new SimulatedAlerts(options with { Threads = 1 }).WriteFolder(Path.Combine(folder, "one"), cancel: cancel);
        new SimulatedAlerts(options with { Threads = 3 }).WriteFolder(Path.Combine(folder, "three"), cancel: cancel);
        var files = Directory.GetFiles(Path.Combine(folder, "one"));
        Assert.Equal(4, files.Length);
        Assert.All(files, file => Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(file.Replace("/one/", "/three/"))));
    }

    [Fact]
    public void AFolderThatHoldsSomethingIsLeftAlone()
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "mine.txt"), "mine");
        var made = new SimulatedAlerts(new SimulationOptions { Count = 1 });
        var error = Assert.Throws<BadInputException>(() => made.WriteFolder(folder, cancel: TestContext.Current.CancellationToken));
        Assert.Contains(folder, error.Message, StringComparison.Ordinal);
        Assert.Equal([Path.Combine(folder, "mine.txt")], Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public void AStoppedRunLeavesNothing()
    {
        using var stop = new CancellationTokenSource();
        var made = new SimulatedAlerts(new SimulationOptions { Count = 256, AlertsPerFile = 64, Threads = 1 });
        Assert.ThrowsAny<OperationCanceledException>(() => made.WriteFolder(folder, _ => stop.Cancel(), stop.Token));
        Assert.Empty(Directory.GetFileSystemEntries(Path.GetTempPath(), Path.GetFileName(folder) + "*"));
    }

    private static void InterlockedMax(ref long most, long value)
    {
        for (var seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }
}
