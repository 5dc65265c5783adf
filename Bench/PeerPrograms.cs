namespace Estampa.Bench;

/// <summary>The peers' programs: where they are looked for, how they are started, and what to say where one is missing.</summary>
internal static class PeerPrograms
{
    public const string HowToGetPyTorch =
        "install Debian's python3-torch with libopenblas0-pthread, or pip's torch; the environment variable ESTAMPA_PYTHON names another"
        + " Python";

    public const string HowToGetOnnxRuntime =
        "npm install --ignore-scripts onnxruntime-node@1.30.0 in any folder, and name that folder in the environment variable"
        + " ESTAMPA_ONNXRUNTIME; its model is exported by PyTorch, so that and the onnx module are needed too";

    /// <returns>Null, or why it did not start.</returns>
    public static string? StartPyTorch(
        string kind, int batch, int latent, int threads, string[] mode, out ServedProcess? served) => StartPython(
        [
            .. kind == StepWork.Gru ? ["gru_speed.py"] : new[] { "stamp_vae_speed.py", "--kind", kind, "--latent", $"{latent}" },
            "--serve", "--batch", $"{batch}", "--threads", $"{threads}", .. mode,
        ],
        out served);

    /// <summary>Exports the model, then serves it.</summary>
    /// <returns>Null, or why it did not start.</returns>
    public static string? StartOnnxRuntime(string kind, int batch, int latent, int threads, out ServedProcess? served)
    {
        served = null;
        var folder = Directory.CreateTempSubdirectory("estampa-");
        try
        {
            var model = Path.Combine(folder.FullName, $"{kind}.onnx");
            var failure = StartPython(
                ["export_onnx.py", "--kind", kind, "--batch", $"{batch}", "--latent", $"{latent}", "--out", model], out var export);
            export?.Dispose();
            return failure is not null
                ? $"its model was not exported: {failure}"
                : ServedProcess.Start(["node", Checkout.Script("onnx_speed.js"), model, $"{threads}"], out served);
        }
        finally
        {
            // The server has read it.
            folder.Delete(recursive: true);
        }
    }

    private static string? StartPython(string[] command, out ServedProcess? served)
    {
        served = null;
        var named = Environment.GetEnvironmentVariable("ESTAMPA_PYTHON");
        string[] pythons = string.IsNullOrEmpty(named) ? ["/usr/bin/python3", "python3"] : [named];
        string? failure = null;
        foreach (var python in pythons)
        {
            var why = ServedProcess.Start([python, Checkout.Script(command[0]), .. command[1..]], out served);
            if (why is null)
            {
                return null;
            }

            failure ??= why;
        }

        return failure;
    }
}
