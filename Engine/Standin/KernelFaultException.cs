namespace Estampa.Engine;

/// <summary>What the checking executor found: kernel, route, group, thread, and what was wrong there.</summary>
public sealed class KernelFaultException : Exception
{
    public KernelFaultException()
    {
    }

    public KernelFaultException(string message)
        : base(message)
    {
    }

    public KernelFaultException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
