using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class LayoutTests
{
    [Fact]
    public void ConvolutionIsKernelInOutHereAndOutInKernelInFiles()
    {
        const int input = 3, output = 4, kernel = 2;
        var places = Layout.Conv(input, output, kernel).FilePlaces();
        var element = 0;
        for (var i = 0; i < kernel; i++)
        {
            for (var j = 0; j < kernel; j++)
            {
                for (var c = 0; c < input; c++)
                {
                    for (var o = 0; o < output; o++)
                    {
                        Assert.Equal((((((o * input) + c) * kernel) + i) * kernel) + j, places[element++]);
                    }
                }
            }
        }

        Assert.Equal(places.Length, element);
    }

    [Fact]
    public void LinearIsInOutHereAndOutInInFilesWithImagesChannelsFirst()
    {
        Shape input = new(9, 2, 3, 4), output = new(9, 3, 1, 2);
        var places = Layout.Linear(input, output).FilePlaces();
        for (var element = 0; element < places.Length; element++)
        {
            int i = element / output.Sample, o = element % output.Sample;
            Assert.Equal((InFile(output, o) * input.Sample) + InFile(input, i), places[element]);
        }

        Assert.Equal(
            Enumerable.Range(0, output.Sample).Select(element => InFile(output, element)),
            Layout.Bias(output).FilePlaces());
    }

    [Fact]
    public void EveryPlaceInTheFileComesOnce()
    {
        Layout[] layouts = [Layout.Plain(7), Layout.Conv(5, 1, 3), Layout.Linear(new(1, 2, 2, 3), new(1, 4)), Layout.Bias(new(1, 3, 2, 5))];
        foreach (var layout in layouts)
        {
            Assert.Equal(Enumerable.Range(0, layout.Count), layout.FilePlaces().Order());
            Assert.Equal(layout.Count, layout.FileShape.Aggregate(1, (product, axis) => product * axis));
        }
    }

    [Fact]
    public void IsTheSameWhereTheOrderIsTheSame()
    {
        Assert.True(Layout.Bias(new Shape(1, 5)).IsSameAs(Layout.Plain(5)));
        Shape image = new(1, 2, 2, 3), output = new(1, 4);
        Assert.True(Layout.Linear(image, output).IsSameAs(Layout.Linear(image, output)));
        Assert.False(Layout.Linear(image, output).IsSameAs(Layout.Linear(new Shape(1, 12), output)));
        Assert.False(Layout.Plain(5).IsSameAs(Layout.Plain(6)));
    }

    private static int InFile(Shape shape, int element) =>
        (element % shape.Channels * shape.Height * shape.Width) + (element / shape.Channels);

    [Fact]
    public void RefusesWhatIsNoLayout()
    {
        foreach (var layout in new Layout[]
        {
            new([2, 3], [2, 3], [0, 2]), new([2, 3], [2, 3], [1, 1]), new([2, 3], [2, 3], [0]), new([2, 3], [2, 4], [0, 1]),
            new([-2, -3], [-2, -3], [0, 1]), new([6], [3], [0]), new([0], [0], [0]),
            new([1], [65536, 65536], [0, 1]),
        })
        {
            var error = Assert.Throws<ShapeException>(() => new Graph().Parameter("one", layout, Initial.Constant(0)));
            Assert.Contains("'one'", error.Message, StringComparison.Ordinal);
        }
    }
}
