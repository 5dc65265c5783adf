using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>Activations on every element.</summary>
internal static class ActivationCases
{
    public static IEnumerable<OpCase> All
    {
        get
        {
            foreach (var shape in new[] { new Shape(1, 1), new Shape(2, 5, 3, 17), new Shape(5, 33) })
            {
                yield return Make<Identity>(shape);
                yield return Make<Relu>(shape);
                yield return Make<LeakyRelu>(shape);
                yield return Make<Sigmoid>(shape);
                yield return Make<Tanh>(shape);
                yield return Make<Silu>(shape);
            }

            // More elements than one thread takes at a time.
            yield return Make<Silu>(new Shape(3, 16, 16, 64));
            yield return Make<Relu>(new Shape(256, 21, 21, 64)) with { Timed = true };
        }
    }

    /// <summary>The activation's definition.</summary>
    public static double Apply<TActivation>(double input)
        where TActivation : struct, IActivation => TActivation.Name switch
        {
            "identity" => input,
            "relu" => Math.Max(input, 0),
            "leaky-relu" => input > 0 ? input : 0.01 * input,
            "sigmoid" => 1 / (1 + Math.Exp(-input)),
            "tanh" => Math.Tanh(input),
            "silu" => input / (1 + Math.Exp(-input)),
            _ => throw new ArgumentException($"no definition of '{TActivation.Name}'"),
        };

    private static OpCase Make<TActivation>(Shape shape)
        where TActivation : struct, IActivation => new(
            $"{TActivation.Name} {shape}",
            [new CaseInput("numbers", shape) { Draw = normal => 2 * normal }],
            inputs => inputs[0].Activate<TActivation>(),
            (inputs, _) => [.. inputs[0].Select(Apply<TActivation>)]);
}
