using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>Images and rows side by side, with and without gradients.</summary>
internal static class ConcatenateCases
{
    public static IEnumerable<OpCase> All
    {
        get
        {
            yield return Make(new Shape(2, 3, 5, 1), [1, 2]);
            yield return Make(new Shape(5, 1, 1, 1), [17, 3, 64]);
            yield return Make(new Shape(1, 1, 1, 1), [1, 1]);
            yield return Make(new Shape(17, 2, 1, 1), [5, 65, 1, 4]);
            yield return Make(new Shape(3, 4, 4, 1), [16, 5, 7], constant: 1);
            yield return Twice(new Shape(3, 2, 2, 5));

            // What the stamp classifiers make: features of images beside those of the alert.
            yield return Make(new Shape(256, 1, 1, 1), [64, 23], constant: 1) with { Timed = true };
            yield return Make(new Shape(256, 21, 21, 1), [32, 64]) with { Timed = true };
        }
    }

    /// <param name="shape">What the tensors have in common.</param>
    /// <param name="channels">Each tensor's channels.</param>
    /// <param name="constant">The tensor that needs no gradient, if any.</param>
    private static OpCase Make(Shape shape, int[] channels, int constant = -1) => new(
        $"concatenate {shape.Batch}x{shape.Height}x{shape.Width}x({string.Join('+', channels)})",
        [.. channels.Select((count, place) => new CaseInput($"part {place}", shape with { Channels = count }, place != constant))],
        inputs => inputs[0].Concatenate(inputs[1..]),
        (inputs, _) => Define(shape.Pixels, inputs));

    private static OpCase Twice(Shape shape) => new(
        $"concatenate {shape} with itself",
        [new CaseInput("images", shape)],
        inputs => inputs[0].Concatenate(inputs[0]),
        (inputs, _) => Define(shape.Pixels, [inputs[0], inputs[0]]));

    private static double[] Define(int pixels, double[][] inputs) => [.. Enumerable.Range(0, pixels).SelectMany(pixel => inputs
        .SelectMany(input => input.Skip(pixel * (input.Length / pixels)).Take(input.Length / pixels)))];
}
