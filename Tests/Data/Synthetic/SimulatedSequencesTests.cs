using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

public class SimulatedSequencesTests
{
    private const int Side = SequenceOptions.Side;
    private static readonly SequenceOptions Alone = new() { NeighbourDensity = 0, HostShare = 0, DamageShare = 0 };
    private static readonly Lazy<List<SimulatedSequence>> Many = new(() => [.. All(new SequenceOptions { Count = 350, Seed = 3 })]);

    [Fact]
    public void TheSamePixelsComeFromTheSameSeedOnEveryMachine()
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var sequence in All(new SequenceOptions { Count = 21, Seed = 7 }))
        {
            foreach (var frame in sequence.Frames)
            {
                sum.AppendData(MemoryMarshal.AsBytes(frame.AsSpan()));
            }

            sum.AppendData(MemoryMarshal.AsBytes(sequence.Magnitudes.AsSpan()));
        }

        Assert.Equal("A8BBB101753E2C81482B76F10806D571", Convert.ToHexString(sum.GetHashAndReset())[..32]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(69)]
    [InlineData(210)]
    public void ASequenceDependsOnSeedAndNumberAlone(int index)
    {
        var among = Many.Value[index];
        var alone = new SimulatedSequences(new SequenceOptions { Count = 1, Seed = 3 }).Make(index);
        Assert.Equal(among.Frames, alone.Frames);
        Assert.Equal(among.Days, alone.Days);
        var other = new SimulatedSequences(new SequenceOptions { Count = 1, Seed = 4 }).Make(index);
        Assert.NotEqual(among.Frames[0], other.Frames[0]);
    }

    [Fact]
    public void ASetHasARowAFrameAndItsSequencesByObject()
    {
        var options = new SequenceOptions { Count = 35, Seed = 3 };
        var one = Set(options with { Threads = 1 }, new StampSetOptions { Scaling = Scaling.None });
        var three = Set(options with { Threads = 3 }, new StampSetOptions { Scaling = Scaling.None });
        Assert.Equal(one.Pixels, three.Pixels);
        Assert.Equal(["science"], one.Channels);
        Assert.Equal((Side, Side), (one.Height, one.Width));

        var sequences = SequenceSet.ByObject(one);
        Assert.Equal(35, sequences.Count);
        for (var k = 0; k < 35; k++)
        {
            var truth = Many.Value[k];
            Assert.Equal(truth.ObjectId, sequences.ObjectId(k));
            Assert.Equal(SequenceClasses.Names[k % 7], sequences.Class(k));
            var rows = sequences.Sequences[k];
            Assert.Equal(truth.Frames.Length, rows.Length);
            for (var frame = 0; frame < rows.Length; frame++)
            {
                Assert.Equal(truth.Frames[frame], one.Sample(rows[frame]).ToArray());
                Assert.Equal((float)truth.Magnitudes[frame], one.Magnitudes[rows[frame]]);
                Assert.Equal(options.FirstDate + truth.Days[frame], one.JulianDates[rows[frame]]);
            }
        }
    }

    [Fact]
    public void ASetIsCroppedScaledAndLimitedAsAnyOther()
    {
        var options = new StampSetOptions { Crop = 15, Scaling = Scaling.MinMax, LimitSamples = 40 };
        var set = Set(new SequenceOptions { Count = 7, Seed = 3 }, options);
        Assert.Equal((40, 15), (set.Count, set.Height));
        Assert.Equal((0f, 1f), (set.Pixels.Min(), set.Pixels.Max()));
        var raw = Many.Value[0].Frames[0];
        Assert.Equal(raw[(10 * Side) + 10], (set.Pixels[(7 * 15) + 7] * set.Factors[0]) + set.Offsets[0], 1e-3f * raw.Max());
        Assert.Throws<BadInputException>(() => Set(new SequenceOptions(), new StampSetOptions { Crop = 22 }));
    }

    [Fact]
    public void AStarsCountsFollowTheZeroPoint()
    {
        var options = Alone with { Count = 60, Classes = [SequenceClass.NonVariable], Brightest = 17.5, Faintest = 19 };
        var ratios = new List<double>();
        foreach (var sequence in All(options))
        {
            for (var frame = 0; frame < sequence.Frames.Length; frame++)
            {
                var expected = Math.Pow(10, 0.4 * (options.ZeroPoint - sequence.Magnitudes[frame] - sequence.Extinctions[frame]));
                if (sequence.Seeing[frame] < 4)
                {
                    ratios.Add(sequence.Frames[frame].Sum(pixel => pixel - sequence.Sky[frame]) / expected);
                }
            }
        }

        // What lies outside the stamp: a profile of b = 3 to 4.5 has .2 to 3 % of its light beyond 10 pixels.
        Assert.True(ratios.Count > 500);
        Assert.InRange(ratios.Average(), 0.97, 1);
        Assert.True(ratios.Count(ratio => ratio is > 0.93 and < 1.03) > 0.98 * ratios.Count);
    }

    [Theory]
    [InlineData(4.104, 6.119)]
    [InlineData(1, 30)]
    public void TheNoiseIsThatOfElectronsAndReadOut(double gain, double readNoise)
    {
        var options = Alone with { Count = 40, Classes = [SequenceClass.Asteroid], Gain = gain, ReadNoise = readNoise };
        double ratio = 0;
        var count = 0;
        foreach (var sequence in All(options))
        {
            for (var frame = 0; frame < sequence.Frames.Length; frame++)
            {
                if (double.IsNaN(sequence.Magnitudes[frame]))
                {
                    var sky = sequence.Sky[frame];
                    var variance = (sky / gain) + (readNoise * readNoise / (gain * gain));
                    ratio += sequence.Frames[frame].Sum(pixel => (pixel - sky) * (pixel - sky)) / variance;
                    count += Side * Side;
                }
            }
        }

        Assert.Equal(1, ratio / count, 5 * Math.Sqrt(2.0 / count));
    }

    [Fact]
    public void NothingIsAboveSaturation()
    {
        var options = new SequenceOptions { Count = 30, Classes = [SequenceClass.NonVariable], Brightest = 14, Faintest = 15 };
        var frames = All(options).SelectMany(sequence => sequence.Frames).ToList();
        Assert.All(frames, frame => Assert.True(frame.Max() <= 40_469));
        Assert.Contains(frames, frame => frame.Count(pixel => pixel == 40_469) > 5);
    }

    [Fact]
    public void PulsatingStarsRepeatWithTheirPeriodAndAmplitude()
    {
        var random = new RandomStream(5);
        for (var i = 0; i < 200; i++)
        {
            var curve = i % 2 == 0 ? SequenceLightCurve.RRLyrae(18, random) : SequenceLightCurve.Cepheid(18, random);
            Assert.InRange(curve.Period, i % 2 == 0 ? 0.2 : 1.5, i % 2 == 0 ? 0.95 : 60.1);
            var values = Enumerable.Range(0, 2000).Select(step => curve.Magnitude(curve.Period * step / 2000)).ToList();
            Assert.Equal(curve.Amplitude, values.Max() - values.Min(), 0.02);
            Assert.Equal(18, values.Average(), 0.01);
            Assert.Equal(curve.Magnitude(1.234), curve.Magnitude(1.234 + (3 * curve.Period)), 1e-6);
            // Brightening takes less time than fading.
            Assert.InRange(values.Zip(values.Skip(1)).Count(pair => pair.Second < pair.First), 100, 1010);
        }
    }

    [Fact]
    public void EclipsesHaveTheirDepthAndFillAPartOfThePeriod()
    {
        var random = new RandomStream(6);
        var flat = 0;
        for (var i = 0; i < 200; i++)
        {
            var curve = SequenceLightCurve.Eclipsing(18, random);
            var values = Enumerable.Range(0, 2000).Select(step => curve.Magnitude(curve.Period * step / 2000)).ToList();
            Assert.Equal(18, values.Min(), 0.02);
            Assert.Equal(18 + curve.Amplitude, values.Max(), 0.02);
            Assert.Equal(curve.Magnitude(1.234), curve.Magnitude(1.234 + (3 * curve.Period)), 1e-6);
            flat += values.Count(value => value < 18.05) > 1000 ? 1 : 0;
        }

        Assert.InRange(flat, 30, 120);
    }

    [Fact]
    public void ASupernovaRisesOnceAndFalls()
    {
        var random = new RandomStream(7);
        for (var i = 0; i < 200; i++)
        {
            var curve = SequenceLightCurve.Supernova(21, -10, 10, random);
            Assert.Equal(double.PositiveInfinity, curve.Magnitude(curve.Start - 0.01));
            Assert.Equal(21, curve.Magnitude(curve.Peak), 1e-6);
            var days = Enumerable.Range(1, 400).Select(step => curve.Start + (step * 0.1)).ToList();
            foreach (var (before, after) in days.Zip(days.Skip(1)))
            {
                var change = curve.Magnitude(after) - curve.Magnitude(before);
                Assert.True(after <= curve.Peak ? change <= 1e-9 : before < curve.Peak || change > 0);
            }
        }
    }

    [Fact]
    public void EachClassIsWhatItSays()
    {
        foreach (var sequence in Many.Value)
        {
            var seen = sequence.Magnitudes.Count(double.IsFinite);
            Assert.InRange(sequence.Frames.Length, 20, 30);
            Assert.True(sequence.Days.Zip(sequence.Days.Skip(1)).All(pair => pair.First < pair.Second));
            Assert.All(sequence.Places, place => Assert.True(Math.Abs(place.X - 10) <= 0.5 && Math.Abs(place.Y - 10) <= 0.5));
            switch (sequence.Class)
            {
                case SequenceClass.Asteroid:
                    Assert.InRange(seen, 1, 2);
                    break;
                case SequenceClass.Galaxy:
                    Assert.Equal(0, seen);
                    Assert.True(double.IsFinite(sequence.HostMagnitude));
                    break;
                case SequenceClass.NonVariable:
                    Assert.Single(sequence.Magnitudes.Distinct());
                    break;
                case SequenceClass.Supernova:
                    Assert.True(seen >= 2);
                    break;
                default:
                    Assert.True(sequence.Magnitudes.Max() - sequence.Magnitudes.Min() > 0.1);
                    break;
            }
        }

        var supernovae = Many.Value.Where(sequence => sequence.Class == SequenceClass.Supernova);
        var hosts = supernovae.Count(sequence => double.IsFinite(sequence.HostMagnitude));
        Assert.InRange(hosts, 13, 37);
    }

    [Fact]
    public void WrongOptionsAreRefusedByName()
    {
        var good = new SequenceOptions();
        Assert.Contains("gain", Refused(good with { Gain = 0 }), StringComparison.Ordinal);
        Assert.Contains("count", Refused(good with { Count = 0 }), StringComparison.Ordinal);
        Assert.Contains("visits", Refused(good with { Cadence = [.. good.Cadence.Reverse()] }), StringComparison.Ordinal);
        Assert.Contains("class", Refused(good with { Classes = [] }), StringComparison.Ordinal);

        static string Refused(SequenceOptions options) => Assert.Throws<BadInputException>(() => new SimulatedSequences(options)).Message;
    }

    [Fact]
    public void ASequenceTakesMilliseconds()
    {
        _ = Many.Value;
        var watch = Stopwatch.StartNew();
        _ = All(new SequenceOptions { Count = 140, Seed = 9 }).Count();
        // About 2 ms each on one thread; the bound is for busy machines.
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 5);
    }

    private static StampSet Set(SequenceOptions options, StampSetOptions set) =>
        new SimulatedSequences(options).ToSet(set, TestContext.Current.CancellationToken);

    private static IEnumerable<SimulatedSequence> All(SequenceOptions options)
    {
        var sequences = new SimulatedSequences(options);
        return Enumerable.Range(0, options.Count).Select(index => sequences.Make(index));
    }
}
