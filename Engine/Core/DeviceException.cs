namespace Estampa.Engine;

/// <summary>A device that cannot be used as asked; the message names it and says what can be done.</summary>
public sealed class DeviceException : Exception
{
    public DeviceException()
    {
    }

    public DeviceException(string message)
        : base(message)
    {
    }

    public DeviceException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>A device that failed at work: lost, or a launch that went wrong; the message names it and what was being done.</summary>
public sealed class DeviceFailedException : Exception
{
    public DeviceFailedException()
    {
    }

    public DeviceFailedException(string message)
        : base(message)
    {
    }

    public DeviceFailedException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
