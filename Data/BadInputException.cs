namespace Estampa.Data;

/// <summary>
/// Input that cannot be used: a damaged file, a wrong flag, a folder without alerts. The message is one line that names the file
/// (or flag), the place in it and the reason; the runner prints it and ends with exit code 2.
/// </summary>
public class BadInputException : Exception
{
    public BadInputException()
    {
    }

    public BadInputException(string message)
        : base(message)
    {
    }

    public BadInputException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
