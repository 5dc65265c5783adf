using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>Layer normalisation over channels and over samples; rows below, at and above a vector and a group of threads.</summary>
internal static class LayerNormCases
{
    private const double Epsilon = 1e-5;

    public static IEnumerable<OpCase> All
    {
        get
        {
            foreach (var shape in new[]
            {
                new Shape(3, 5), new Shape(2, 16), new Shape(17, 33), new Shape(1, 130), new Shape(2, 3, 4, 5), new Shape(5, 2, 1, 17),
                new Shape(130, 1, 2, 3),
            })
            {
                yield return Make(shape, wholeSample: false);
                yield return Make(shape, wholeSample: true);
            }

            yield return Make(new Shape(256, 64), wholeSample: false) with { Timed = true };
            yield return Make(new Shape(256, 21, 21, 64), wholeSample: false) with { Timed = true };
            yield return Make(new Shape(256, 21, 21, 64), wholeSample: true) with { Timed = true };
        }
    }

    private static OpCase Make(Shape shape, bool wholeSample) => new(
        $"layer normalisation over {(wholeSample ? "samples" : "channels")} {shape}",
        [new CaseInput("input", shape) { Draw = normal => 0.4 + (1.5 * normal) }],
        inputs => wholeSample ? inputs[0].SampleLayerNorm("layer") : inputs[0].LayerNorm("layer"),
        (inputs, parameters) => Define(shape, wholeSample, inputs[0], parameters))
    {
        Tolerance = 2e-5,
    };

    private static double[] Define(Shape shape, bool wholeSample, double[] input, double[][] parameters)
    {
        var width = wholeSample ? shape.Sample : shape.Channels;
        return [.. input.Chunk(width).SelectMany(row =>
        {
            var mean = row.Average();
            var variance = row.Average(number => (number - mean) * (number - mean));
            return row.Select((number, place) =>
            {
                var file = wholeSample ? FilePlace(shape, place) : place;
                return ((number - mean) / Math.Sqrt(variance + Epsilon) * parameters[0][file]) + parameters[1][file];
            });
        })];
    }

    /// <summary>From (height, width, channels) to (channels, height, width).</summary>
    private static int FilePlace(Shape shape, int place) =>
        (place % shape.Channels * shape.Height * shape.Width) + (place / shape.Channels);
}
