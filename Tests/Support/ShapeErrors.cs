using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

/// <summary>What a refused call must say.</summary>
internal static class ShapeErrors
{
    /// <summary>The call throws a shape error whose one line holds each of the texts.</summary>
    public static void Names(Func<Tensor> call, params string[] texts)
    {
        var error = Assert.Throws<ShapeException>(() => call());
        Assert.DoesNotContain('\n', error.Message);
        Assert.All(texts, text => Assert.Contains(text, error.Message, StringComparison.Ordinal));
    }
}
