using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

/// <summary>Everything an op must hold, in one call.</summary>
internal static class OpCheck
{
    /// <summary>Half the distance of the central difference of the definition, which is computed in double.</summary>
    private const double Step = 1e-5;

    private const int Directions = 2;

    /// <summary>
    /// Value and gradients against the definition, on every route; repeated, packed, poisoned and with other numbers of threads to the
    /// bit; with the op twice over the same inputs and parameters; and in evaluation.
    /// </summary>
    public static void All(OpCase opCase)
    {
        var numbers = OpNumbers.Draw(opCase);
        using var run = new OpRun(opCase, numbers, Hosts.TwoThreads);
        var results = run.Replay(0);
        CheckDefinition(opCase, numbers, results);
        SameBits(opCase, "a second replay", results, run.Replay(0));
        SameBits(opCase, "one thread", results, Once(opCase, numbers, Hosts.OneThread));
        SameBits(opCase, "three threads", results, Once(opCase, numbers, Hosts.ThreeThreads));
        SameBits(opCase, "unpacked memory", results, Once(opCase, numbers, Hosts.TwoThreads, new PlanOptions(Packed: false)));
        foreach (var poison in new[] { Poisoning.NotANumber, Poisoning.Huge })
        {
            using var poisoned = Poisoning.Working(poison);
            var options = new PlanOptions(Poisoned: true, Poison: poison);
            SameBits(opCase, $"memory poisoned by {poison:x}", results, Once(opCase, numbers, Hosts.TwoThreads, options));
        }

        Near(opCase, "one launch after the other", results, Once(opCase, numbers, Hosts.TwoThreads, new PlanOptions(Chained: false)));

        using var portable = new OpRun(opCase, numbers, Hosts.Portable, options: new PlanOptions(Poisoned: true));
        var portableResults = portable.Replay(0);
        Near(opCase, "host against portable", portableResults, results);
        SameBits(opCase, "a second portable replay", portableResults, portable.Replay(0));

        var other = run.Replay(1);
        CheckFanOut(opCase, numbers, Hosts.TwoThreads, results, other);
        CheckFanOut(opCase, numbers, Hosts.Portable, results, other);
        CheckEvaluation(opCase, numbers);
    }

    /// <summary>
    /// On one more device: value and gradients against the definition and the processor's portable route, two replays to the bit, packed
    /// and unpacked memory, the op twice over the same inputs, and evaluation.
    /// </summary>
    public static void On(OpCase opCase, Device device, Precision precision = Precision.Float32)
    {
        opCase = Loosened(opCase, precision);
        var numbers = OpNumbers.Draw(opCase);
        using var run = new OpRun(opCase, numbers, device, options: new PlanOptions(Poisoned: true));
        var results = CheckTwice(opCase, numbers, device, run);
        SameBits(opCase, $"unpacked memory on {device.Name}", results, Once(opCase, numbers, device, new PlanOptions(Packed: false)));
        CheckFanOut(opCase, numbers, device, results, run.Replay(1));
        var expected = opCase.Evaluation([.. numbers.Inputs.Select(Doubles)], [.. numbers.Values.Select(Doubles)]);
        Near(opCase, $"evaluation on {device.Name}", expected, OpRun.Evaluate(opCase, numbers, device, new PlanOptions(Poisoned: true)));
    }

    /// <summary>The first part of <see cref="On"/> alone, for slow devices: two replays.</summary>
    public static void Twice(OpCase opCase, Device device)
    {
        var numbers = OpNumbers.Draw(opCase);
        using var run = new OpRun(opCase, numbers, device, options: new PlanOptions(Poisoned: true));
        CheckTwice(opCase, numbers, device, run);
    }

    /// <summary>Fails where a number is further from what was expected than the case allows.</summary>
    public static void Near(OpCase opCase, string what, IReadOnlyList<double> expected, float[] actual) =>
        Near($"{opCase}, {what}", expected, actual, opCase.Tolerance, opCase.Floor);

    public static void Near(string what, IReadOnlyList<double> expected, float[] actual, double tolerance, double floor)
    {
        Assert.True(expected.Count == actual.Length, $"{what}: {expected.Count} numbers expected, got {actual.Length}");
        var size = Math.Sqrt(expected.Average(number => number * number));
        for (var element = 0; element < actual.Length; element++)
        {
            var allowed = (tolerance * (Math.Abs(expected[element]) + size)) + floor;
            Assert.True(
                Math.Abs(actual[element] - expected[element]) <= allowed,
                $"{what}: element {element} of {actual.Length} is {actual[element]}, expected {expected[element]} within {allowed:g2}");
        }
    }

    /// <summary>On a slow device: value and gradients against the definition, from poisoned memory, twice to the bit.</summary>
    public static void Briefly(OpCase opCase, Device device)
    {
        var numbers = OpNumbers.Draw(opCase);
        using var run = new OpRun(opCase, numbers, device, options: new PlanOptions(Poisoned: true));
        var results = run.Replay(0);
        CheckDefinition(opCase, numbers, results);
        SameBits(opCase, $"a second replay on {device.Name}", results, run.Replay(0));
    }

    /// <summary>Allows for inputs rounded to 11 or 8 bits of mantissa (the leading one counted), whose errors add up in a sum.</summary>
    private static OpCase Loosened(OpCase opCase, Precision precision) => precision == Precision.Float32 ? opCase : opCase with
    {
        Tolerance = Math.Max(opCase.Tolerance, precision == Precision.TensorFloat32 ? 4e-3 : 3e-2),
        Floor = Math.Max(opCase.Floor, precision == Precision.TensorFloat32 ? 1e-4 : 1e-3),
    };

