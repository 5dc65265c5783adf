using Estampa.Engine;

namespace Estampa.Tests;

/// <summary>Processor devices for the whole test run, so that threads are not started and joined for every case.</summary>
internal static class Hosts
{
    public static readonly HostDevice OneThread = new(threads: 1);
    public static readonly HostDevice TwoThreads = new(threads: 2);
    public static readonly HostDevice ThreeThreads = new(threads: 3);
    public static readonly HostDevice Portable = new(threads: 2, RouteChoice.Portable);
}
