using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Estampa.Bench;

/// <summary>PyTorch training the same model in a process of its own, which idles between the rounds it is asked for.</summary>
internal sealed class Peer : IDisposable
{
    private readonly Process process;

    private Peer(Process process, JsonNode ready)
    {
        this.process = process;
        Ready = ready;
    }

    /// <summary>What it said of itself: version, libraries, threads.</summary>
    public JsonNode Ready { get; }

    /// <summary>Starts it; null where no Python with PyTorch is found.</summary>
    public static Peer? Start(int batch, int latent, int threads, bool channelsLast)
    {
        var script = Path.Combine(Root(), "Bench", "Peers", "stamp_vae_speed.py");
        foreach (var python in new[] { "/usr/bin/python3", "python3" })
        {
            var start = new ProcessStartInfo(python)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                ArgumentList = { script, "--serve", "--batch", $"{batch}", "--latent", $"{latent}", "--threads", $"{threads}" },
            };
            if (channelsLast)
            {
                start.ArgumentList.Add("--channels-last");
            }

            try
            {
                var process = Process.Start(start)!;
                process.ErrorDataReceived += (_, _) => { };
                process.BeginErrorReadLine();
                if (process.StandardOutput.ReadLine() is { } line)
                {
                    return new Peer(process, JsonNode.Parse(line)!);
                }
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // No such program: the next may be there.
            }
        }

        return null;
    }

    /// <summary>Samples a second over so many training steps, by the median step.</summary>
    public double Run(int steps)
    {
        process.StandardInput.WriteLine($"run {steps}");
        process.StandardInput.Flush();
        return (double)JsonNode.Parse(process.StandardOutput.ReadLine()!)!["samplesPerSecond"]!;
    }

    public void Dispose()
    {
        process.StandardInput.WriteLine("quit");
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Engine.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("run from a checkout: Engine.sln was not found upwards");
    }
}
