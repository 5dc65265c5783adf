using ILGPU;

namespace Estampa.Engine;

/// <summary>
/// All parameters of a model in flat blocks: trained values, their gradients, and running statistics. Plans of any batch size share
/// them by name, and the optimizer runs over the whole block in one launch.
/// </summary>
public sealed class Weights : IDisposable
{
    /// <summary>Every parameter starts at a multiple of four floats, so that devices can read four at a time.</summary>
    private const int Line = 4;
    private const string InUse = "the weights are";
    private readonly Dictionary<string, (Parameter Parameter, int Offset)> places = [];
    private readonly Block trained;
    private readonly Block gradients;
    private readonly Block statistics;
    private Plan? gradientsOf;

    /// <summary>Makes room for the graph's parameters and draws their first values; the same seed gives the same bits.</summary>
    /// <exception cref="ShapeException">All parameters together have more than 2^31 - 1 numbers.</exception>
    /// <exception cref="InsufficientMemoryException">They do not fit; nothing stays allocated.</exception>
    public Weights(Device device, Graph graph, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(graph);
        Device = device;
        int trainedCount = 0, statisticsCount = 0;
        foreach (var parameter in graph.Parameters)
        {
            ref var count = ref parameter.Trained ? ref trainedCount : ref statisticsCount;
            places[parameter.Name] = (parameter, count);
            var end = count + ((parameter.Count + Line - 1L) / Line * Line);
            count = end <= int.MaxValue ? (int)end : throw new ShapeException(
                $"the weights: '{parameter.Name}' of {parameter.Count} numbers comes after {count} others; there is room for 2^31 - 1");
        }

        TrainedCount = trainedCount;
        try
        {
            trained = device.Allocate(trainedCount, "the weights");
            gradients = device.Allocate(trainedCount, "the gradients");
            statistics = device.Allocate(statisticsCount, "the running statistics");
            foreach (var (parameter, _) in places.Values)
            {
                Import(parameter.Name, First(parameter, seed));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where they lie.</summary>
    public Device Device { get; }

    /// <summary>Taken by each replay, export and import that reads them or, in training and imports, writes.</summary>
    internal Turn Turn { get; } = new();

    /// <summary>What a replay holds.</summary>
    internal Block[] Blocks => [trained, gradients, statistics];

    public IEnumerable<Parameter> Parameters => places.Values.Select(place => place.Parameter);

    /// <summary>Counts the changes of any number, so that what is computed from them can be kept between.</summary>
    internal long Version { get; private set; } = 1;

    /// <summary>Floats of all trained parameters, with up to three zeros between one and the next that stay zero.</summary>
    public int TrainedCount { get; }

    /// <summary>A parameter's numbers in the file's (PyTorch's) order.</summary>
    public float[] Export(string name)
    {
        var (parameter, offset) = Find(name);
        return Export(parameter, parameter.Trained ? trained : statistics, offset);
    }

    /// <summary>Numbers of all running statistics.</summary>
    internal int StatisticsCount => statistics.Count;

    /// <summary>All running statistics, which a forward pass of training changes before anybody knows whether the step is of use.</summary>
    internal void ReadStatistics(Span<float> numbers)
    {
        using var visit = Turn.Enter(writes: false, InUse);
        statistics.Read(numbers);
    }

    internal void WriteStatistics(ReadOnlySpan<float> numbers)
    {
        using var visit = Turn.Enter(writes: true, InUse);
        statistics.Write(numbers);
        Change();
    }

    /// <summary>A trained parameter's gradient in the file's (PyTorch's) order.</summary>
    public float[] ExportGradient(string name)
    {
        var (parameter, offset) = Find(name);
        return parameter.Trained ? Export(parameter, gradients, offset) : throw new ArgumentException($"'{name}' is not trained");
    }

    /// <summary>Sets a parameter from numbers in the file's (PyTorch's) order.</summary>
    public void Import(string name, ReadOnlySpan<float> numbers)
    {
        var (parameter, offset) = Find(name);
        if (numbers.Length != parameter.Count)
        {
            throw new ShapeException($"'{name}' has {parameter.Count} numbers, got {numbers.Length}");
        }

        var filePlaces = parameter.Layout.FilePlaces();
        var ours = new float[numbers.Length];
        for (var element = 0; element < ours.Length; element++)
        {
            ours[element] = numbers[filePlaces[element]];
        }

        using var visit = Turn.Enter(writes: true, InUse);
        (parameter.Trained ? trained : statistics).Write<float>(ours, offset);
        Change();
    }

    /// <summary>Ends them. A replay on another thread runs to its end, and then gives the memory back.</summary>
    public void Dispose()
    {
        trained?.Dispose();
        gradients?.Dispose();
        statistics?.Dispose();
    }

    /// <summary>
    /// Where the trained parameters of these names lie among all trained numbers: as few ranges as there can be.
    /// </summary>
    /// <exception cref="ArgumentException">None has such a name.</exception>
    internal IReadOnlyList<(int First, int Count)> Ranges(Func<string, bool> isTrained)
    {
        var ranges = new List<(int First, int Count)>();
        foreach (var (parameter, offset) in places.Values.Where(place => place.Parameter.Trained && isTrained(place.Parameter.Name)))
        {
            var end = offset + ((parameter.Count + Line - 1) / Line * Line);
            if (ranges.Count > 0 && ranges[^1] is var (first, count) && first + count == offset)
            {
                ranges[^1] = (first, end - first);
            }
            else
            {
                ranges.Add((offset, end - offset));
            }
        }

        return ranges.Count > 0 ? ranges : throw new ArgumentException("no parameter is left to train");
    }

    internal ArrayView<float> ValuesFrom(int first, int count) => trained.View(first, count);

    internal ArrayView<float> GradientsFrom(int first, int count) => gradients.View(first, count);

    /// <summary>
    /// Clears all gradients if another plan wrote them last: a plan writes those that its loss depends on, and the others must be zero.
    /// </summary>
    internal void StartGradients(Plan plan)
    {
        if (gradientsOf != plan)
        {
            gradients.Fill(0);
            gradientsOf = plan;
        }
    }

    /// <summary>Notes that some number has changed.</summary>
    internal void Change() => Version++;

    internal void CheckUsable() => trained.CheckUsable();

    internal ArrayView<float> Values(Parameter parameter)
    {
        var (known, offset) = Find(parameter.Name);
        if (!known.Layout.IsSameAs(parameter.Layout) || known.Trained != parameter.Trained)
        {
            static string Kind(Parameter one) => one.Trained ? "" : ", not trained";
            throw new ShapeException($"'{parameter.Name}' is {known.Layout}{Kind(known)} in these weights,"
                + $" {parameter.Layout}{Kind(parameter)} in the graph");
        }

        return (parameter.Trained ? trained : statistics).View(offset, parameter.Count);
    }

    internal ArrayView<float> Gradients(Parameter parameter) => gradients.View(Find(parameter.Name).Offset, parameter.Count);

    private float[] Export(Parameter parameter, Block block, int offset)
    {
        var ours = new float[parameter.Count];
        using (Turn.Enter(writes: false, InUse))
        {
            block.Read<float>(ours, offset);
        }

        var filePlaces = parameter.Layout.FilePlaces();
        var numbers = new float[ours.Length];
        for (var element = 0; element < ours.Length; element++)
        {
            numbers[filePlaces[element]] = ours[element];
        }

        return numbers;
    }

    private static float[] First(Parameter parameter, ulong seed)
    {
        var numbers = new float[parameter.Count];
        var stream = Noise.Stream(parameter.Name);
        for (var element = 0; element < numbers.Length; element++)
        {
            numbers[element] = parameter.Initial.Kind switch
            {
                Distribution.Uniform =>
                    ((2f * Noise.Uniform((uint)seed, (uint)(seed >> 32), stream, 0, (uint)element)) - 1f) * parameter.Initial.Scale,
                Distribution.Normal => Noise.Normal((uint)seed, (uint)(seed >> 32), stream, 0, (uint)element) * parameter.Initial.Scale,
                _ => parameter.Initial.Scale,
            };
        }

        return numbers;
    }

    private (Parameter Parameter, int Offset) Find(string name) => places.TryGetValue(name, out var place)
        ? place
        : throw new ArgumentException($"these weights have no parameter '{name}'");
}
