#if !ILGPU
using Estampa.Engine;
#endif
using Xunit;

namespace Estampa.Tests;

/// <summary>Each kind of fault planted in a small kernel, found, and gone in the repaired twin; and the warp-wide instructions.</summary>
public class CheckingDeviceTests
{
#if ILGPU
    [Fact]
    public void PlantedFaultsAreFound() => Assert.Skip("built with ILGPU: the checking device belongs to the stand-in (-p:Ilgpu=false)");
#else
    private const int Threads = PlantedFaults.Threads;

    public static TheoryData<string> PlantedNames => [.. PlantedFaults.All.Select(planted => planted.Name)];

    [Theory]
    [MemberData(nameof(PlantedNames))]
    public void PlantedFaultsAreFound(string name)
    {
        var (_, body, groups, says) = PlantedFaults.All.Single(planted => planted.Name == name);
        var fault = Assert.Throws<KernelFaultException>(() => Run(body, groups, repaired: 0));
        Assert.StartsWith("planted (TensorFloat32), group ", fault.Message, StringComparison.Ordinal);
        Assert.Contains(says, fault.Message, StringComparison.Ordinal);
        Assert.Contains("PlantedFaults.cs", fault.Message + fault.StackTrace, StringComparison.Ordinal);
        Assert.Equal(fault.Message, Assert.Throws<KernelFaultException>(() => Run(body, groups, repaired: 0)).Message);
        Run(body, groups, repaired: 1);
    }

    [Fact]
    public void ThreadsAndGroupsKnowTheirPlace()
    {
        var numbers = Run(PlantedFaults.Places, groups: 3, count: 192);
        Assert.Equal(Enumerable.Range(0, 192).Select(place => (1000f * (place / 64)) + (place % 64) + 67), numbers);
    }

    [Fact]
    public void WarpInstructionsBelongToTensorCoreRoutes()
    {
        var fault = Assert.Throws<KernelFaultException>(() => Run(PlantedFaults.Shuffles, route: Route.Grouped));
        Assert.Contains("only tensor-core routes", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PortableIndexesRaceAndReadPoison()
    {
        using var device = new CheckingDevice(Route.Portable);
        using var block = device.Allocate(4, "numbers");
        var kernel = new Kernel<PlantedArguments>("portable", (index, arguments) => arguments.Numbers[index / 2] = arguments.Numbers[3]);
        var launch = device.Prepare(kernel, new PlantedArguments { Numbers = block.View(0, 4) }, 4);
        var race = Assert.Throws<KernelFaultException>(launch.Run);
        Assert.Equal("portable (Portable), index 1: races: writes element 0 of a view of numbers, written by index 0", race.Message);
        block.Fill(0xFF);
        var poison = Assert.Throws<KernelFaultException>(launch.Run);
        Assert.Equal("portable (Portable), index 0: reads element 3 of a view of numbers, which nobody has written", poison.Message);
    }

    [Fact]
    public void ShufflesMoveNumbersBetweenLanes()
    {
        var numbers = Run(PlantedFaults.Shuffles);
        for (var lane = 0; lane < 32; lane++)
        {
            Assert.Equal((lane ^ 5) + (100 * Math.Min(lane + (lane + 3 < 32 ? 3 : 0), 31)) + (10000 * 7), numbers[lane]);
        }
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void FragmentsMultiplyMatrices(int depth)
    {
        // Small integers: exact in TF32, in bfloat16 and in every sum.
        var random = new Random(depth);
        var numbers = Enumerable.Range(0, 512).Select(_ => (float)random.Next(-8, 9)).ToArray();
        float[] a = numbers[..(16 * depth)], b = numbers[256..(256 + (depth * 8))], c = numbers[384..];
        Action<PlantedArguments> body = depth == 8 ? PlantedFaults.MultiplyTensorFloat32 : PlantedFaults.MultiplyBFloat16;
        var product = Run(body, numbers: numbers, threads: 32)[384..];
        for (var row = 0; row < 16; row++)
        {
            for (var column = 0; column < 8; column++)
            {
                var sum = c[(row * 8) + column];
                for (var k = 0; k < depth; k++)
                {
                    sum += a[(row * depth) + k] * b[(k * 8) + column];
                }

                Assert.Equal(sum, product[(row * 8) + column]);
            }
        }
    }

    [Theory]
    [InlineData(0x3F800FFFu, 0x3F800000u)]
    [InlineData(0x3F801000u, 0x3F802000u)]
    [InlineData(0xBF801000u, 0xBF802000u)]
    [InlineData(0x3F803000u, 0x3F804000u)]
    [InlineData(0x7F7FFFFFu, 0x7F800000u)]
    [InlineData(0xFF800000u, 0xFF800000u)]
    [InlineData(0x7FC00001u, 0x7FFFE000u)]
    public void ToTensorFloat32RoundsTiesAway(uint bits, uint expected) =>
        Assert.Equal(expected, TensorCore.ToTensorFloat32(BitConverter.UInt32BitsToSingle(bits)));

    [Theory]
    [InlineData(0x3F807FFFu, 0x3F80u)]
    [InlineData(0x3F808000u, 0x3F80u)]
    [InlineData(0x3F808001u, 0x3F81u)]
    [InlineData(0x3F818000u, 0x3F82u)]
    [InlineData(0xBF818000u, 0xBF82u)]
    [InlineData(0x7F7FFFFFu, 0x7F80u)]
    [InlineData(0x7FC00001u, 0x7FFFu)]
    public void ToBFloat16RoundsTiesToEven(uint bits, uint expected)
    {
        var number = BitConverter.UInt32BitsToSingle(bits);
        Assert.Equal(expected | 0x40000000u, TensorCore.ToBFloat16(number, 2f));
        Assert.Equal((expected << 16) | 0x4000u, TensorCore.ToBFloat16(2f, number));
    }

    private static float[] Run(
        Action<PlantedArguments> body, int groups = 1, int repaired = 1, Route route = Route.TensorFloat32,
        int threads = Threads, int count = Threads, float[]? numbers = null)
    {
        numbers ??= new float[count];
        var planted = new GroupedRoute<PlantedArguments>(body, _ => groups, threads);
        var routes = new DeviceRoutes<PlantedArguments> { Grouped = planted, TensorFloat32 = planted };
        var kernel = new Kernel<PlantedArguments>("planted", (_, _) => { }) { Devices = routes };
        using var device = new CheckingDevice(route);
        using var block = device.Allocate(numbers.Length, "numbers");
        block.Write<float>(numbers);
        device.Prepare(kernel, new PlantedArguments { Numbers = block.View(0, numbers.Length), Repaired = repaired }, 0).Run();
        block.Read<float>(numbers);
        return numbers;
    }
#endif
}
