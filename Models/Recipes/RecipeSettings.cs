using System.Globalization;
using System.Reflection;

namespace Estampa.Models;

/// <summary>A setting that does not exist or a value that does not fit it; the message names the key and what is possible.</summary>
public sealed class SettingException : Exception
{
    public SettingException()
    {
    }

    public SettingException(string message)
        : base(message)
    {
    }

    public SettingException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>
/// What a training can be told besides its data, by name: <c>--set warm-up=2</c> sets <see cref="WarmUp"/>. A recipe adds its own.
/// The names are the properties' in lower case with hyphens.
/// </summary>
public abstract class RecipeSettings
{
    /// <summary>Parts that a cross-validation may have.</summary>
    public const int MostFolds = 100;

    /// <summary>Passes over the training samples.</summary>
    public int Epochs { get; set; } = 20;

    /// <summary>Samples of a step.</summary>
    public int Batch { get; set; } = 128;

    /// <summary>First learning rate.</summary>
    public float Rate { get; set; } = 1e-3f;

    /// <summary>Of weights, order, noise and the split into training, validation and test objects.</summary>
    public ulong Seed { get; set; } = 1;

    /// <summary>Share of unreadable alerts above which a source is refused.</summary>
    public double RejectLimit { get; set; } = 0.01;

    /// <summary>Share of the objects held out for validation.</summary>
    public float Validation { get; set; } = 0.1f;

    /// <summary>Share of the objects held out for the test.</summary>
    public float Test { get; set; } = 0.1f;

    /// <summary>Parts into which objects are cut for cross-validation; 0 for none, and the shares above.</summary>
    public int Folds { get; set; }

    /// <summary>Which part is the test, from 1 to folds; of the others, the share for validation is held out.</summary>
    public int Fold { get; set; } = 1;

    /// <summary>
    /// Objects of each class that train, the share for validation among them, all others being the test (fine-tuning); 0 for the shares.
    /// </summary>
    public int PerClass { get; set; }

    /// <summary>Folder of a run of the same recipe whose weights this one begins with; empty for new ones.</summary>
    public string Start { get; set; } = "";

    /// <summary>Schedule of the rate: constant, step, cosine or plateau.</summary>
    public string Schedule { get; set; } = "constant";

    /// <summary>Epochs in which the rate rises to its first value.</summary>
    public int WarmUp { get; set; }

    /// <summary>Optimizer: adam or adamw.</summary>
    public string Optimizer { get; set; } = "adam";

    /// <summary>Weight decay.</summary>
    public float Decay { get; set; }

    /// <summary>Largest norm of all gradients together; 0 for none.</summary>
    public float Clip { get; set; }

    /// <summary>
    /// What to do where a step's loss or gradients are not finite: stop, skip (at most 10 steps of an epoch) or rollback (to the last saved
    /// state, with half the rate).
    /// </summary>
    public string NonFinite { get; set; } = "stop";

    /// <summary>Saved states that are kept, the last ones; the best model is kept besides.</summary>
    public int KeepStates { get; set; } = 2;

    /// <summary>Epochs without a better validation loss after which training stops; 0 for never.</summary>
    public int Patience { get; set; } = 15;

    /// <summary>First weights: pytorch, he, xavier, or a number, the deviation of a normal distribution.</summary>
    public string Initial { get; set; } = "pytorch";

    /// <summary>Every setting by name, in the order of declaration.</summary>
    public IReadOnlyList<(string Name, string Value)> All =>
        [.. Properties().Select(property => (NameOf(property), Text(property.GetValue(this))))];

    /// <summary>Sets one by its name.</summary>
    /// <exception cref="SettingException">No setting has that name, or the value is not of its kind.</exception>
    public void Set(string name, string value)
    {
        var property = Properties().FirstOrDefault(property => NameOf(property) == name)
            ?? throw new SettingException($"no setting '{name}'; there are {string.Join(", ", Properties().Select(NameOf))}");
        try
        {
            property.SetValue(this, property.PropertyType == typeof(string)
                ? value
                : Convert.ChangeType(value, property.PropertyType, CultureInfo.InvariantCulture));
        }
        catch (Exception exception) when (exception is FormatException or OverflowException or InvalidCastException)
        {
            var kind = property.PropertyType == typeof(float) || property.PropertyType == typeof(double) ? "a number"
                : property.PropertyType == typeof(bool) ? "true or false" : "a whole number that fits";
            throw new SettingException($"setting '{name}' needs {kind}, got '{value}'", exception);
        }
    }

