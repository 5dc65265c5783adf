using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

public class AtomicFileTests
{
    [Fact]
    public void ReplacesWholeFilesOrLeavesThem()
    {
        using var folder = DataFiles.Temporary();
        var path = folder["below/here.txt"];
        AtomicFile.WriteText(path, "first");
        AtomicFile.WriteText(path, "second");
        Assert.Equal("second", File.ReadAllText(path));
        Assert.Throws<IOException>(() => AtomicFile.Write(path, stream =>
        {
            stream.WriteByte(1);
            throw new IOException("full");
        }));
        Assert.Equal("second", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder["below"]));
    }
}
