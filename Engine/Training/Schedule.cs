namespace Estampa.Engine;

/// <summary>The learning rate of each epoch, as a factor on the first one; epochs count from 0, as PyTorch's schedulers do.</summary>
public abstract class Schedule
{
    /// <summary>Numbers that a resumed run needs; empty where the epoch alone decides.</summary>
    public virtual double[] State
    {
        get => [];
        set
        {
        }
    }

    public abstract float Rate(float first, int epoch);

    private protected static T Demand<T>(T value, bool isSound, string what) => isSound
        ? value
        : throw new ArgumentException($"{what}, got {value}");

    private protected static float Share(float value, string what) =>
        Demand(value, value >= 0 && float.IsFinite(value), $"{what} is finite and 0 or more");

    /// <summary>Tells it an epoch's validation loss.</summary>
    public virtual void Observe(double loss)
    {
    }

    /// <summary>The schedule of this name over so many epochs: constant, step, cosine or plateau, behind a linear warm-up.</summary>
    /// <exception cref="ArgumentException">No schedule has that name.</exception>
    public static Schedule Of(string name, int epochs, int warmUp)
    {
        Schedule schedule = name switch
        {
            "constant" => new ConstantSchedule(),
            "step" => new StepSchedule(Math.Max(1, epochs / 3), 0.1f),
            "cosine" => new CosineSchedule(Math.Max(1, epochs - warmUp)),
            "plateau" => new PlateauSchedule(),
            _ => throw new ArgumentException($"no schedule '{name}'; there are constant, step, cosine, plateau"),
        };
        return warmUp > 0 ? new WarmUpSchedule(warmUp, schedule) : schedule;
    }
}

/// <summary>The first rate throughout.</summary>
public sealed class ConstantSchedule : Schedule
{
    public override float Rate(float first, int epoch) => first;
}

/// <summary>Times <paramref name="factor"/> each <paramref name="every"/> epochs (PyTorch's StepLR).</summary>
public sealed class StepSchedule(int every, float factor) : Schedule
{
    private readonly int every = Demand(every, every >= 1, "a step schedule's epochs are 1 or more");
    private readonly float factor = Share(factor, "a step schedule's factor");

    public override float Rate(float first, int epoch) => (float)(first * Math.Pow(factor, epoch / every));
}

/// <summary>
/// Half a cosine from the first rate to <paramref name="floor"/> in <paramref name="epochs"/> epochs (Loshchilov and Hutter 2016,
/// arXiv:1608.03983; PyTorch's CosineAnnealingLR).
/// </summary>
public sealed class CosineSchedule(int epochs, float floor = 0f) : Schedule
{
    private readonly int epochs = Demand(epochs, epochs >= 1, "a cosine schedule's epochs are 1 or more");
    private readonly float floor = Share(floor, "a cosine schedule's floor");

    public override float Rate(float first, int epoch) =>
        (float)(floor + ((first - floor) * (1 + Math.Cos(Math.PI * Math.Min(epoch, epochs) / epochs)) / 2));
}

/// <summary>
/// Linearly up to the first rate in <paramref name="epochs"/> epochs, then another schedule that starts at its own epoch 0.
/// </summary>
public sealed class WarmUpSchedule(int epochs, Schedule then) : Schedule
{
    private readonly int epochs = Demand(epochs, epochs >= 0, "a warm-up's epochs are 0 or more");
    private readonly Schedule then = then ?? throw new ArgumentNullException(nameof(then));

    public override double[] State
    {
        get => then.State;
        set => then.State = value;
    }

    public override float Rate(float first, int epoch) =>
        epoch < epochs ? first * (epoch + 1) / (epochs + 1f) : then.Rate(first, epoch - epochs);

    public override void Observe(double loss) => then.Observe(loss);
}

/// <summary>
/// Times <paramref name="factor"/> when the loss has not fallen by a share of <paramref name="threshold"/> for more than
/// <paramref name="patience"/> epochs (PyTorch's ReduceLROnPlateau).
/// </summary>
public sealed class PlateauSchedule(float factor = 0.1f, int patience = 10, double threshold = 1e-4) : Schedule
{
    private readonly float factor = Share(factor, "a plateau schedule's factor");
    private readonly int patience = Demand(patience, patience >= 0, "a plateau schedule's patience is 0 or more");
    private readonly double threshold = Demand(threshold, double.IsFinite(threshold), "a plateau schedule's threshold is finite");
    private double best = double.PositiveInfinity;
    private double scale = 1;
    private int stale;

    public override double[] State
    {
        get => [best, scale, stale];
        set => (best, scale, stale) = value is [not double.NaN, >= 0 and < double.PositiveInfinity, >= 0 and < int.MaxValue]
                && value[2] == Math.Floor(value[2])
            ? (value[0], value[1], (int)value[2])
            : throw new ArgumentException(
                $"the plateau schedule has 3 numbers (best loss, scale, epochs without a better one), got {string.Join(", ", value)}");
    }

    public override float Rate(float first, int epoch) => (float)(first * scale);

    public override void Observe(double loss)
    {
        if (loss < best * (1 - threshold))
        {
            best = loss;
            stale = 0;
        }
        else if (++stale > patience)
        {
            scale *= factor;
            stale = 0;
        }
    }
}
