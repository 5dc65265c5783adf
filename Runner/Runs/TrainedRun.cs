using Estampa.Data;
using Estampa.Engine;

namespace Estampa.Runner;

/// <summary>A run's best model, loaded and ready for sets.</summary>
internal sealed class TrainedRun : IDisposable
{
    private readonly IReadOnlyDictionary<string, string> header;

    /// <exception cref="BadInputException">There is no run, or no model in it yet.</exception>
    /// <exception cref="CheckpointException">The model file is damaged or of another model.</exception>
    public TrainedRun(string path, DeviceChoice? device = null)
    {
        Run = RunFolder.Open(path);
        if (!File.Exists(Run.Model))
        {
            throw new BadInputException($"{path}: no model yet (model.safetensors); its first epoch has not ended");
        }

        Device = (device ?? Run.Device).Open(Console.Error.WriteLine);
        Weights = new Weights(Device, Run.Recipe.Build(2).Graph, seed: 0);
        header = Checkpoint.LoadModel(Run.Model, Weights);
        Scorer = new Scorer(Run.Recipe, Device, Weights);
    }

    public RunFolder Run { get; }

    public Device Device { get; }

    public Weights Weights { get; }

    public Scorer Scorer { get; }

    /// <summary>The stage in which its training ends.</summary>
    public int Stage => Run.Recipe.StageOf(Run.Recipe.Settings.Epochs - 1);

    /// <summary>Samples for this model; the run's own where no source is given.</summary>
    /// <exception cref="BadInputException">They cannot be read, or are not what the run was started with.</exception>
    public RunData Open(string? source, Action<string> say)
    {
        var data = RunData.Open(source ?? Run.Source, Run.Recipe, source is null ? Run.Limit : null, say);
        data.CheckEncoder(header, Run.Model);

        // Simulated data are made anew, and another machine's functions may round otherwise.
        if (source is null && !Source.IsSimulated(Run.Source))
        {
            Run.CheckData(data.Sum());
        }

        data.LoadFeatures(header, Run.Model);
        return data;
    }

    public Journal Journal()
    {
        var journal = new Journal(Run.Journal, Run.Recipe.Build(2).Loss.Parts);
        journal.Load();
        return journal;
    }

    public void Dispose()
    {
        Scorer.Dispose();
        Weights.Dispose();
        Device.Dispose();
    }
}
