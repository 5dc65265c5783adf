namespace Estampa.Data;

/// <summary>Records of one Avro block that cannot be read.</summary>
/// <param name="Place">The file and the byte at which the block begins.</param>
/// <param name="Count">How many: what the block's own count leaves after those that were read; 1 where not even that can be read.</param>
/// <param name="Reason">One line that begins with the place.</param>
public sealed record LostRecords(string Place, int Count, string Reason);
