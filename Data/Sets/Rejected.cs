namespace Estampa.Data;

/// <summary>An alert, a file or a block of a file that is not in the set, and why.</summary>
/// <param name="Id">The candid, or the file and the byte of its block where no candid could be read.</param>
/// <param name="Reason">One line.</param>
/// <param name="Unreadable">
/// True for damaged input, which counts against the limit; false for edge, empty and repeated stamps, which are normal.
/// </param>
/// <param name="Packets">How many packets are lost with it: those of a damaged block; 1 of anything else.</param>
public sealed record Rejected(string Id, string Reason, bool Unreadable, int Packets = 1);
