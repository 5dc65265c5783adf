using System.Runtime.InteropServices;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Estampa.Engine;

/// <summary>Calls of NVIDIA's driver that ILGPU does not have (CUDA Driver API, its names).</summary>
internal static partial class CudaDriver
{
    /// <summary>What a kernel gets of shared memory without asking for more.</summary>
    private const int UsualSharedBytes = 48 * 1024;

    /// <summary>CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN.</summary>
    private const DeviceAttributeKind MostSharedMemory = (DeviceAttributeKind)97;

    /// <summary>CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES.</summary>
    private const int DynamicSharedSize = 8;

    /// <summary>CU_STREAM_CAPTURE_MODE_RELAXED: other threads may call the driver meanwhile.</summary>
    public const int RelaxedCapture = 2;

    /// <summary>The most shared memory that a group can ask for.</summary>
    public static int MostSharedBytes(Accelerator accelerator) => accelerator is CudaAccelerator cuda
        ? Math.Max(CudaAPI.CurrentAPI.GetDeviceAttribute(MostSharedMemory, cuda.DeviceId), accelerator.MaxSharedMemoryPerGroup)
        : accelerator.MaxSharedMemoryPerGroup;

    /// <summary>Lets a kernel have more shared memory than the usual; on other devices nothing has to be asked.</summary>
    public static void AskForShared(Delegate launcher, int bytes)
    {
        if (bytes > UsualSharedBytes && launcher.TryGetKernel(out var kernel) && kernel is CudaKernel { FunctionPtr: var function })
        {
            CudaException.ThrowIfFailed(FuncSetAttribute(function, DynamicSharedSize, bytes));
        }
    }

    [LibraryImport("cuda", EntryPoint = "cuStreamBeginCapture_v2")]
    internal static partial CudaError StreamBeginCapture(nint stream, int mode);

    [LibraryImport("cuda", EntryPoint = "cuStreamEndCapture")]
    internal static partial CudaError StreamEndCapture(nint stream, out nint graph);

    [LibraryImport("cuda", EntryPoint = "cuGraphInstantiateWithFlags")]
    internal static partial CudaError GraphInstantiate(out nint executable, nint graph, ulong flags);

    [LibraryImport("cuda", EntryPoint = "cuGraphLaunch")]
    internal static partial CudaError GraphLaunch(nint executable, nint stream);

    [LibraryImport("cuda", EntryPoint = "cuGraphExecDestroy")]
    internal static partial CudaError GraphExecDestroy(nint executable);

    [LibraryImport("cuda", EntryPoint = "cuGraphDestroy")]
    internal static partial CudaError GraphDestroy(nint graph);

    [LibraryImport("cuda", EntryPoint = "cuFuncSetAttribute")]
    private static partial CudaError FuncSetAttribute(nint function, int attribute, int value);
}
