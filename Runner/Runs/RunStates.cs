using Estampa.Data;
using Estampa.Engine;

namespace Estampa.Runner;

/// <summary>
/// The last states of a run: state.safetensors, before it state-1.safetensors and so on, which a resumed run takes where a later one is
/// damaged. While a new one is saved there is a moment without the first; then the next is the last.
/// </summary>
/// <param name="folder">Of the run.</param>
/// <param name="run">What its states depend on, <see cref="RunFolder.Sum"/>: a state of something else is refused.</param>
/// <param name="kept">So many are kept.</param>
internal sealed class RunStates(string folder, string run, int kept)
{
    private const string Key = "run";

    /// <summary>The last one.</summary>
    public string Last => At(0);

    public void Save(Trainer trainer, Weights weights, double[] numbers) => Checkpoint.SaveState(
        Last,
        trainer,
        weights,
        numbers,
        new Dictionary<string, string> { [Key] = run },
        Shift);

    /// <summary>Takes up the last state that can be read.</summary>
    /// <returns>The numbers saved with it; null where nothing was saved yet.</returns>
    /// <exception cref="CheckpointException">None of those that are there can be read; it says why of the last.</exception>
    /// <exception cref="BadInputException">The last that can be read is of other settings or data.</exception>
    public double[]? Load(Trainer trainer, Weights weights, Action<string> say)
    {
        CheckpointException? last = null;
        foreach (var path in Enumerable.Range(0, kept).Select(At).Where(File.Exists))
        {
            try
            {
                var numbers = Checkpoint.LoadState(path, trainer, weights, header => Check(path, header));
                if (path != Last)
                {
                    say($"warning: {last?.Message ?? $"{Last} is missing"}; going on from {path}, a state before it");
                }

                return numbers;
            }
            catch (CheckpointException exception)
            {
                last ??= exception;
            }
        }

        return last is null ? null : throw last;
    }

    private void Check(string path, IReadOnlyDictionary<string, string> header)
    {
        if (header.GetValueOrDefault(Key) != run)
        {
            throw new BadInputException($"{path}: not a state of this run: it was saved with other settings or data than config.json names,"
                + " or by an earlier version");
        }
    }

    private string At(int age) => Path.Combine(folder, age == 0 ? "state.safetensors" : $"state-{age}.safetensors");

    /// <summary>Each takes the place of the one before it, the oldest first, so that none is lost in between.</summary>
    private void Shift()
    {
        for (var age = kept - 1; age > 0; age--)
        {
            if (File.Exists(At(age - 1)))
            {
                File.Move(At(age - 1), At(age), overwrite: true);
            }
        }
    }
}
