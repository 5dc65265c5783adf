using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>Batch normalisation with each activation behind it; pixels below, at and above one chunk of 256.</summary>
internal static class BatchNormCases
{
    private const double Epsilon = 1e-5;

    public static IEnumerable<OpCase> All
    {
        get
        {
            foreach (var shape in new[]
            {
                new Shape(2, 3, 4, 5), new Shape(5, 2, 1, 16), new Shape(17, 3), new Shape(3, 1), new Shape(2, 5, 3, 17),
                new Shape(1, 3, 3, 64), new Shape(2, 3, 3, 65), new Shape(1, 16, 16, 3), new Shape(1, 257, 1, 4), new Shape(3, 15, 14, 5),
            })
            {
                yield return Make<Identity>(shape);
                yield return Make<Relu>(shape);
            }

            yield return Make<LeakyRelu>(new Shape(2, 5, 3, 17));
            yield return Make<Sigmoid>(new Shape(2, 5, 3, 17));
            yield return Make<Tanh>(new Shape(2, 5, 3, 17));
            yield return Make<Silu>(new Shape(2, 5, 3, 17));
            foreach (var side in new[] { 21, 11, 6 })
            {
                yield return Make<Relu>(new Shape(256, side, side, 64)) with { Timed = true };
            }
        }
    }

    private static OpCase Make<TActivation>(Shape shape)
        where TActivation : struct, IActivation => new(
            $"batch normalisation {TActivation.Name} {shape}",
            [new CaseInput("images", shape) { Draw = normal => 0.4 + (1.5 * normal) }],
            inputs => inputs[0].BatchNorm<TActivation>("layer", (float)Epsilon),
            (inputs, parameters) => Define<TActivation>(shape, inputs[0], parameters, training: true))
        {
            Evaluation = (inputs, parameters) => Define<TActivation>(shape, inputs[0], parameters, training: false),
            Tolerance = 2e-5,
        };

    private static double[] Define<TActivation>(Shape shape, double[] input, double[][] parameters, bool training)
        where TActivation : struct, IActivation
    {
        var output = new double[input.Length];
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            var numbers = Enumerable.Range(0, shape.Pixels).Select(pixel => input[(pixel * shape.Channels) + channel]).ToArray();
            var mean = training ? numbers.Average() : parameters[2][channel];
            var variance = training ? numbers.Average(number => (number - mean) * (number - mean)) : parameters[3][channel];
            for (var pixel = 0; pixel < numbers.Length; pixel++)
            {
                var normal = (numbers[pixel] - mean) / Math.Sqrt(variance + Epsilon);
                output[(pixel * shape.Channels) + channel] =
                    ActivationCases.Apply<TActivation>((normal * parameters[0][channel]) + parameters[1][channel]);
            }
        }

        return output;
    }
}
