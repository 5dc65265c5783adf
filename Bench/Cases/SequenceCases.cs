using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>What turns vectors into sequences and back: repetitions, single steps and masks.</summary>
internal static class SequenceCases
{
    private static readonly Shape[] Shapes =
    [
        new(1, 1, 1, 1), new(2, 3, 1, 5), new(5, 2, 1, 17), new(3, 4, 2, 3), new(1, 7, 1, 64), new(67, 3, 1, 2),
    ];

    private static readonly Shape OfModels = new(256, 22, 1, 128);

    public static IEnumerable<OpCase> Repeats =>
    [
        .. Shapes.Select(Repeat), RepeatTwice(new Shape(3, 4, 1, 5)), Repeat(OfModels) with { Timed = true },
    ];

    public static IEnumerable<OpCase> Steps =>
    [
        .. Shapes.SelectMany(shape => new[] { Step(shape, 0), Step(shape, ^1) }),
        Step(new Shape(3, 5, 1, 4), 2), StepTwice(new Shape(3, 4, 1, 5)), Step(OfModels, ^1) with { Timed = true },
    ];

    public static IEnumerable<OpCase> Masks => [.. Shapes.Select(Mask), Mask(OfModels) with { Timed = true }];

    /// <param name="output">The sequences.</param>
    private static OpCase Repeat(Shape output) => new(
        $"repeat to {output}",
        [new CaseInput("vectors", output with { Height = 1 })],
        inputs => inputs[0].Repeat(output.Height),
        (inputs, _) => DefineRepeat(output, inputs[0]));

    /// <summary>What one repetition shows between two activations, as in a chain that makes it again.</summary>
    private static OpCase RepeatTwice(Shape output) => new(
        $"repeat to {output} between activations",
        [new CaseInput("vectors", output with { Height = 1 })],
        inputs => inputs[0].Activate<Tanh>().Repeat(output.Height).Activate<Tanh>(),
        (inputs, _) => [.. DefineRepeat(output, [.. inputs[0].Select(Math.Tanh)]).Select(Math.Tanh)]);

    private static OpCase Step(Shape shape, Index index) => new(
        $"step {index} of {shape}",
        [new CaseInput("sequences", shape)],
        inputs => inputs[0].Step(index),
        (inputs, _) => DefineStep(shape, index, inputs[0]));

    /// <summary>Two steps of one sequence: the second's gradient adds to the first's.</summary>
    private static OpCase StepTwice(Shape shape) => new(
        $"two steps of {shape} side by side",
        [new CaseInput("sequences", shape)],
        inputs => inputs[0].Step(1).Concatenate(inputs[0].Step(^1)),
        (inputs, _) => [.. DefineStep(shape, 1, inputs[0]).Chunk(shape.Channels)
            .Zip(DefineStep(shape, ^1, inputs[0]).Chunk(shape.Channels), (one, other) => one.Concat(other)).SelectMany(row => row)]);

    /// <summary>Lengths from 0 to more than there are steps, and some between two whole numbers.</summary>
    private static OpCase Mask(Shape shape) => new(
        $"mask {shape}",
        [
            new CaseInput("sequences", shape),
            new CaseInput("lengths", new Shape(shape.Batch, 1), Differentiable: false)
            {
                Draw = normal => Math.Max(Math.Round((normal + 1) * shape.Height) / 2, 0),
            },
        ],
        inputs => inputs[0].Mask(inputs[1]),
        (inputs, _) => DefineMask(shape, inputs[0], inputs[1]));

    private static double[] DefineRepeat(Shape output, double[] input) => [.. input.Chunk(output.Sample / output.Height)
        .SelectMany(vector => Enumerable.Range(0, output.Height).SelectMany(_ => vector))];

    private static double[] DefineStep(Shape shape, Index index, double[] input) => [.. input.Chunk(shape.Sample)
        .SelectMany(sequence => sequence.Chunk(shape.Width * shape.Channels).ToArray()[index])];

    private static double[] DefineMask(Shape shape, double[] input, double[] lengths) => [.. input.Select((number, element) =>
        element / (shape.Width * shape.Channels) % shape.Height < lengths[element / shape.Sample] ? number : 0)];
}