    /// <summary>Refuses values outside their range.</summary>
    /// <exception cref="SettingException">One is; the message names it.</exception>
    public virtual void Check()
    {
        Demand(Epochs >= 1, "epochs", Epochs, "at least 1");
        Demand(Batch is >= 2 and <= 65536, "batch", Batch, "2 to 65536 (batch statistics need two samples)");
        Demand(Rate is > 0 and < 10, "rate", Rate, "above 0 and below 10");
        Demand(RejectLimit is >= 0 and <= 1, "reject-limit", RejectLimit, "a share of 0 to 1");
        Demand(Validation is > 0 and < 1, "validation", Validation, "a share above 0 and below 1");
        Demand(Test is >= 0 and < 1 && Validation + Test < 1, "test", Test, "a share of at least 0 that leaves some for training");
        Demand(Folds is 0 or (>= 2 and <= MostFolds), "folds", Folds, $"0 for none, or 2 to {MostFolds}");
        Demand(Fold >= 1 && (Folds == 0 || Fold <= Folds), "fold", Fold, "from 1 to folds");
        Demand(PerClass is 0 or >= 2 && (PerClass == 0 || Folds == 0), "per-class", PerClass, "0, or 2 or more without folds");
        Demand(NonFinite is "stop" or "skip" or "rollback", "non-finite", NonFinite, "stop, skip or rollback");
        Demand(KeepStates is >= 1 and <= 1000, "keep-states", KeepStates, "1 to 1000");
        Demand(WarmUp >= 0 && WarmUp <= Epochs, "warm-up", WarmUp, "0 or more and at most epochs");
        Demand(Decay is >= 0 and < 1, "decay", Decay, "0 or more and below 1");
        Demand(Clip is >= 0 and < float.PositiveInfinity, "clip", Clip, "0 or more");
        Demand(Patience >= 0, "patience", Patience, "0 or more");
        Demand(Schedule is "constant" or "step" or "cosine" or "plateau", "schedule", Schedule, "constant, step, cosine or plateau");
        Demand(Optimizer is "adam" or "adamw", "optimizer", Optimizer, "adam or adamw");
        var isNumber = float.TryParse(Initial, CultureInfo.InvariantCulture, out var deviation) && deviation is > 0 and <= 1e30f;
        Demand(Initial is "pytorch" or "he" or "xavier" || isNumber, "initial", Initial, "pytorch, he, xavier or a positive number");
    }

    protected static void Demand(bool holds, string name, object value, string range)
    {
        if (!holds)
        {
            throw new SettingException($"setting '{name}' must be {range}, got {Text(value)}");
        }
    }

    /// <summary>Refuses what is no scaling of stamps.</summary>
    protected static void DemandScaling(string scaling) => Demand(
        scaling is "min-max" or "z-score" or "l2" or "sky" or "object" or "none",
        "scaling",
        scaling,
        "min-max, z-score, l2, sky, object or none");

    /// <summary>Refuses channels that are not some of a stamp's images, each once.</summary>
    protected static void DemandChannels(string channels)
    {
        var names = channels.Split(',');
        Demand(
            names.Distinct().Count() == names.Length && names.All(name => name is "science" or "template" or "difference"),
            "channels",
            channels,
            "some of science, template, difference, separated by commas");
    }

    private static string Text(object? value) => value is bool isSo ? (isSo ? "true" : "false")
        : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private static string NameOf(PropertyInfo property) => string.Concat(property.Name.Select(
        (letter, place) => char.IsUpper(letter) && place > 0 ? $"-{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));

    /// <summary>Common settings first, a recipe's own after them.</summary>
    private IEnumerable<PropertyInfo> Properties() => GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.CanWrite).OrderBy(property => property.DeclaringType == typeof(RecipeSettings) ? 0 : 1);
}
