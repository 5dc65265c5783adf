using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class WindowRunTests
{
    [Fact]
    public void RunsAreRowsWhoseWindowsHaveTheSameRowsOfTheKernelWithinTheImage()
    {
        var cases = 0;
        for (var inputs = 1; inputs <= 12; inputs++)
        {
            for (var kernel = 1; kernel <= 7; kernel++)
            {
                for (var stride = 1; stride <= 4; stride++)
                {
                    for (var padding = 0; padding <= 8; padding++)
                    {
                        if (inputs + (2 * padding) >= kernel)
                        {
                            Check(inputs, ((inputs + (2 * padding) - kernel) / stride) + 1, kernel, stride, padding);
                            cases++;
                        }
                    }
                }
            }
        }

        Assert.InRange(cases, 2000, 4000);
    }

    [Fact]
    public void AnImageHasAFirstAMiddleAndALastRun()
    {
        Assert.Equal(3, WindowRun.CountOf(inputs: 21, outputs: 21, kernel: 3, stride: 1, padding: 1));
        Assert.Equal(new WindowRun(0, 1, 1, 2), WindowRun.From(0, 21, 21, 3, 1, 1));
        Assert.Equal(new WindowRun(1, 19, 0, 3), WindowRun.From(1, 21, 21, 3, 1, 1));
        Assert.Equal(new WindowRun(20, 1, 0, 2), WindowRun.From(20, 21, 21, 3, 1, 1));
    }

    private static void Check(int inputs, int outputs, int kernel, int stride, int padding)
    {
        var windows = Enumerable.Range(0, outputs)
            .Select(row => string.Join(" ", Enumerable.Range(0, kernel)
                .Where(tap => (row * stride) - padding + tap >= 0 && (row * stride) - padding + tap < inputs))).ToArray();
        var what = $"{inputs} to {outputs}, kernel {kernel}, stride {stride}, padding {padding}";
        for (var first = 0; first < outputs; first++)
        {
            var run = WindowRun.From(first, inputs, outputs, kernel, stride, padding);
            var same = windows.Skip(first).TakeWhile(window => window == windows[first]).Count();
            var taps = string.Join(" ", Enumerable.Range(run.Tap, run.Taps));
            Assert.True(run.First == first && run.Count == same && taps == windows[first], $"{what}: {run}, {same} of '{windows[first]}'");
        }

        var runs = windows.Where((window, row) => row == 0 || window != windows[row - 1]).Count();
        Assert.True(runs == WindowRun.CountOf(inputs, outputs, kernel, stride, padding), $"{what}: {runs} runs");
    }
}