    private static Result[] Once(OpCase opCase, OpNumbers numbers, Device device, PlanOptions? options = null)
    {
        using var run = new OpRun(opCase, numbers, device, options: options);
        return run.Replay(0);
    }

    private static Result[] CheckTwice(OpCase opCase, OpNumbers numbers, Device device, OpRun run)
    {
        var results = run.Replay(0);
        CheckDefinition(opCase, numbers, results);
        Near(opCase, $"{device.Name} against the processor", Once(opCase, numbers, Hosts.Portable), results);
        SameBits(opCase, $"a second replay on {device.Name}", results, run.Replay(0));
        return results;
    }

    private static void CheckDefinition(OpCase opCase, OpNumbers numbers, Result[] results)
    {
        var inputs = numbers.Inputs.Select(Doubles).ToArray();
        var parameters = numbers.Values.Select(Doubles).ToArray();
        Near(opCase, "the output", opCase.Training(inputs, parameters), results[0].Numbers);

        double Loss() => opCase.Training(inputs, parameters).Zip(numbers.Weightings[0], (value, weight) => value * weight).Sum();
        var random = new Random(5);
        foreach (var (place, gradient) in Places(opCase, numbers, inputs, parameters, results))
        {
            for (var direction = 0; direction < Directions; direction++)
            {
                var steps = place.Select(_ => OpNumbers.Normal(random)).ToArray();
                var start = place.ToArray();
                Move(place, start, steps, Step);
                var above = Loss();
                Move(place, start, steps, -Step);
                var below = Loss();
                start.CopyTo(place, 0);
                CheckDirection(opCase, gradient, steps, (above - below) / (2 * Step));
            }
        }
    }

    /// <summary>The derivative in a direction is the gradient's product with it; rounding grows with the terms, not the sum.</summary>
    private static void CheckDirection(OpCase opCase, Result gradient, double[] steps, double expected)
    {
        var terms = gradient.Numbers.Zip(steps, (slope, step) => slope * step).ToArray();
        var size = Math.Sqrt(terms.Sum(term => term * term));
        var allowed = (opCase.Tolerance * size) + (1e-7 * Math.Abs(expected)) + (opCase.Floor * Math.Sqrt(terms.Length));
        Assert.True(
            Math.Abs(terms.Sum() - expected) <= allowed,
            $"{opCase}, {gradient.Name}: {terms.Sum()} in a random direction, the definition gives {expected} within {allowed:g2}");
    }

    /// <summary>Each input and parameter that has a gradient, with it.</summary>
    private static IEnumerable<(double[] Place, Result Gradient)> Places(
        OpCase opCase, OpNumbers numbers, double[][] inputs, double[][] parameters, Result[] results)
    {
        var result = 1;
        for (var input = 0; input < inputs.Length; input++)
        {
            if (opCase.Inputs[input].Differentiable)
            {
                yield return (inputs[input], results[result++]);
            }
        }

        for (var parameter = 0; parameter < parameters.Length; parameter++, result++)
        {
            if (numbers.Trained[parameter])
            {
                yield return (parameters[parameter], results[result]);
            }
        }
    }

    private static void Move(double[] place, double[] start, double[] steps, double distance)
    {
        for (var element = 0; element < place.Length; element++)
        {
            place[element] = start[element] + (distance * steps[element]);
        }
    }

    /// <summary>Two copies of the op over the same inputs and parameters: their gradients add up.</summary>
    private static void CheckFanOut(OpCase opCase, OpNumbers numbers, Device device, Result[] first, Result[] second)
    {
        using var run = new OpRun(opCase, numbers, device, copies: 2, new PlanOptions(Poisoned: true));
        foreach (var (actual, (one, two)) in run.Replay(0, 1).Zip(first.Zip(second)))
        {
            if (actual.Name.StartsWith("gradient", StringComparison.Ordinal))
            {
                var sum = one.Numbers.Zip(two.Numbers, (a, b) => (double)a + b).ToArray();
                var where = (device as HostDevice)?.Route.ToString() ?? device.Name;
                Near(opCase, $"{actual.Name} of two copies, {where}", sum, actual.Numbers);
            }
        }
    }

    private static void CheckEvaluation(OpCase opCase, OpNumbers numbers)
    {
        var expected = opCase.Evaluation([.. numbers.Inputs.Select(Doubles)], [.. numbers.Values.Select(Doubles)]);
        var packed = OpRun.Evaluate(opCase, numbers, Hosts.TwoThreads, new PlanOptions(Poisoned: true));
        Near(opCase, "evaluation", expected, packed);
        var portable = OpRun.Evaluate(opCase, numbers, Hosts.Portable, new PlanOptions(Packed: false));
        Near(opCase, "evaluation, portable", expected, portable);
    }

    private static void Near(OpCase opCase, string what, Result[] expected, Result[] actual)
    {
        for (var result = 0; result < expected.Length; result++)
        {
            Near(opCase, $"{what}, {expected[result].Name}", Doubles(expected[result].Numbers), actual[result].Numbers);
        }
    }

    private static void SameBits(OpCase opCase, string what, Result[] expected, Result[] actual)
    {
        for (var result = 0; result < expected.Length; result++)
        {
            Assert.True(
                Bits(expected[result].Numbers).SequenceEqual(Bits(actual[result].Numbers)),
                $"{opCase}, {expected[result].Name}: {what} gives other bits");
        }
    }

    private static IEnumerable<int> Bits(float[] numbers) => numbers.Select(BitConverter.SingleToInt32Bits);

    private static double[] Doubles(float[] numbers) => [.. numbers.Select(number => (double)number)];
}
