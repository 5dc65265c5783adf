namespace Estampa.Bench;

/// <summary>One side that takes turns with others: how long each of its turns is, and what they gave.</summary>
/// <param name="name">For tables.</param>
/// <param name="process">The side's process; disposed with this.</param>
/// <param name="batch">Samples a step.</param>
internal sealed class Side(string name, ServedProcess process, int batch) : IDisposable
{
    private const int LeastSteps = 3;
    private const int MostSteps = 20_000;

    /// <summary>Between turns, so that no thread of the side before still spins.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private readonly List<double> times = [];
    private int steps = LeastSteps;

    public string Name => name;

    public ServedProcess Process => process;

    /// <summary>Median milliseconds of each turn.</summary>
    public IReadOnlyList<double> Times => times;

    public double Milliseconds => Statistics.Median(times);

    /// <summary>By the median turn.</summary>
    public double SamplesPerSecond => SpeedOf(Milliseconds);

    public long PeakBytes { get; private set; }

    public double SpeedOf(double milliseconds) => 1000 * batch / milliseconds;

    /// <summary>Two turns that do not count: code is compiled, threads are awake, and the number of steps in a turn is found.</summary>
    public void WarmUp(double seconds)
    {
        for (var turn = 0; turn < 2; turn++)
        {
            var (milliseconds, _) = process.Run(steps);
            steps = (int)Math.Clamp(1000 * seconds / milliseconds, LeastSteps, MostSteps);
        }
    }

    /// <returns>Samples a second.</returns>
    public double Turn()
    {
        Thread.Sleep(Pause);
        (var milliseconds, PeakBytes) = process.Run(steps);
        times.Add(milliseconds);
        return SpeedOf(milliseconds);
    }

    public void Dispose() => process.Dispose();
}
