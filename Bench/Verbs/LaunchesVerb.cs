using System.CommandLine;
using System.Diagnostics;
using Estampa.Engine;

namespace Estampa.Bench;

/// <summary><c>launches</c>: what a launch costs by itself, and what it costs in a captured recording.</summary>
internal static class LaunchesVerb
{
    private const int Launches = 1000;
    private const int Rounds = 11;

    public static Command Make()
    {
        var command = new Command("launches", "Time launches that do next to nothing, one by one and as one captured recording.");
        var flags = Target.AddFlags(command);
        command.SetAction(parsed =>
        {
            using var device = Target.Of(flags, parsed, [Environment.ProcessorCount])[0].Open();
            using var from = device.Allocate(4, "four numbers");
            using var to = device.Allocate(4, "four numbers");
            var launches = Enumerable.Range(0, Launches).Select(_ => RoofKernels.Copy(device, from, to, floats: 4)).ToArray();
            Console.WriteLine($"{RowFile.Head()}, {device.Description}");
            Console.WriteLine($"one by one: {Microseconds(device, launches):F2} us a launch");
            Console.WriteLine(device.Capture(launches) is { } graph
                ? $"captured:   {Microseconds(device, [graph]):F2} us a launch, {Launches} launches in one recording"
                : "captured:   not on this device");
        });
        return command;
    }

    /// <summary>The median of rounds, for each of the thousand.</summary>
    private static double Microseconds(Device device, Launch[] launches)
    {
        var times = new double[Rounds];
        for (var round = -1; round < Rounds; round++)
        {
            device.Wait();
            var start = Stopwatch.GetTimestamp();
            foreach (var launch in launches)
            {
                launch.Run();
            }

            device.Wait();
            if (round >= 0)
            {
                times[round] = Stopwatch.GetElapsedTime(start).TotalMicroseconds / Launches;
            }
        }

        return Statistics.Median(times);
    }
}
