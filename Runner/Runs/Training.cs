using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Estampa.Data;
using Estampa.Engine;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary>
/// A training from its data to its report. After each epoch the journal has a row, the best model is kept and the state is saved, so that
/// the run can be ended at any moment and goes on as if it had not been.
/// </summary>
internal sealed partial class Training : IDisposable
{
    private const int MostSkipped = 10;

    /// <summary>A rate that has been halved ten times is not what ails the training.</summary>
    private const float LeastRateFactor = 1f / 1024;
    private readonly RunFolder run;
    private readonly Progress progress;
    private readonly Recipe recipe;
    private readonly RecipeSettings settings;
    private readonly RunData data;
    private readonly SampleTable train;
    private readonly SampleTable validation;
    private readonly SampleTable test;
    private readonly Device device;
    private readonly ModelGraph model;
    private readonly Weights weights;
    private readonly Plan plan;
    private readonly Feed feed;
    private readonly Trainer trainer;
    private readonly Scorer scorer;
    private readonly Journal journal;
    private readonly double perStamp;
    private readonly RunLock claim;
    private readonly RunStates states;
    private readonly StopSignal stop;
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private double secondsBefore;
    private double best = double.PositiveInfinity;
    private int bestEpoch;
    private int stage = -1;

    public Training(RunFolder run, Progress progress)
    {
        this.run = run;
        this.progress = progress;
        recipe = run.Recipe;
        settings = recipe.Settings;
        device = run.Device.Open(progress.Say);
        var start = settings.Start.Length > 0 ? StartOf(run) : null;
        settings.Start = start?.FullPath ?? "";
        data = RunData.Open(run.Source, recipe, run.Limit, progress.Say);
        (train, validation, test) = data.Split();
        data.FitFeatures(train);
        if (train.Count < 2)
        {
            throw new BadInputException(
                $"{run.Source}: {train.Count} training {(train.Count == 1 ? "sample" : "samples")}; at least 2 are needed");
        }

        if (recipe is ClassifierRecipe { Classes: var classes }
            && classes.Except(Enumerable.Range(0, train.Count).Select(train.Class)).ToArray() is [_, ..] absent)
        {
            progress.Say($"warning: no training sample of {string.Join(", ", absent)}");
        }

        if (train.Count < settings.Batch)
        {
            progress.Say($"{train.Count} training samples are fewer than a batch of {settings.Batch}: the batch is now {train.Count}");
            settings.Batch = train.Count;
        }

        var sum = data.Sum();
        run.CheckData(sum);
        run.DataSum = sum;
        claim = run.Claim();
        run.WriteConfig();
        states = new RunStates(run.FullPath, run.Sum, settings.KeepStates);
        model = recipe.Build(settings.Batch);
        weights = new Weights(device, model.Graph, settings.Seed);
        if (start is not null)
        {
            Checkpoint.LoadModel(start.Model, weights);
        }

        plan = Plan.ForTraining(device, model.Graph, weights, model.Loss.Output);
        feed = Feed.Resident(device, train.Samples, Order());
        trainer = new Trainer(
            plan, model.Loss, model.Inputs, settings.Batch, feed, recipe.Optimizer(), recipe.RateSchedule(), settings.Seed)
        {
            SkipLimit = settings.NonFinite == "skip" ? MostSkipped : 0,
        };
        stop = new StopSignal();
        scorer = new Scorer(recipe, device, weights) { Stop = stop.Token };
        journal = new Journal(run.Journal, model.Loss.Parts);
        perStamp = StepsPerStamp();
        run.WriteRejected(data.Stamps.Rejected);
    }

