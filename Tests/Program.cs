using Estampa.Tests;

// The two ends below are those of the entry point that xunit would generate; the long forms of some tests come before them.
if (args is ["fuzz" or "kills" or "soak", ..])
{
    return args[0] switch
    {
        "fuzz" => Fuzz.Run(args[1..]),
        "kills" => Kills.Run(args[1..]),
        _ => Soak.Run(args[1..]),
    };
}

return args.Contains("--server") || args.Contains("--internal-msbuild-node")
    ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
