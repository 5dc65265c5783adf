using Estampa.Engine;

namespace Estampa.Runner;

/// <summary>
/// The last states of a run: state.safetensors, before it state-1.safetensors and so on, which a resumed run takes where a later one is
/// damaged. While a new one is saved there is a moment without the first; then the next is the last.
/// </summary>
/// <param name="folder">Of the run.</param>
/// <param name="recipe">Its recipe's name.</param>
/// <param name="kept">So many are kept.</param>
internal sealed class RunStates(string folder, string recipe, int kept)
{
    /// <summary>The last one.</summary>
    public string Last => At(0);

    public void Save(Trainer trainer, Weights weights, double[] numbers) => Checkpoint.SaveState(
        Last,
        trainer,
        weights,
        numbers,
        new Dictionary<string, string> { ["recipe"] = recipe },
        Shift);

    /// <summary>Takes up the last state that can be read.</summary>
    /// <returns>The numbers saved with it; null where nothing was saved yet.</returns>
    /// <exception cref="CheckpointException">None of those that are there can be read; it says why of the last.</exception>
    public double[]? Load(Trainer trainer, Weights weights, Action<string> say)
    {
        CheckpointException? last = null;
        foreach (var path in Enumerable.Range(0, kept).Select(At).Where(File.Exists))
        {
            try
            {
                var numbers = Checkpoint.LoadState(path, trainer, weights);
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
