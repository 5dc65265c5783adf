namespace Estampa.Engine;

/// <summary>
/// Models and training states as files. A model has PyTorch's state_dict names, shapes and orders, so PyTorch loads it as it is, and the
/// reverse; a state is a model with what a resumed training needs besides.
/// </summary>
public static class Checkpoint
{
    private const string Steps = "num_batches_tracked";
    private const string RunningMean = "running_mean";

    /// <summary>Writes the weights under their names.</summary>
    /// <param name="path">The file; replaced as a whole.</param>
    /// <param name="weights">The model.</param>
    /// <param name="steps">Training steps so far, PyTorch's num_batches_tracked of each batch normalisation.</param>
    /// <param name="metadata">Text that goes into the header.</param>
    /// <exception cref="CheckpointException">A number is not finite; the file stays as it was.</exception>
    public static void SaveModel(string path, Weights weights, int steps, IReadOnlyDictionary<string, string> metadata) =>
        Safetensors.Write(path, Model(path, weights, steps), metadata);

    /// <summary>Reads a model into the weights, all of it or nothing.</summary>
    /// <returns>The text of the header.</returns>
    /// <exception cref="CheckpointException">A tensor is missing, unknown or of another shape; the message lists them.</exception>
    public static IReadOnlyDictionary<string, string> LoadModel(string path, Weights weights)
    {
        var (tensors, metadata) = Safetensors.Read(path);
        Check(path, tensors, weights);
        Import(tensors, weights);
        return metadata;
    }

    /// <summary>Writes weights, moments and numbers: all that a training depends on.</summary>
    /// <param name="path">The file; replaced as a whole.</param>
    /// <param name="trainer">What has been trained.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="numbers">The caller's own.</param>
    /// <param name="metadata">Text that goes into the header.</param>
    /// <param name="beforeReplacing">Done when the new file is safe on the disk and not yet in its place.</param>
    public static void SaveState(
        string path,
        Trainer trainer,
        Weights weights,
        double[] numbers,
        IReadOnlyDictionary<string, string> metadata,
        Action? beforeReplacing = null)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(numbers);
        CheckOwn(trainer, weights);
        var (state, moments) = trainer.State;
        var tensors = Model(path, weights, trainer.Step);
        tensors.Add(new("training.state", new StoredTensor([state.Length], state)));
        tensors.Add(new("training.moments", new StoredTensor([moments.Length], moments)));
        tensors.Add(new("training.run", new StoredTensor([numbers.Length], numbers)));
        Safetensors.Write(path, tensors, metadata, beforeReplacing);
    }

    /// <summary>Reads what <see cref="SaveState"/> wrote; nothing changes where it fails.</summary>
    /// <param name="path">The file.</param>
    /// <param name="trainer">What goes on from there.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="check">Looks at the header's text before anything else; where it throws, nothing changes.</param>
    /// <returns>The caller's numbers.</returns>
    /// <exception cref="CheckpointException">The state is of another model, schedule or set, or is damaged.</exception>
    /// <exception cref="ArgumentException">The weights are not those that the trainer trains.</exception>
    public static double[] LoadState(
        string path, Trainer trainer, Weights weights, Action<IReadOnlyDictionary<string, string>>? check = null)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        CheckOwn(trainer, weights);
        var (tensors, metadata) = Safetensors.Read(path);
        check?.Invoke(metadata);
        if (!tensors.Remove("training.state", out var state) || !tensors.Remove("training.moments", out var moments)
            || !tensors.Remove("training.run", out var numbers))
        {
            throw new CheckpointException($"{path}: a model without a training state cannot be resumed");
        }

        if (state.Numbers is not double[] all || moments.Numbers is not float[] both || numbers.Numbers is not double[] run)
        {
            throw new CheckpointException($"{path}: the training state has numbers of another type than F64, F32, F64");
        }

        Check(path, tensors, weights);
        if (trainer.WhyNot(all, both) is { } reason)
        {
            throw new CheckpointException($"{path}: {reason}");
        }

        try
        {
            // First what may still refuse it.
            trainer.State = (all, both);
        }
        catch (ArgumentException exception)
        {
            throw new CheckpointException($"{path}: {exception.Message}", exception);
        }

        Import(tensors, weights);
        return run;
    }

    private static void CheckOwn(Trainer trainer, Weights weights)
    {
        if (trainer.Weights != weights)
        {
            throw new ArgumentException("the weights are not those that the trainer trains");
        }
    }

    private static List<KeyValuePair<string, StoredTensor>> Model(string path, Weights weights, int steps)
    {
        var tensors = new List<KeyValuePair<string, StoredTensor>>();
        foreach (var parameter in weights.Parameters)
        {
            var numbers = weights.Export(parameter.Name);
            if (Array.FindIndex(numbers, number => !float.IsFinite(number)) is var element and >= 0)
            {
                throw new CheckpointException($"{path}: not written: element {element} of {parameter.Name} is {numbers[element]}");
            }

            tensors.Add(new(parameter.Name, new StoredTensor(parameter.Layout.FileShape, numbers)));
            if (parameter.Name.EndsWith(RunningMean, StringComparison.Ordinal))
            {
                tensors.Add(new(parameter.Name.Replace(RunningMean, Steps), new StoredTensor([], new[] { (long)steps })));
            }
        }

        return tensors;
    }

    private static void Check(string path, Dictionary<string, StoredTensor> tensors, Weights weights)
    {
        var parameters = weights.Parameters.ToList();
        var wrong = parameters.Where(parameter => !tensors.TryGetValue(parameter.Name, out var tensor)
                || tensor.Numbers is not float[] || !tensor.Shape.SequenceEqual(parameter.Layout.FileShape))
            .Select(parameter => !tensors.TryGetValue(parameter.Name, out var tensor) ? $"{parameter.Name} is missing"
                : (tensor.Numbers is not float[]) ? $"{parameter.Name} is not of type F32"
                : $"{parameter.Name} is ({string.Join(", ", tensor.Shape)}) instead of ({string.Join(", ", parameter.Layout.FileShape)})")
            .Concat(tensors.Keys.Except(parameters.Select(parameter => parameter.Name))
                .Where(name => !name.EndsWith(Steps, StringComparison.Ordinal)).Select(name => $"{name} is not part of the model"))
            .ToList();
        if (wrong.Count == 0)
        {
            // Of a file that another program wrote, or wrote on: such weights would give numbers that look sound, or none.
            wrong.AddRange(parameters.Where(parameter => !tensors[parameter.Name].Floats.All(float.IsFinite))
                .Select(parameter => $"{parameter.Name} has a number that is not finite"));
        }

        if (wrong.Count > 0)
        {
            var rest = wrong.Count > 4 ? $" and {wrong.Count - 4} more" : "";
            throw new CheckpointException($"{path}: not a checkpoint of this model: {string.Join("; ", wrong.Take(4))}{rest}");
        }
    }

    private static void Import(Dictionary<string, StoredTensor> tensors, Weights weights)
    {
        foreach (var parameter in weights.Parameters)
        {
            weights.Import(parameter.Name, tensors[parameter.Name].Floats);
        }
    }
}
