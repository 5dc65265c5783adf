using Estampa.Bench;
using Estampa.Models;

var batch = args.Length > 1 ? int.Parse(args[1]) : 256;
var threads = args.Length > 2 ? int.Parse(args[2]) : Environment.ProcessorCount;
using var steps = new Steps(new StampVaeRecipe(), batch, threads);
steps.Train(5);
var before = GC.GetAllocatedBytesForCurrentThread();
var times = steps.Train(20);
var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / 20;
var median = Steps.Median(times);
Console.WriteLine($"batch {batch}, {threads} threads: {median:F1} ms a step, {batch / median * 1000:F0} samples/s, {bytes} bytes, {steps.WorkingMegabytes} MiB");
Console.WriteLine($"{steps.Flops / batch / 1e6:F1} MFLOP forward a sample; {3.0 * steps.Flops / median / 1e6:F0} GFLOP/s");
foreach (var group in Enumerable.Range(0, 5).SelectMany(_ => steps.Profile()).GroupBy(row => row.Kernel).OrderByDescending(group => group.Sum(row => row.Milliseconds)))
{
    Console.WriteLine($"{group.Key,-36} {group.Sum(row => row.Milliseconds) / 5,8:F2} ms");
}
