namespace Estampa.Data;

/// <summary>An alert or file that is not in the set, and why.</summary>
/// <param name="Id">The candid, or the file and its offset where no candid could be read.</param>
/// <param name="Reason">One line.</param>
/// <param name="Unreadable">
/// True for damaged input, which counts against the limit; false for edge, empty and repeated stamps, which are normal.
/// </param>
public sealed record Rejected(string Id, string Reason, bool Unreadable);
