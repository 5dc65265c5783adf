using System.Collections;
using System.Runtime.ExceptionServices;
using System.Text;

namespace Estampa.Data;

/// <summary>
/// Alerts of a simulated survey like ZTF, five classes, with pixels and metadata that belong together. Alert k follows from the
/// options other than the count: not from the threads or the machine (though the pixels' gzip may differ with the platform's zlib).
/// </summary>
public sealed class SimulatedAlerts : IEnumerable<Alert>
{
    /// <summary>The table of what was put in, beside the alert files.</summary>
    public const string TruthFile = "truth.csv";

    private const int BlockLength = SimulationOptions.BlockLength;
    private readonly double[] weights;

    /// <exception cref="BadInputException">An option is out of range.</exception>
    public SimulatedAlerts(SimulationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        Options = options;
        // Objects with many alerts are drawn less often, so that the shares hold for alerts.
        weights = [.. options.Shares.Select((share, i) => share / MeanDetections((SimulatedClass)i))];
    }

    public SimulationOptions Options { get; }

    /// <summary>One alert, whatever the count. Earlier alerts of its object are made on the way.</summary>
    public Alert Make(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, 10_000_000);
        return ToAlert(Packets(index, index + 1).Single().Record);
    }

    public IEnumerator<Alert> GetEnumerator() => Packets(0, Options.Count).Select(packet => ToAlert(packet.Record)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>
    /// Writes the alerts as Avro containers of <see cref="SimulationOptions.AlertsPerFile"/> records (codec null, as ZTF's) and
    /// <see cref="TruthFile"/>. The folder appears whole or not at all.
    /// </summary>
    /// <param name="directory">Must be empty or absent.</param>
    /// <param name="progress">Called with the number of alerts made so far, from several threads.</param>
    /// <param name="cancel">Stops the work and removes what was written.</param>
    /// <exception cref="BadInputException">The folder holds something.</exception>
    public void WriteFolder(string directory, Action<long>? progress = null, CancellationToken cancel = default)
    {
        EmptyFolder.Demand(Path.TrimEndingDirectorySeparator(directory), "simulated alerts");
        var place = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        var temporary = $"{place}.{Environment.ProcessId}.tmp";
        var files = (int)((Options.Count + Options.AlertsPerFile - 1) / Options.AlertsPerFile);
        var rows = new string[files];
        long made = 0;
        Directory.CreateDirectory(temporary);
        try
        {
            var parallel = new ParallelOptions
            {
                MaxDegreeOfParallelism = Options.Threads == 0 ? Environment.ProcessorCount : Options.Threads,
                CancellationToken = cancel,
            };
            Parallel.For(0, files, parallel, file =>
            {
                var first = (long)file * Options.AlertsPerFile;
                var last = Math.Min(Options.Count, first + Options.AlertsPerFile);
                rows[file] = WriteFile(temporary, $"simulated-{file:D5}.avro", first, last);
                progress?.Invoke(Interlocked.Add(ref made, last - first));
            });
            AtomicFile.WriteText(Path.Combine(temporary, TruthFile), SimulatedTruth.Header + "\n" + string.Concat(rows));
            if (Directory.Exists(place))
            {
                Directory.Delete(place);
            }

            Directory.Move(temporary, place);
        }
        catch (Exception exception)
        {
            Directory.Delete(temporary, recursive: true);
            if (exception is AggregateException { InnerException: { } first })
            {
                // Of the files that several threads wrote at once.
                ExceptionDispatchInfo.Throw(first);
            }

            throw;
        }
    }

    private string WriteFile(string folder, string name, long first, long last)
    {
        var rows = new StringBuilder();
        AvroWriter.Write(Path.Combine(folder, name), ZtfSchema.Json, Packets(first, last).Select(Noted), "null");
        return rows.ToString();

        AvroRecord Noted(SimulatedPackets.Packet packet)
        {
            rows.Append(packet.Truth.Row(name));
            return packet.Record;
        }
    }

    internal IEnumerable<SimulatedPackets.Packet> Packets(long first, long last)
    {
        var packets = new SimulatedPackets(Options);
        for (var block = first / BlockLength; block * BlockLength < last; block++)
        {
            var index = block * BlockLength;
            foreach (var (number, kind, detections) in Objects(block))
            {
                // An object's alerts come in order; those after the last one wanted are not made.
                var wanted = (int)Math.Clamp(last - index, 0, detections);
                if (index + detections > first && wanted > 0)
                {
                    var sky = new SimulatedObject(Options.Seed, number, kind, detections);
                    foreach (var packet in packets.Of(sky).Take(wanted))
                    {
                        if (index++ >= first)
                        {
                            yield return packet;
                        }
                    }
                }
                else
                {
                    index += detections;
                }
            }
        }
    }

    // The objects whose alerts fill a block of 64; the last is cut short.
    private IEnumerable<(long Number, SimulatedClass Class, int Detections)> Objects(long block)
    {
        var random = new RandomStream(Options.Seed, 0, (ulong)block + 1);
        var left = BlockLength;
        for (var number = block * BlockLength; left > 0; number++)
        {
            var kind = Draw(random);
            var detections = Math.Min(left, Detections(kind, random));
            yield return (number, kind, detections);
            left -= detections;
        }
    }

    private SimulatedClass Draw(RandomStream random)
    {
        var place = random.Uniform() * weights.Sum();
        var kind = 0;
        while (kind < weights.Length - 1 && place >= weights[kind])
        {
            place -= weights[kind++];
        }

        return (SimulatedClass)kind;
    }

    private static int Detections(SimulatedClass kind, RandomStream random) => kind switch
    {
        SimulatedClass.Asteroid => 1,
        SimulatedClass.Bogus => random.Chance(0.8) ? 1 : 2 + random.Below(2),
        _ => 1 + random.Below(6),
    };

    private static double MeanDetections(SimulatedClass kind) => kind switch
    {
        SimulatedClass.Asteroid => 1,
        SimulatedClass.Bogus => 1.3,
        _ => 3.5,
    };

    private static Alert ToAlert(AvroRecord record) => Alert.FromRecord(record, "simulation");
}
