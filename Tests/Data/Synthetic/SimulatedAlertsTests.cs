using System.Security.Cryptography;
using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

public class SimulatedAlertsTests
{
    private const int Centre = 31;
    private static readonly Lazy<List<Alert>> Many = new(() => [.. new SimulatedAlerts(new SimulationOptions { Count = 512, Seed = 5 })]);

    [Fact]
    public void TheSamePixelsAndFieldsComeFromTheSameSeedOnEveryMachine()
    {
        // Pixels and numbers, not the gzip: that may differ between releases of zlib.
        var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var alert in new SimulatedAlerts(new SimulationOptions { Count = 24, Seed = 7 }))
        {
            foreach (var plane in Planes(alert))
            {
                sum.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(plane.Pixels.AsSpan()));
            }

            sum.AppendData(BitConverter.GetBytes(alert.Candid));
            foreach (var value in alert.Candidate.Values)
            {
                sum.AppendData(System.Text.Encoding.UTF8.GetBytes(FormattableString.Invariant($"{value};")));
            }
        }

        Assert.Equal("3103F2D9D8C231141225751EA8485043", Convert.ToHexString(sum.GetHashAndReset())[..32]);
    }

    [Fact]
    public void AnotherSeedGivesOtherAlerts()
    {
        var first = new SimulatedAlerts(new SimulationOptions { Seed = 1 }).Make(3);
        var second = new SimulatedAlerts(new SimulationOptions { Seed = 2 }).Make(3);
        Assert.NotEqual(first.ObjectId, second.ObjectId);
        Assert.NotEqual(first.Science!.Packed, second.Science!.Packed);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(70)]
    [InlineData(150)]
    public void AnAlertDoesNotDependOnCountOrOrder(int index)
    {
        var alone = new SimulatedAlerts(new SimulationOptions { Count = 1, Seed = 5 }).Make(index);
        var among = Many.Value[index];
        Assert.Equal(among.Candid, alone.Candid);
        Assert.Equal(among.Candidate.Values, alone.Candidate.Values);
        Assert.Equal(among.Previous.Count, alone.Previous.Count);
        Assert.Equal(among.Science!.Packed, alone.Science!.Packed);
        Assert.Equal(among.Difference!.Packed, alone.Difference!.Packed);
    }

    [Fact]
    public void TheFluxInTheDifferenceIsTheQuotedOne()
    {
        var pulls = new List<double>();
        foreach (var alert in Many.Value.Where(alert => alert.Class is "SN" or "asteroid" && IsWhole(alert) && !HasNan(alert)))
        {
            var difference = Planes(alert)[2].Pixels;
            double sum = 0;
            for (var i = 0; i < difference.Length; i++)
            {
                var (dx, dy) = ((i % 63) - Centre, (i / 63) - Centre);
                sum += (dx * dx) + (dy * dy) <= 25 ? difference[i] - alert.Number("sky")!.Value : 0;
            }

            var flux = Math.Pow(10, 0.4 * (alert.Number("magzpsci")!.Value - alert.Number("magpsf")!.Value));
            var error = flux * alert.Number("sigmapsf")!.Value / 1.0857;
            // An open aperture of 81 pixels has about twice the noise of the fit; it holds .87 to .98 of the light.
            pulls.Add((sum - (0.93 * flux)) / Math.Sqrt((4 * error * error) + (0.05 * flux * 0.05 * flux)));
        }

        Assert.True(pulls.Count > 50);
        Assert.True(pulls.Count(pull => Math.Abs(pull) < 3) >= 0.97 * pulls.Count, $"{pulls.Count(pull => Math.Abs(pull) >= 3)} beyond 3");
        Assert.InRange(pulls.Average(), -0.3, 0.3);
    }

    [Fact]
    public void TheCentreIsBrightInTheDifferenceWhicheverSign()
    {
        // As in 2,443 of 2,443 real alerts: for isdiffpos f the public cut-out is template minus science (refmsci).
        foreach (var alert in Many.Value.Where(alert => alert.Class != "bogus" && IsWhole(alert)))
        {
            var planes = Planes(alert);
            Assert.True(CentreSum(planes[2].Pixels) > 0, $"{alert.Candid}");
            Assert.EndsWith(alert.IsPositive == true ? "scimref.fits.gz" : "refmsci.fits.gz", alert.Difference!.FileName);
        }

        var faded = Many.Value.Where(alert => alert.Class is "VS" or "AGN" && alert.IsPositive == false && IsWhole(alert)).ToList();
        Assert.True(faded.Count > 20);
        var darker = faded.Count(alert => CentreSum(Planes(alert)[0].Pixels) < CentreSum(Planes(alert)[1].Pixels));
        Assert.True(darker >= 0.85 * faded.Count, $"{darker} of {faded.Count} are darker than their template");
    }

    [Fact]
    public void ClassesFollowTheirShares()
    {
        var counts = Many.Value.CountBy(alert => alert.Class).ToDictionary();
        Assert.All(SimulatedClasses.Names, name => Assert.InRange(counts[name] / 512.0, 0.12, 0.28));

        var only = new SimulationOptions { Count = 64, Shares = [0, 0, 1, 0, 3] };
        Assert.All(new SimulatedAlerts(only), alert => Assert.Contains(alert.Class, new[] { "VS", "bogus" }));
    }

    [Fact]
    public void DamageFollowsItsShares()
    {
        var options = new SimulationOptions { Count = 256, NanShare = 0.6, NanCentreShare = 0.3, FloatMinimumShare = 0.2, EdgeShare = 0.2 };
        int nan = 0, centre = 0, minimum = 0, edge = 0;
        foreach (var alert in new SimulatedAlerts(options))
        {
            var planes = Planes(alert);
            var science = planes[0];
            Assert.Equal(science.Pixels.Count(float.IsNaN), planes[2].Pixels.Count(float.IsNaN));
            Assert.Contains(63, new[] { science.Width, science.Height });
            Assert.InRange(Math.Min(science.Width, science.Height), 42, 63);
            nan += science.Pixels.Any(float.IsNaN) ? 1 : 0;
            edge += IsWhole(alert) ? 0 : 1;
            minimum += planes[1].Pixels.Contains(float.MinValue) ? 1 : 0;
            if (IsWhole(alert))
            {
                var corner = ((Centre - 10) * 63) + Centre - 10;
                var inside = Enumerable.Range(0, 441).Any(i => float.IsNaN(science.Pixels[corner + (i / 21 * 63) + (i % 21)]));
                centre += inside ? 1 : 0;
            }
        }

        // A strip without data may lie on the part that the chip's edge cuts off, so the shares are a little below.
        Assert.InRange(nan / 256.0, 0.48, 0.7);
        Assert.InRange(centre / 256.0, 0.15, 0.33);
        Assert.InRange(minimum / 256.0, 0.12, 0.28);
        Assert.InRange(edge / 256.0, 0.12, 0.28);

        var clean = new SimulationOptions { Count = 128, NanShare = 0, NanCentreShare = 0, FloatMinimumShare = 0, EdgeShare = 0 };
        Assert.All(new SimulatedAlerts(clean), alert =>
            Assert.True(IsWhole(alert) && Planes(alert).All(plane => plane.Pixels.All(float.IsFinite))));
    }

    [Fact]
    public void AnObjectsAlertsAgreeWithEachOther()
    {
        Assert.Equal(512, Many.Value.Select(alert => alert.Candid).Distinct().Count());
        var objects = Many.Value.GroupBy(alert => alert.ObjectId).ToList();
        Assert.Contains(objects, alerts => alerts.Count() >= 4);
        foreach (var alerts in objects.Select(alerts => alerts.ToList()))
        {
            Assert.Single(alerts.Select(alert => alert.Class).Distinct());
            for (var i = 0; i < alerts.Count; i++)
            {
                var detections = alerts[i].Previous.Where(previous => previous["magpsf"] is not null).ToList();
                Assert.All(alerts[i].Previous, previous => Assert.True(previous.Number("jd") < alerts[i].Number("jd")));
                // Those of the 30 days before, as they were.
                var recent = alerts[..i].Where(earlier => alerts[i].Number("jd") - earlier.Number("jd") <= 30);
                Assert.Equal(
                    recent.Select(earlier => earlier.Number("magpsf")),
                    detections.Select(previous => previous.Number("magpsf")));
                Assert.Equal(alerts[0].Number("ndethist") + i, alerts[i].Number("ndethist"));
            }
        }
    }

    [Fact]
    public void EachAlertIsADetection()
    {
        Assert.All(Many.Value, alert => Assert.InRange(alert.Number("sigmapsf")!.Value, 0.01, 0.2172));
        Assert.All(Many.Value.Where(alert => alert.Class is "SN" or "asteroid"), alert => Assert.True(alert.IsPositive));
        Assert.True(Many.Value.Where(alert => alert.Class == "asteroid").Average(alert => alert.Number("ssdistnr") >= 0 ? 1 : 0) > 0.75);
    }

    [Fact]
    public void OptionsOutOfRangeAreNamed()
    {
        var error = Assert.Throws<BadInputException>(() => new SimulatedAlerts(new SimulationOptions { NanShare = 2 }));
        Assert.Contains("NaN", error.Message, StringComparison.Ordinal);
        Assert.Throws<BadInputException>(() => new SimulatedAlerts(new SimulationOptions { Shares = [1, 1] }));
        Assert.Throws<BadInputException>(() => new SimulatedAlerts(new SimulationOptions { AlertsPerFile = 100 }));
    }

    private static bool IsWhole(Alert alert)
    {
        var stamp = Planes(alert)[0];
        return stamp.Width == 63 && stamp.Height == 63;
    }

    private static bool HasNan(Alert alert) => Planes(alert)[0].Pixels.Any(float.IsNaN);

    private static double CentreSum(float[] pixels)
    {
        double sum = 0;
        for (var i = 0; i < 25; i++)
        {
            sum += pixels[((Centre - 2 + (i / 5)) * 63) + Centre - 2 + (i % 5)];
        }

        return sum;
    }

    private static Stamp[] Planes(Alert alert) => [Read(alert.Science!), Read(alert.Template!), Read(alert.Difference!)];

    private static Stamp Read(CutOut cut) => Fits.Read(Gzip.Unpack(cut.Packed, cut.FileName), cut.FileName);
}
