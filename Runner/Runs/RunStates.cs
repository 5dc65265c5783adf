using Estampa.Engine;

namespace Estampa.Runner;

/// <summary>
/// The saved states of a run: state.safetensors, and the one before it as state-1.safetensors, which a resumed run takes where the last
/// is damaged. Between saving and renaming there is a moment without the former; then the latter is the last.
/// </summary>
internal sealed class RunStates(RunFolder run)
{
    public void Save(Trainer trainer, Weights weights, double[] numbers) => Checkpoint.SaveState(
        run.State,
        trainer,
        weights,
        numbers,
        new Dictionary<string, string> { ["recipe"] = run.Recipe.Name },
        () =>
        {
            if (File.Exists(run.State))
            {
                File.Move(run.State, run.StateBefore, overwrite: true);
            }
        });

    /// <summary>Takes up the last state that can be read.</summary>
    /// <returns>The numbers saved with it; null where nothing was saved yet.</returns>
    /// <exception cref="CheckpointException">None of those that are there can be read; it says why of the last.</exception>
    public double[]? Load(Trainer trainer, Weights weights, Action<string> say)
    {
        CheckpointException? last = null;
        foreach (var path in new[] { run.State, run.StateBefore }.Where(File.Exists))
        {
            try
            {
                var numbers = Checkpoint.LoadState(path, trainer, weights);
                if (path != run.State)
                {
                    say($"warning: {last?.Message ?? $"{run.State} is missing"}; going on from {path}, the state before it");
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
}
