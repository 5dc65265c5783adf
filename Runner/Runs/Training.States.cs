using Estampa.Data;
using Estampa.Engine;

namespace Estampa.Runner;

/// <content>What is saved of a training, and how it goes on from there.</content>
internal sealed partial class Training
{
    /// <summary>Takes up the saved state.</summary>
    public void Resume()
    {
        run.RemoveTemporary();
        var numbers = states.Load(trainer, weights, progress.Say);
        if (numbers is null)
        {
            journal.Load();
            if (journal.Rows.Count > 0)
            {
                throw new BadInputException(
                    $"{states.Last} is missing: a run of {journal.Rows.Count} epochs cannot go on without its state");
            }

            journal.Restore([], epochs: 0);
            progress.Say("nothing was saved yet: starting from the beginning");
            return;
        }

        Restore(numbers);
        trainer.RateFactor = (float)numbers[3];
        progress.Say($"going on after {trainer.Epoch} epochs and {trainer.Step} steps");
    }

    private void Restore(double[] numbers)
    {
        const int own = 4;
        if (numbers.Length < own)
        {
            throw new BadInputException($"{states.Last}: training.run has {numbers.Length} numbers; {own} at least are needed");
        }

        (best, bestEpoch, secondsBefore) = (numbers[0], (int)numbers[1], numbers[2]);
        journal.Restore(numbers.AsSpan(own), trainer.Epoch);
    }

    /// <summary>Back to the last state that was saved, with half the rate: the same steps with the same rate would end alike.</summary>
    private void RollBack(DivergedException reason)
    {
        var factor = trainer.RateFactor / 2;
        var numbers = states.Load(trainer, weights, progress.Say)
            ?? throw new DivergedException($"{reason.Message}; no state is left to go back to", reason);
        Restore(numbers);
        trainer.RateFactor = factor;
        stage = -1;
        progress.Say($"warning: {reason.Message}; back to the end of epoch {trainer.Epoch}, from now on with {factor:g3} of the rate");
    }

    private void SaveState() => states.Save(
        trainer, weights, [best, bestEpoch, secondsBefore + watch.Elapsed.TotalSeconds, trainer.RateFactor, .. journal.Numbers]);

    /// <summary>What cannot be written, on a full disk for one, is warned of and tried again after the next epoch.</summary>
    /// <returns>Whether it was written.</returns>
    private bool Keep(Action save)
    {
        try
        {
            claim.Check();
            save();
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            progress.Say($"warning: epoch {trainer.Epoch} could not be saved: {exception.Message}");
            return false;
        }
    }
}
