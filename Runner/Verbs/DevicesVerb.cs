using System.CommandLine;
using Estampa.Data;
using Estampa.Engine;

namespace Estampa.Runner;

/// <summary><c>devices</c>: where a training can run, and why it cannot run elsewhere.</summary>
internal static class DevicesVerb
{
    private const int MostThreads = 1024;

    public static Command Make()
    {
        var command = new Command("devices", "List the devices, and why one cannot be used.");
        command.SetAction(_ =>
        {
            using var device = Device.Best();
            Console.WriteLine($"{device.Name,-10} {device.Description}");
            Console.WriteLine(Device.BuiltWithIlgpu
                ? "cuda:N     not in this version: kernels are compiled against ILGPU 1.5.3, but no GPU device is opened yet"
                : "cuda:N     not in this build: it was made without ILGPU 1.5.3 (not on its package feed, or switched off)");
            Console.WriteLine("opencl:N   as cuda:N");
        });
        return command;
    }

    /// <summary>The device of a flag's word.</summary>
    /// <exception cref="BadInputException">There is none of that name.</exception>
    public static Device Open(string name, int? threads) => threads is < 1 or > MostThreads
        ? throw new BadInputException($"--threads {threads}: must be 1 to {MostThreads}")
        : name is "auto" or "cpu" ? Device.Best(threads)
        : throw new BadInputException($"--device {name}: this version runs on the processor alone; take auto or cpu (see 'devices')");
}
