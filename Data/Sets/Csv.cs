using System.Globalization;
using System.Text;

namespace Estampa.Data;

/// <summary>A table of text: RFC 4180 with a header line.</summary>
public sealed class CsvTable(string place, string[] header, List<string[]> rows)
{
    public IReadOnlyList<string> Header => header;

    /// <summary>Each as long as the header.</summary>
    public IReadOnlyList<string[]> Rows => rows;

    /// <summary>The place of a column; refused where the table has none of that name.</summary>
    public int Column(string name)
    {
        var column = Array.IndexOf(header, name);
        return column >= 0 ? column : throw new BadInputException($"{place}: there is no column {Printable.Text(name)}");
    }
}

/// <summary>Comma-separated values (RFC 4180), UTF-8: cells with commas, quotes and line ends are quoted.</summary>
public static class Csv
{
    public static CsvTable Read(string path) => Parse(new UTF8Encoding(false).GetString(InputFile.ReadAll(path, Limits.Table)), path);

    /// <summary>Reads a table; every row must have as many cells as the header. Blank lines are passed over.</summary>
    public static CsvTable Parse(string text, string place)
    {
        ArgumentNullException.ThrowIfNull(text);
        var rows = new List<string[]>();
        var cells = new List<string>();
        var line = 1;
        for (var at = text.StartsWith('\uFEFF') ? 1 : 0; at < text.Length;)
        {
            cells.Add(ReadCell(text, ref at, ref line, place));
            if (at < text.Length && text[at] == ',')
            {
                at++;
                if (cells.Count >= Limits.Columns)
                {
                    throw new BadInputException($"{place}: line {line}: more than {Limits.Columns} cells");
                }

                if (at < text.Length)
                {
                    continue;
                }

                cells.Add("");
            }

            at += at + 1 < text.Length && text[at] == '\r' && text[at + 1] == '\n' ? 2 : 1;
            var blank = rows.Count > 0 && rows[0].Length > 1 && cells.Count == 1 && cells[0].Length == 0;
            if (rows.Count > 0 && !blank && cells.Count != rows[0].Length)
            {
                throw new BadInputException($"{place}: line {line}: {cells.Count} cells under a header of {rows[0].Length}");
            }

            if (!blank)
            {
                rows.Add(rows.Count <= Limits.Rows
                    ? [.. cells]
                    : throw new BadInputException($"{place}: line {line}: more than {Limits.Rows} rows"));
            }

            cells.Clear();
            line++;
        }

        return rows.Count > 0 ? new CsvTable(place, rows[0], rows[1..]) : throw new BadInputException($"{place}: the table is empty");
    }

    /// <summary>
    /// One line with its line end. Text that a spreadsheet would take for a formula (it begins with =, +, -, @, a tab or a carriage
    /// return) gets an apostrophe in front; numbers are written as they are, in the shortest form that reads back equal.
    /// </summary>
    public static string Line(params ReadOnlySpan<object?> cells)
    {
        var line = new StringBuilder();
        for (var i = 0; i < cells.Length; i++)
        {
            var cell = cells[i];
            line.Append(i == 0 ? "" : ",").Append(cell switch
            {
                null => "",
                string text => Quote(text.Length > 0 && "=+-@\t\r".Contains(text[0]) ? "'" + text : text),
                IFormattable value => Quote(value.ToString(null, CultureInfo.InvariantCulture)),
                _ => Quote(cell.ToString() ?? ""),
            });
        }

        return line.Append('\n').ToString();
    }

    private static string Quote(string text) => text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"")}\"" : text;

    // Leaves the position at the comma, the line end or the end of the text.
    private static string ReadCell(string text, ref int at, ref int line, string place)
    {
        if (text[at] != '"')
        {
            var length = text.AsSpan(at).IndexOfAny(",\r\n");
            var plain = length < 0 ? text[at..] : text.Substring(at, length);
            at += plain.Length;
            return plain;
        }

        var cell = new StringBuilder();
        for (at++; at < text.Length; at++)
        {
            if (text[at] == '"' && (++at == text.Length || text[at] != '"'))
            {
                return at == text.Length || text[at] is ',' or '\r' or '\n'
                    ? cell.ToString()
                    : throw new BadInputException($"{place}: line {line}: text after a closing quote");
            }

            line += text[at] == '\n' ? 1 : 0;
            cell.Append(text[at]);
        }

        throw new BadInputException($"{place}: line {line}: a quote is not closed");
    }
}
