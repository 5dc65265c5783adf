using Estampa.Bench;
using Xunit;

namespace Estampa.Tests;

/// <summary>The cases of an op as rows of a theory, by name.</summary>
internal static class CaseRows
{
    /// <summary>Set in a child process that repeats the checks with narrow vectors: it takes every third case.</summary>
    public const string ThinnedVariable = "ESTAMPA_EVERY_THIRD_CASE";

    private static readonly int Step = Environment.GetEnvironmentVariable(ThinnedVariable) is null ? 1 : 3;

    public static TheoryData<string> Of(IEnumerable<OpCase> cases) =>
        [.. cases.Where(opCase => !opCase.Timed).Where((_, place) => place % Step == 0).Select(opCase => opCase.Name)];
}
