using ILGPU;

namespace Estampa.Engine;

/// <summary>
/// The list of launches that a plan replays. Ops write themselves into it once: they ask it where their tensors lie and hand it
/// kernels with arguments. A replay allocates nothing and decides nothing.
/// </summary>
public sealed class Recording
{
    private readonly Plan plan;
    private readonly List<Launch> launches = [];
    private readonly List<Mark> marks = [];
    private readonly HashSet<Tensor> written = [];

    internal Recording(Plan plan)
    {
        this.plan = plan;
    }

    /// <summary>Whether batch statistics and noise are in use (training), or running statistics and means (evaluation).</summary>
    public bool Training => plan.Training;

    public IReadOnlyList<Launch> Launches => launches;

    /// <summary>Seed (two words), step and feed position, in this order: the state of everything random.</summary>
    public ArrayView<int> Clock => plan.Clock;

    public ArrayView<float> Value(Tensor tensor) => plan.Value(tensor);

    /// <summary>The gradient of an op's output, read by its backward launches.</summary>
    public ArrayView<float> OutputGradient(Tensor tensor) => plan.Gradient(tensor);

    /// <summary>
    /// The gradient of an op's input, to be written by its backward launches. The first writer in a replay stores, later ones add:
    /// <paramref name="keep"/> is 0 for the first and 1 after it, so nothing has to be zeroed.
    /// </summary>
    public ArrayView<float> InputGradient(Tensor tensor, out int keep)
    {
        keep = written.Add(tensor.Root) ? 0 : 1;
        return plan.Gradient(tensor);
    }

    public ArrayView<float> Scratch(Scratch scratch) => plan.View(scratch);

    /// <summary>One float: the dial's value.</summary>
    public ArrayView<float> Dial(Dial dial) => plan.View(dial);

    public void Launch<TArguments>(Kernel<TArguments> kernel, TArguments arguments, int extent)
        where TArguments : struct => launches.Add(plan.Device.Prepare(kernel, arguments, extent));

    /// <summary>Runs every launch in order.</summary>
    public void Replay()
    {
        plan.CheckUsable();
        foreach (var launch in launches)
        {
            launch.Run();
        }
    }

    /// <summary>Runs launch by launch and names the first result that is not finite; null where all are.</summary>
    public string? Trace()
    {
        plan.CheckUsable();
        var next = 0;
        foreach (var mark in marks)
        {
            for (; next < mark.Launches; next++)
            {
                launches[next].Run();
            }

            for (long element = 0; element < mark.View.Length; element++)
            {
                if (!float.IsFinite(mark.View[element]))
                {
                    return $"{mark.What}: element {element} is {mark.View[element]}";
                }
            }
        }

        return null;
    }

    internal void Note(string what, ArrayView<float> view) => marks.Add(new Mark(launches.Count, what, view));

    private sealed record Mark(int Launches, string What, ArrayView<float> View);
}
