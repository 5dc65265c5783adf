using System.Runtime.InteropServices;
using Estampa.Engine;
using ILGPU;

namespace Estampa.Tests;

/// <summary>
/// The processor with planted failures: of an allocation, or of a launch, after which every launch and every end throws another error.
/// </summary>
internal sealed class FaultyDevice : Device
{
    private readonly HostDevice host = new(threads: 1);
    private int allocations;
    private int launches;

    /// <summary>The allocation that fails, counted from 1 after it is set; 0 for none.</summary>
    public int FailingAllocation
    {
        get;
        set => (field, allocations) = (value, 0);
    }

    /// <summary>The launch that fails, counted from 1 after it is set; 0 for none.</summary>
    public int FailingLaunch
    {
        get;
        set => (field, launches) = (value, 0);
    }

    /// <summary>Called before each launch.</summary>
    public Action? BeforeLaunch { get; set; }

    public override string Name => "faulty";

    public override string Description => "the processor with planted failures";

    internal override bool Chains => host.Chains;

    internal override int Windows => host.Windows;

    internal override long? FreeBytes => 12;

    /// <summary>Whether the planted launch has failed.</summary>
    private bool HasFailed => FailingLaunch > 0 && launches >= FailingLaunch;

    public override Launch Prepare<TArguments>(Kernel<TArguments> kernel, TArguments arguments, int extent) =>
        new FaultyLaunch(this, host.Prepare(kernel, arguments, extent));

    internal override Block Make(int count, string purpose) => ++allocations == FailingAllocation
        ? throw new InsufficientMemoryException("a planted failure")
        : new FaultyBlock(this, count, purpose);

    internal override void Read(ArrayView<float> view, Span<float> numbers) => host.Read(view, numbers);

    internal override int ImagesOf<TArguments>(Kernel<TArguments> kernel, in TArguments arguments) => host.ImagesOf(kernel, arguments);

    internal override Launch Link<TArguments>(Kernel<TArguments> kernel, TArguments arguments) => host.Link(kernel, arguments);

    internal override Launch Chain(IReadOnlyList<Launch> links, in ChainSizes sizes) => new FaultyLaunch(this, host.Chain(links, sizes));

    protected override void Dispose(bool disposing)
    {
        host.Dispose();
        ThrowIfFailed("closing");
        base.Dispose(disposing);
    }

    private void ThrowIfFailed(string what)
    {
        if (HasFailed)
        {
            throw new NotSupportedException($"{what} after the planted failure");
        }
    }

    private sealed class FaultyLaunch(FaultyDevice device, Launch launch) : Launch(launch.Name)
    {
        public override bool IsEmpty => launch.IsEmpty;

        public override void Run()
        {
            device.BeforeLaunch?.Invoke();
            if (++device.launches == device.FailingLaunch)
            {
                throw new NotSupportedException("a planted failure");
            }

            device.ThrowIfFailed($"launching {Name}");
            launch.Run();
        }
    }

    private sealed class FaultyBlock(FaultyDevice device, int count, string purpose) : Block(count, purpose)
    {
        private readonly HostBlock memory = new(count, purpose);

        public override ArrayView<float> View(int start, int count) => memory.View(start, count);

        public override ArrayView<int> Integers(int start, int count) => memory.Integers(start, count);

        protected override void SetBytes(byte value) => memory.Fill(value);

        protected override void Upload(ReadOnlySpan<byte> bytes, int start) =>
            memory.Write(MemoryMarshal.Cast<byte, float>(bytes), start);

        protected override void Download(Span<byte> bytes, int start) => memory.Read(MemoryMarshal.Cast<byte, float>(bytes), start);

        protected override void Release()
        {
            memory.Dispose();
            device.ThrowIfFailed($"freeing {Purpose}");
        }
    }
}
