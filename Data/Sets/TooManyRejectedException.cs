namespace Estampa.Data;

/// <summary>
/// So much of a source cannot be used that there is no set of it: more is unreadable than the options or <see cref="Limits.Unreadable"/>
/// allow, more is rejected than <see cref="Limits.Rejected"/>, or nothing is left. The account comes along, to be written all the same.
/// </summary>
public sealed class TooManyRejectedException : BadInputException
{
    public TooManyRejectedException()
    {
    }

    public TooManyRejectedException(string message)
        : base(message)
    {
    }

    public TooManyRejectedException(string message, Exception inner)
        : base(message, inner)
    {
    }

    public TooManyRejectedException(string message, IReadOnlyList<Rejected> rejected)
        : base(message) => Rejected = rejected;

    /// <summary>Everything that was rejected until then, in the order in which it came.</summary>
    public IReadOnlyList<Rejected> Rejected { get; } = [];
}
