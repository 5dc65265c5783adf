using System.Diagnostics;
using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>Times launches that belong together, in their order, so that each finds the caches as the one before leaves them.</summary>
internal static class LaunchTimer
{
    /// <summary>Long enough that short launches are compiled for speed before they count.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.25);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(0.5);
    private const int LeastWarm = 4;
    private const int LeastRounds = 11;

    /// <summary>Runs of a launch in a row where the host does not wait for each, so that the wait behind them counts for little.</summary>
    private const int InARow = 20;

    /// <summary>Median milliseconds of each launch.</summary>
    public static double[] Medians(Device device, IReadOnlyList<Launch> launches)
    {
        Rounds(device, launches, LeastWarm, WarmUp);
        var rounds = Rounds(device, launches, LeastRounds, Measured);
        return [.. launches.Select((_, place) => Statistics.Median(rounds.Select(round => round[place])))];
    }

    private static List<double[]> Rounds(Device device, IReadOnlyList<Launch> launches, int least, TimeSpan duration)
    {
        var repeats = device is HostDevice ? 1 : InARow;
        var rounds = new List<double[]>();
        for (var start = Stopwatch.GetTimestamp(); rounds.Count < least || Stopwatch.GetElapsedTime(start) < duration;)
        {
            var times = new double[launches.Count];
            for (var place = 0; place < times.Length; place++)
            {
                var began = Stopwatch.GetTimestamp();
                for (var repeat = 0; repeat < repeats; repeat++)
                {
                    launches[place].Run();
                }

                device.Wait();
                times[place] = Stopwatch.GetElapsedTime(began).TotalMilliseconds / repeats;
            }

            rounds.Add(times);
        }

        return rounds;
    }
}
