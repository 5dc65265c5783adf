using System.Diagnostics;
using Estampa.Data;
using Estampa.Engine;
using Estampa.Models;

namespace Estampa.Tests;

/// <summary>
/// Feeds damaged inputs to every reader. <c>fuzz --count N [--first SEED]</c> runs batches, each in a child process with 256 MiB of managed
/// memory, so that even an end that no handler sees costs one batch and is told with the seed that did it; <c>fuzz --child FIRST COUNT
/// FILE</c> is such a child.
/// </summary>
internal static class Fuzz
{
    private const int BatchSize = 1000;
    private const long MostBytes = 256L << 20;
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(2);

    public static int Run(int total, int first, TextWriter output)
    {
        var seed = (ulong)first;
        var watch = Stopwatch.StartNew();
        var (refused, faults) = (0L, 0);
        for (var done = 0; done < total; done += BatchSize)
        {
            var batch = Batch(seed + (ulong)done, Math.Min(BatchSize, total - done), output);
            refused += batch.Refused;
            faults += batch.Faults;
            if (done / BatchSize % 50 == 49)
            {
                output.WriteLine(
                    $"{done + BatchSize} of {total} in {watch.Elapsed.TotalSeconds:F0} s: {refused} refused, {faults} faults");
            }
        }

        output.WriteLine($"{total} inputs from seed {seed} in {watch.Elapsed.TotalSeconds:F0} s: {refused} refused,"
            + $" {total - refused - faults} read, {faults} faults");
        return faults == 0 ? 0 : 1;
    }

    /// <summary>Runs children until the batch is done; one that ends early is told and the next begins behind what ended it.</summary>
    private static (long Refused, int Faults) Batch(ulong first, int count, TextWriter output)
    {
        var (refused, faults, file) = (0L, 0, Path.GetTempFileName());
        try
        {
            for (var end = first + (ulong)count; first < end;)
            {
                File.WriteAllBytes(file, new byte[16]);
                var start = new ProcessStartInfo(
                    "dotnet", [typeof(Fuzz).Assembly.Location, "fuzz", "--child", $"{first}", $"{end - first}", file]);
                start.Environment["DOTNET_GCHeapHardLimit"] = $"0x{MostBytes:X}";
                start.RedirectStandardError = true;
                using var child = Process.Start(start)!;
                var errors = child.StandardError.ReadToEndAsync();
                var (seed, since) = (0UL, Stopwatch.StartNew());
                while (!child.WaitForExit(200))
                {
                    var now = BitConverter.ToUInt64(File.ReadAllBytes(file));
                    if (now != seed)
                    {
                        (seed, since) = (now, Stopwatch.StartNew());
                    }
                    else if (since.Elapsed > 10 * Slow)
                    {
                        child.Kill();
                    }
                }

                var told = File.ReadAllBytes(file);
                seed = BitConverter.ToUInt64(told);
                refused += BitConverter.ToInt32(told, 8);
                faults += BitConverter.ToInt32(told, 12);
                output.Write(errors.Result);
                if (child.ExitCode == 0)
                {
                    break;
                }

                if (seed < first)
                {
                    throw new InvalidOperationException($"a batch cannot begin: {errors.Result}");
                }

                output.WriteLine($"seed {seed}: the process ended with {child.ExitCode}");
                faults++;
                first = seed + 1;
            }
        }
        finally
        {
            File.Delete(file);
        }

        return (refused, faults);
    }

    /// <summary>Reads the batch in this process, and keeps how far it has come in the file.</summary>
    public static int Child(ulong first, int count, string file)
    {
        var folder = Directory.CreateTempSubdirectory("estampa-fuzz-").FullName;
        var targets = FuzzTarget.All(folder);
        using var told = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        var (refused, faults) = (0, 0);
        for (var seed = first; seed < first + (ulong)count; seed++)
        {
            Tell(seed);
            var target = targets[seed % (ulong)targets.Length];
            var sound = target.Sound[(seed / (ulong)targets.Length) % (ulong)target.Sound.Length];
            var mutant = Mutator.Damage(seed, sound, target.Sound[^1]);
            var (watch, before) = (Stopwatch.StartNew(), GC.GetAllocatedBytesForCurrentThread());
            string? fault = null;
            try
            {
                target.Read(mutant);
            }
            catch (Exception exception) when (exception is BadInputException or CheckpointException or SettingException)
            {
                refused++;
            }
            catch (Exception exception)
            {
                fault = exception.ToString();
            }

            var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            fault ??= watch.Elapsed > Slow ? $"took {watch.Elapsed}" : bytes > MostBytes ? $"took {bytes} bytes" : null;
            if (fault is not null)
            {
                faults++;
                Console.Error.WriteLine($"seed {seed}, {target.Name}: {fault}");
            }
        }

        Tell(first + (ulong)count);
        Directory.Delete(folder, recursive: true);
        return 0;

        void Tell(ulong seed)
        {
            Span<byte> state = stackalloc byte[16];
            BitConverter.TryWriteBytes(state, seed);
            BitConverter.TryWriteBytes(state[8..], refused);
            BitConverter.TryWriteBytes(state[12..], faults);
            told.Position = 0;
            told.Write(state);
        }
    }
}