    /// <returns>The exit code: 0, or 129, 130 or 143 after a signal.</returns>
    public int Run(out JsonObject? metrics)
    {
        metrics = null;
        progress.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{recipe.Name}: {model.Graph.ParameterCount:N0} parameters, {train.Count} training, {validation.Count} validation and"
            + $" {test.Count} test samples ({data.Stamps.Rejected.Count} rejected), batch {settings.Batch}, {device.Description}"));
        if (settings.NonFinite == "rollback" && !File.Exists(states.Last))
        {
            SaveState();
        }

        while (journal.IsPending || (trainer.Epoch < settings.Epochs && !IsStale()))
        {
            bool isWhole;
            try
            {
                isWhole = RunEpoch();
            }
            catch (DivergedException exception) when (settings.NonFinite == "rollback" && trainer.RateFactor > LeastRateFactor)
            {
                RollBack(exception);
                continue;
            }

            if (!isWhole)
            {
                if (!Keep(SaveState))
                {
                    return 3;
                }

                return Stopped($"in epoch {trainer.Epoch + (journal.IsPending ? 0 : 1)}");
            }
        }

        if (IsStale())
        {
            progress.Say($"no better validation loss for {settings.Patience} epochs: stopped early");
        }

        try
        {
            metrics = Finish();
            return 0;
        }
        catch (OperationCanceledException)
        {
            return Stopped("before the report");
        }
    }

    public void Dispose()
    {
        stop.Dispose();
        scorer.Dispose();
        trainer.Dispose();
        feed.Dispose();
        plan.Dispose();
        weights.Dispose();
        device.Dispose();
        claim.Dispose();
    }

    /// <summary>The run whose weights this one begins with.</summary>
    private static RunFolder StartOf(RunFolder run)
    {
        var start = RunFolder.Open(run.Recipe.Settings.Start);
        return start.Recipe.Name == run.Recipe.Name && File.Exists(start.Model) ? start : throw new BadInputException(
            $"--set start={run.Recipe.Settings.Start}: no trained {run.Recipe.Name} (it is {start.Recipe.Name})");
    }

    /// <summary>
    /// How often samples come in an epoch. Where labels say it, they are one a sample: those of the last step are those of the sequence.
    /// </summary>
    private SampleOrder? Order()
    {
        if (recipe is not ClassifierRecipe { Settings.Sampling: not "once" } classifier)
        {
            return null;
        }

        var column = train.Samples[InputName.Labels];
        var labels = Enumerable.Range(0, train.Count).Select(sample => column.Numbers[sample * column.Size]).ToArray();
        if (classifier.Settings.Sampling == "oversampled")
        {
            return SampleOrder.Oversampled(labels);
        }

        var counts = labels.CountBy(label => label).ToDictionary();
        return SampleOrder.Weighted([.. labels.Select(label => 1f / counts[label])]);
    }

    /// <summary>
    /// Where a loss has a number for each step, the training's mean is over all of them, also those beyond a sequence's end, where it is 0;
    /// times this it is over stamps, as the validation's is. Samplings other than 'once' draw each class equally often.
    /// </summary>
    private double StepsPerStamp()
    {
        var steps = model.Loss.Parts[0].Samples.Shape.Batch / settings.Batch;
        var byClass = recipe is ClassifierRecipe { Settings.Sampling: not "once" };
        return steps == 1 ? 1 : steps / Enumerable.Range(0, train.Count).GroupBy(sample => byClass ? train.Class(sample) : "")
            .Average(samples => samples.Average(sample => train.StampSteps(sample).Length));
    }

    /// <summary>Where a stage begins, what it trains changes, and the best model is looked for anew.</summary>
    private void EnterStage()
    {
        var next = recipe.StageOf(trainer.Epoch);
        if (next == stage)
        {
            return;
        }

        if (trainer.Epoch > 0 && trainer.StepInEpoch == 0 && recipe.StageOf(trainer.Epoch - 1) != next)
        {
            (best, bestEpoch) = (double.PositiveInfinity, 0);
        }

        stage = next;
        trainer.Train(name => recipe.IsTrained(name, stage));
        if (recipe.StageName(stage) is { Length: > 0 } name)
        {
            progress.Say($"epoch {trainer.Epoch + 1}: stage {name}");
        }
    }

    /// <summary>Patience ends the last stage only; others have their epochs.</summary>
    private bool IsStale() => settings.Patience > 0 && bestEpoch > 0 && trainer.Epoch - bestEpoch >= settings.Patience
        && recipe.StageOf(bestEpoch - 1) == recipe.StageOf(settings.Epochs - 1);

    private int Stopped(string where)
    {
        progress.Say($"stopped {where}; go on with: train {recipe.Name} --out {run.FullPath} --resume");
        return StopSignal.Code;
    }

    /// <returns>Whether it came to its end before a signal did.</returns>
    private bool RunEpoch() => (journal.IsPending || TrainEpoch()) && ValidateEpoch();

    private bool TrainEpoch()
    {
        EnterStage();
        foreach (var part in model.Loss.Parts)
        {
            plan.Set(part.Weight, recipe.WeightOf(part, trainer.Epoch));
        }

        var result = progress.Bar(
            $"epoch {trainer.Epoch + 1}/{settings.Epochs}", trainer.StepsPerEpoch, step => trainer.Run(step, stop.Token));
        if (result is null)
        {
            return false;
        }

        if (result.Skipped > 0)
        {
            progress.Say($"warning: epoch {trainer.Epoch}: {result.Skipped} steps were not finite and left out");
        }

        journal.Add(new JournalRow(
            trainer.Epoch, result.Seconds, result.SamplesPerSecond, result.Rate, result.Loss * perStamp, double.NaN,
            result.Parts.ToDictionary(part => part.Key, part => part.Value * perStamp), new Dictionary<string, double>()));
        return true;
    }

    /// <summary>What follows an epoch's steps. A signal may come between; the state then has its row without the validation.</summary>
    private bool ValidateEpoch()
    {
        Scores scores;
        try
        {
            scores = scorer.Score(validation, recipe.StageOf(trainer.Epoch - 1));
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        if (!double.IsFinite(scores.Loss))
        {
            // The last step's update is what no training loss has seen; the state on the disk stays the one before.
            throw new DivergedException($"epoch {trainer.Epoch}: the validation loss is {scores.Loss}; a smaller rate or a limit on the"
                + " gradients' norm may help");
        }

        trainer.Observe(scores.Loss);
        var row = journal.Validate(scores);

        // A best model that could not be kept is none: the file on the disk stays the best.
        var better = scores.Loss < best && Keep(() => Checkpoint.SaveModel(run.Model, weights, trainer.Step, Header()));
        if (better)
        {
            (best, bestEpoch) = (scores.Loss, trainer.Epoch);
        }

        Keep(SaveState);
        Keep(journal.Write);
        progress.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {trainer.Epoch,3}/{settings.Epochs}  train {row.TrainLoss,10:F3}  validation {scores.Loss,10:F3}"
            + $"{(better ? " *" : "  ")}  {row.SamplesPerSecond,7:F0} samples/s  {row.Seconds,6:F1} s"));
        return true;
    }

    private Dictionary<string, string> Header()
    {
        var header = new Dictionary<string, string> { ["recipe"] = recipe.Name };
        if (data.Features is { } features)
        {
            header[FeatureColumns.Key] = features.Text;
        }

        if (data.EncoderSum.Length > 0)
        {
            header[RunData.EncoderKey] = data.EncoderSum;
        }

        return header;
    }

    private JsonObject Finish()
    {
        claim.Check();
        if (bestEpoch == 0)
        {
            throw File.Exists(run.Model) || trainer.Epoch == 0
                ? new DivergedException("no epoch had a finite validation loss")
                : new IOException($"{run.Model}: no epoch's model could be written");
        }

        Checkpoint.LoadModel(run.Model, weights);
        var row = journal.Rows.Single(row => row.Epoch == bestEpoch);
        var last = recipe.StageOf(settings.Epochs - 1);
        var validated = SetMetrics.Of(recipe, validation, scorer, last, train, out var answers);
        var tested = SetMetrics.Of(recipe, test, scorer, last, train, out var unseen);
        (unseen ?? answers)?.Write(run.Predictions);
        var metrics = new JsonObject
        {
            ["recipe"] = recipe.Name,
            ["device"] = device.Name,
            ["deviceDescription"] = device.Description,
            ["seed"] = settings.Seed,
            ["epochs"] = trainer.Epoch,
            ["bestEpoch"] = bestEpoch,
            ["batch"] = settings.Batch,
            ["parameters"] = model.Graph.ParameterCount,
            ["samples"] = new JsonObject
            {
                ["train"] = train.Count,
                ["validation"] = validation.Count,
                ["test"] = test.Count,
                ["rejected"] = data.Stamps.Rejected.Count,
            },
            ["train"] = SetMetrics.Losses(row.TrainLoss, row.Train),
            ["validation"] = validated,
            ["test"] = tested,
            ["speed"] = new JsonObject { ["samplesPerSecond"] = Median(journal.Rows.Select(each => each.SamplesPerSecond)) },
            ["seconds"] = Math.Round(secondsBefore + watch.Elapsed.TotalSeconds, 2),
        };
        run.WriteMetrics(metrics);
        RunReport.Write(run, metrics, data, test.Count > 0 ? test : validation, journal, scorer, device, weights);
        return metrics;
    }

    private static double Median(IEnumerable<double> numbers)
    {
        var sorted = numbers.Order().ToArray();
        return Math.Round((sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2, 1);
    }
}
