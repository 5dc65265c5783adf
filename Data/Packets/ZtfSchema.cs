namespace Estampa.Data;

/// <summary>
/// The Avro schema of a ZTF 4.02 alert (field names, types and order as in the public stream) and one more optional text field,
/// <c>simulated_class</c>, that real alerts do not have.
/// </summary>
public static class ZtfSchema
{
    /// <summary>The version written into <c>schemavsn</c>.</summary>
    public const string Version = "4.02";

    private static readonly Lazy<string> Text = new(Read);

    public static string Json => Text.Value;

    private static string Read()
    {
        using var stream = typeof(ZtfSchema).Assembly.GetManifestResourceStream("ZtfAlert.avsc")
            ?? throw new InvalidOperationException("the resource ZtfAlert.avsc is not in the assembly");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
