using System.Text;
using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

public class NpyTests
{
    [Fact]
    public void WritesWhatItReads()
    {
        using var folder = DataFiles.Temporary();
        Check(Npy.Write, new[] { 1.5f, float.NaN, -3, 4, 5, 6 }, array => array.Floats());
        Check(Npy.Write, new[] { 1.5, double.NaN, -3, 4, 5, 6 }, array => array.Doubles());
        Check(Npy.Write, new long[] { 1, long.MinValue, 3, 4, 5, long.MaxValue }, array => array.Longs());
        Check(Npy.Write, new[] { 1, -2, 3, 4, 5, 6 }, array => [.. array.Longs().Select(value => (int)value)]);
        Check(Npy.Write, new byte[] { 1, 2, 3, 4, 5, 255 }, array => [.. array.Floats().Select(value => (byte)value)]);

        void Check<T>(Action<string, T[], int[]> write, T[] values, Func<NpyArray, T[]> read)
        {
            write(folder["a.npy"], values, [2, 3]);
            var array = Npy.Read(folder["a.npy"]);
            Assert.Equal([2, 3], array.Shape);
            Assert.Equal(values, read(array));
            write(folder["a.npy"], values, [6]);
            Assert.Equal([6], Npy.Read(folder["a.npy"]).Shape);
            Assert.Equal(0, (new FileInfo(folder["a.npy"]).Length - (System.Runtime.CompilerServices.Unsafe.SizeOf<T>() * 6)) % 64);
        }
    }

    [Fact]
    public void ReadsWhatNumpyWrote()
    {
        Assert.Equal([24, 9, 3], Npy.Read(DataFiles.Fixture("images", "filters.npy")).Shape);
        var floats = Npy.Read(DataFiles.Fixture("fits", "axes.npy"));
        Assert.Equal(("<f4", 68f), (floats.Type, floats.Floats()[^1]));
        Assert.Throws<BadInputException>(() => floats.Longs());
    }

    [Theory]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }")]
    [InlineData("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }")]
    [InlineData("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (65536, 65536, 65536, 65536, 2), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': 2, }")]
    [InlineData("{'descr': '<f4', 'shape': (2,), }")]
    [InlineData("")]
    public void RefusesOtherHeaders(string header)
    {
        byte[] bytes = [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. new byte[8]];
        Assert.StartsWith("a.npy: ", Assert.Throws<BadInputException>(() => Npy.Read(bytes, "a.npy")).Message);
    }

    [Fact]
    public void RefusesCutsAndReadsVersion2()
    {
        const string Header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1), }";
        byte[] bytes = [0x93, .. "NUMPY"u8, 2, 0, (byte)Header.Length, 0, 0, 0, .. Encoding.ASCII.GetBytes(Header), 7, 8];
        Assert.Equal([7L, 8L], Npy.Read(bytes, "test").Longs());
        (bytes[8], bytes[10]) = (0, 2);
        var error = Assert.Throws<BadInputException>(() => Npy.Read([.. bytes, .. new byte[1 << 18]], "test"));
        Assert.Contains($"a header of 131072 bytes where 262205 are left (limit {Limits.NpyHeader})", error.Message);
        (bytes[8], bytes[10]) = ((byte)Header.Length, 0);
        Assert.All(Enumerable.Range(0, bytes.Length), length => Assert.Throws<BadInputException>(() => Npy.Read(bytes[..length], "test")));
    }
}
