namespace Estampa.Data;

/// <summary>
/// So much of a source cannot be used that there is no set of it: more is unreadable than the options allow, nothing is left, or the
/// rejects exceed <see cref="Limits.Rejected"/>. The account of them comes along, so that it can be written all the same.
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
