using ILGPU.Runtime.Cuda;

namespace Estampa.Engine;

/// <summary>
/// A recording as a CUDA graph: one call replays all of its launches, so the host's cost of a launch (microseconds each, where a step
/// has a hundred of them) is paid once. The kernels and their arguments are the same, and so are the results.
/// </summary>
internal sealed class CudaGraphLaunch : Launch, IDisposable
{
    private readonly AcceleratorDevice device;
    private readonly CudaStream stream;
    private nint graph;
    private nint executable;

    /// <param name="device">A CUDA device.</param>
    /// <param name="launches">They have run once: all is compiled and loaded, so that capturing them does nothing but capture.</param>
    /// <exception cref="CudaException">The driver cannot capture them; nothing of it remains.</exception>
    public CudaGraphLaunch(AcceleratorDevice device, IReadOnlyList<Launch> launches)
        : base($"graph of {launches.Count} launches")
    {
        this.device = device;
        stream = (CudaStream)device.Stream;
        try
        {
            CudaException.ThrowIfFailed(CudaDriver.StreamBeginCapture(stream.StreamPtr, CudaDriver.RelaxedCapture));
            try
            {
                foreach (var launch in launches)
                {
                    launch.Run();
                }
            }
            finally
            {
                // Also after a failure: the stream would go on capturing.
                CudaException.ThrowIfFailed(CudaDriver.StreamEndCapture(stream.StreamPtr, out graph));
            }

            CudaException.ThrowIfFailed(CudaDriver.GraphInstantiate(out executable, graph, 0));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override void Run()
    {
        stream.Accelerator.Bind();
        try
        {
            CudaException.ThrowIfFailed(CudaDriver.GraphLaunch(executable, stream.StreamPtr));
        }
        catch (CudaException exception)
        {
            throw device.Failure($"replaying a {Name}", exception);
        }
    }

    public void Dispose()
    {
        stream.Accelerator.Bind();
        if (executable != 0)
        {
            _ = CudaDriver.GraphExecDestroy(executable);
            executable = 0;
        }

        if (graph != 0)
        {
            _ = CudaDriver.GraphDestroy(graph);
            graph = 0;
        }
    }
}
