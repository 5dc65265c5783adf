using Xunit;

namespace Estampa.Tests;

/// <summary>The rules of the house over every source file, and for each rule a text that breaks it.</summary>
public class SourceTests
{
    [Fact]
    public void FilesAndLinesAreShort()
    {
        Nothing(Repository.Sources().SelectMany(path => SourceRules.Size(path, Repository.Lines(path))));
        Assert.Single(SourceRules.Size("Long.cs", [.. Enumerable.Repeat("", 401)]));
        Assert.Empty(SourceRules.Size("Long.cs", [.. Enumerable.Repeat("", 400)]));
        string[] lines = ["", new string('x', 141), new string('x', 140)];
        Assert.Equal(["Wide.cs:2 has 141 columns, over 140"], SourceRules.Size("Wide.cs", lines));
    }

    [Fact]
    public void FilesAreNamedForWhatIsInThem()
    {
        Nothing(Repository.Sources().SelectMany(SourceRules.Name));
        string[] bad =
        [
            "Helpers", "ConvHelpers", "Utils", "Misc", "CommonOps", "Missing", "Remaining", "Extra", "NewConv", "Conv.Final", "V2",
            "ConvV2",
        ];
        Assert.All(bad, name => Assert.NotEmpty(SourceRules.Name($"Engine/{name}.cs")));
        string[] good = ["Newton", "Finally", "Renewal", "Conv.Host", "LanesV", "Vision2", "Extract"];
        Assert.All(good, name => Assert.Empty(SourceRules.Name($"Engine/{name}.cs")));
    }

    [Fact]
    public void NoFileHasRegions()
    {
        Nothing(Repository.Sources().SelectMany(path => SourceRules.Regions(path, Repository.Lines(path))));
        Assert.Equal(2, SourceRules.Regions("A.cs", ["#region kernels", "  #endregion", "// a region"]).Count());
    }

    [Fact]
    public void NoFileCanNameCodeThatIsRun()
    {
        Nothing(Repository.Sources("Engine", "Models", "Data", "Runner")
            .SelectMany(path => SourceRules.HiddenCode(path, Repository.Lines(path))));
        Assert.NotEmpty(SourceRules.HiddenCode("A.cs", ["var type = Type.GetType(name);"]));
        Assert.NotEmpty(SourceRules.HiddenCode("A.cs", ["using var child = Process.Start(name);"]));
    }

    [Fact]
    public void LayersDoNotCross()
    {
        Nothing(Repository.Sources().SelectMany(path => SourceRules.Layers(path, Repository.Lines(path))));
        (string Path, string Line)[] bad =
        [
            ("Runner/Verbs/TrainVerb.cs", "using ILGPU.Runtime;"), ("Tests/Support/Hosts.cs", "using ILGPU;"),
            ("Models/StampVae.cs", "using ILGPU;"), ("Models/StampVae.cs", "using Estampa.Data;"),
            ("Engine/Core/Plan.cs", "using Estampa.Data;"), ("Engine/Core/Plan.cs", "using Estampa.Runner;"),
            ("Data/Stamps/Fits.cs", "using Estampa.Engine;"),
        ];
        Assert.All(bad, pair => Assert.NotEmpty(SourceRules.Layers(pair.Path, [pair.Line])));
        Assert.Empty(SourceRules.Layers("Engine/Core/Plan.cs", ["using ILGPU;"]));
        Assert.Empty(SourceRules.Layers("Models/StampVae.cs", ["using Estampa.Engine;"]));
    }

    [Theory]
    [InlineData("Data", "Engine", "Models", "ILGPU")]
    [InlineData("Engine", "Data", "Models", "Runner")]
    [InlineData("Models", "Data", "Runner", "ILGPU")]
    public void ProjectsDoNotReferToWhatTheirLayerMayNotKnow(string project, params string[] refused)
    {
        var text = Repository.Read($"{project}/{project}.csproj");
        Assert.All(refused, name => Assert.DoesNotContain($"{name}.csproj", text, StringComparison.Ordinal));
        Assert.All(refused, name => Assert.DoesNotContain($"Include=\"{name}\"", text, StringComparison.Ordinal));
    }

    [Fact]
    public void KernelsKeepToWhatLowersRight()
    {
        Nothing(Repository.Sources("Engine").Where(HoldsKernels).SelectMany(path => SourceRules.Kernels(path, Repository.Read(path))));
        const string head = "private static void Forward(Index1D index, ConvArguments arguments)";
        Assert.NotEmpty(SourceRules.Kernels("A.cs", $"{head}\n{{\n  if (x) {{ }}\n  switch (x) {{ case 1: break; }}\n}}"));
        Assert.NotEmpty(SourceRules.Kernels("A.cs", $"{head} => arguments.Output[index] = x switch {{ _ => 1f }};"));
        Assert.Empty(SourceRules.Kernels("A.cs", $"{head}\n{{\n  if (x) {{ }}\n}}\nint Other(int x) => x switch {{ _ => 1 }};"));
        Assert.NotEmpty(SourceRules.Kernels("A.cs", "sum = MathF.FusedMultiplyAdd(a, b, sum);"));
        Assert.NotEmpty(SourceRules.Kernels("A.cs", "x = MathF.CopySign(a, b);"));
    }

    [Fact]
    public void PackagesArePinnedExactly()
    {
        Nothing(SourceRules.Versions("Directory.Packages.props", Repository.Lines("Directory.Packages.props")));
        Assert.All(["1.*", "[1.0,2.0)", "", "*", "1.2.3-*", "$(Any)"], loose => Assert.NotEmpty(Package(loose)));
        Assert.Empty(Package("1.2.3-rc.1"));

        static IEnumerable<string> Package(string version) =>
            SourceRules.Versions("A.props", [$"<PackageVersion Include=\"A\" Version=\"{version}\" />"]);
    }

    /// <summary>Not the processor's own routes, nor what stands in for ILGPU.</summary>
    private static bool HoldsKernels(string path) =>
        !path.EndsWith(".Host.cs", StringComparison.Ordinal) && !path.StartsWith("Engine/Standin/", StringComparison.Ordinal);

    private static void Nothing(IEnumerable<string> wrong) => Assert.True(!wrong.Any(), string.Join('\n', wrong));
}
