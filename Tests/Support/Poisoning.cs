using System.Runtime.CompilerServices;
using Estampa.Engine;

namespace Estampa.Tests;

/// <summary>Every test runs with working memory of the processor that is poisoned before each use.</summary>
internal static class Poisoning
{
    /// <summary>Every byte of a NaN, and of 1.2e30.</summary>
    public const byte NotANumber = 0xFF;
    public const byte Huge = 0x71;

    [ModuleInitializer]
    internal static void Start() => HostScratch.Poison = NotANumber;

    /// <summary>
    /// Another poison until it is disposed, for all threads: tests at the same time see it too, and their results must not depend on it.
    /// </summary>
    public static IDisposable Working(byte poison)
    {
        HostScratch.Poison = poison;
        return new Back();
    }

    private sealed class Back : IDisposable
    {
        public void Dispose() => HostScratch.Poison = NotANumber;
    }
}
