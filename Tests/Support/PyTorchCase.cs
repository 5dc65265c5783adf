using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

/// <summary>One stored case of Tests/Fixtures/ops, made by PyTorch (Tests/Reference/make_op_fixtures.py).</summary>
internal sealed class PyTorchCase
{
    private readonly Dictionary<string, StoredTensor> tensors;
    private readonly Dictionary<string, string> settings;
    private readonly string prefix;
    private readonly string name;

    private PyTorchCase(string op, int number, Dictionary<string, StoredTensor> tensors, Dictionary<string, string> settings)
    {
        (this.tensors, this.settings) = (tensors, settings);
        prefix = $"case{number}.";
        name = $"PyTorch's {op}, case {number}";
    }

    /// <summary>Error allowed; results are PyTorch's in double, rounded once.</summary>
    public double Tolerance { get; set; } = 1e-5;

    public static IEnumerable<PyTorchCase> All(string op)
    {
        var (tensors, settings) = Safetensors.Read(Path.Combine(AppContext.BaseDirectory, "Fixtures", "ops", $"{op}.safetensors"));
        var count = int.Parse(settings["cases"]);
        Assert.True(count > 0);
        return Enumerable.Range(0, count).Select(number => new PyTorchCase(op, number, tensors, settings));
    }

    public string? Setting(string key) => settings.GetValueOrDefault(prefix + key);

    public int Whole(string key) => int.Parse(settings[prefix + key]);

    public Shape Shape(string tensor) => ImageOrder.ShapeOf(tensors[prefix + tensor].Shape);

    public bool Has(string tensor) => tensors.ContainsKey(prefix + tensor);

    /// <summary>A tensor's numbers in our order.</summary>
    public float[] Numbers(string tensor) => ImageOrder.ToChannelsLast(Shape(tensor), tensors[prefix + tensor].Floats);

    /// <summary>A parameter's numbers in the file's order.</summary>
    public float[] FileNumbers(string tensor) => tensors[prefix + tensor].Floats;

    /// <summary>Runs an op on the case's tensors, on both routes, and compares its output and every stored gradient.</summary>
    /// <param name="inputs">Stored tensors that the op reads; those with a stored gradient are differentiable.</param>
    /// <param name="call">The op.</param>
    /// <param name="parameters">Each parameter with the stored tensors of its numbers and, if not trained, of those afterwards.</param>
    /// <param name="variant">What the names of stored results begin with.</param>
    public void Check(
        string[] inputs, Func<Tensor[], Tensor> call, (string Name, string Stored, string? After)[] parameters, string variant = "")
    {
        var opCase = Case(inputs, call, variant);
        var numbers = new OpNumbers(
            [.. inputs.Select(Numbers)],
            [.. parameters.Select(parameter => parameter.Name)],
            [.. parameters.Select(parameter => parameter.After is null)],
            [.. parameters.Select(parameter => FileNumbers(parameter.Stored))],
            [Numbers("outputGradient")]);
        var expected = new Dictionary<string, float[]> { ["output"] = Numbers($"{variant}output") };
        foreach (var input in inputs.Where(input => Has($"{variant}{input}Gradient")))
        {
            expected[$"gradient of {input}"] = Numbers($"{variant}{input}Gradient");
        }

        foreach (var (parameter, stored, after) in parameters)
        {
            expected[after is null ? $"gradient of {parameter}" : $"new {parameter}"] = FileNumbers(after ?? $"{variant}{stored}Gradient");
        }

        foreach (var device in new[] { Hosts.TwoThreads, Hosts.Portable })
        {
            using var run = new OpRun(opCase, numbers, device);
            var results = run.Replay(0);
            Assert.Equal(expected.Keys.Order(), results.Select(result => result.Name).Order());
            foreach (var result in results)
            {
                Near($"{result.Name}, {device.Route}", expected[result.Name], result.Numbers);
            }
        }
    }

    /// <summary>Runs an op in an evaluation plan, on both routes.</summary>
    public void CheckEvaluation(
        string[] inputs, Func<Tensor[], Tensor> call, (string Name, string Stored, string? After)[] parameters, string variant = "")
    {
        var numbers = new OpNumbers(
            [.. inputs.Select(Numbers)], [.. parameters.Select(parameter => parameter.Name)], [],
            [.. parameters.Select(parameter => FileNumbers(parameter.Stored))], []);
        foreach (var device in new[] { Hosts.TwoThreads, Hosts.Portable })
        {
            var output = OpRun.Evaluate(Case(inputs, call, variant), numbers, device, new PlanOptions());
            Near($"evaluation, {device.Route}", Numbers($"{variant}output"), output);
        }
    }

    public void Near(string what, float[] expected, float[] actual) =>
        OpCheck.Near($"{name}, {what}", [.. expected.Select(number => (double)number)], actual, Tolerance, floor: 1e-6);

    private OpCase Case(string[] inputs, Func<Tensor[], Tensor> call, string variant) => new(
        name,
        [.. inputs.Select(input => new CaseInput(input, Shape(input), Has($"{variant}{input}Gradient")))],
        call,
        (_, _) => [.. Numbers($"{variant}output").Select(number => (double)number)]);
}
