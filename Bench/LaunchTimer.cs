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

    /// <summary>Median milliseconds of each launch.</summary>
    public static double[] Medians(IReadOnlyList<Launch> launches)
    {
        Rounds(launches, LeastWarm, WarmUp);
        var rounds = Rounds(launches, LeastRounds, Measured);
        return [.. launches.Select((_, place) => Statistics.Median(rounds.Select(round => round[place])))];
    }

    private static List<double[]> Rounds(IReadOnlyList<Launch> launches, int least, TimeSpan duration)
    {
        var rounds = new List<double[]>();
        for (var start = Stopwatch.GetTimestamp(); rounds.Count < least || Stopwatch.GetElapsedTime(start) < duration;)
        {
            var times = new double[launches.Count];
            for (var place = 0; place < times.Length; place++)
            {
                var began = Stopwatch.GetTimestamp();
                launches[place].Run();
                times[place] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            }

            rounds.Add(times);
        }

        return rounds;
    }
}
