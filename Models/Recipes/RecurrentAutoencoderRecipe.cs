using System.Globalization;
using Estampa.Engine;

namespace Estampa.Models;

/// <summary>The settings of recurrent-ae besides the common ones.</summary>
public sealed class RecurrentAutoencoderSettings : RecipeSettings
{
    public RecurrentAutoencoderSettings()
    {
        Epochs = 30;
        Batch = 16;
    }

    /// <summary>Size of a sequence's latent.</summary>
    public int Latent { get; set; } = 64;

    /// <summary>Stamps of a sequence at most: the first ones.</summary>
    public int Steps { get; set; } = 30;

    /// <summary>Stamps of a sequence at least; shorter ones are left out.</summary>
    public int LeastSteps { get; set; } = 1;

    /// <summary>Channels of the convolutions.</summary>
    public int Width { get; set; } = 32;

    /// <summary>Numbers of a stamp's code.</summary>
    public int Code { get; set; } = 64;

    /// <summary>Numbers of the recurrent layers' states.</summary>
    public int Hidden { get; set; } = 128;

    /// <summary>Recurrent layers: gru or lstm.</summary>
    public string Recurrent { get; set; } = "gru";

    /// <summary>Images of a stamp, comma-separated: science, template, difference.</summary>
    public string Channels { get; set; } = "science";

    /// <summary>Scaling of the images: object, sky, min-max, z-score, l2 or none.</summary>
    public string Scaling { get; set; } = "object";

    /// <summary>Last activation: relu, identity or sigmoid.</summary>
    public string Output { get; set; } = "identity";

    /// <summary>Whether each step also reads the alert's magnitude, its error, filter and sign.</summary>
    public bool Features { get; set; }

    /// <summary>Whether earlier detections without stamps are steps too; only with features.</summary>
    public bool History { get; set; }

    /// <summary>Whether training turns and mirrors the stamps, all of a sequence alike.</summary>
    public bool Augment { get; set; } = true;

    /// <summary>
    /// Stages with their epochs: ae_alone (stamps by themselves), ae_rnn (both), rnn (the recurrent part, stamps' layers frozen), such as
    /// ae_alone:5,ae_rnn:15,rnn; the last takes what is left.
    /// </summary>
    public string Stages { get; set; } = "ae_rnn";

    /// <summary>Weight of the error of stamps that went past the recurrent part, where both are trained.</summary>
    public float StampWeight { get; set; } = 0.1f;

    public override void Check()
    {
        base.Check();
        Demand(Latent is >= 1 and <= 65536, "latent", Latent, "1 to 65536");
        Demand(Steps is >= 1 and <= 1000, "steps", Steps, "1 to 1000");
        Demand(LeastSteps >= 1 && LeastSteps <= Steps, "least-steps", LeastSteps, "1 to steps");
        Demand(Width is >= 1 and <= 1024, "width", Width, "1 to 1024");
        Demand(Code is >= 1 and <= 65536, "code", Code, "1 to 65536");
        Demand(Hidden is >= 1 and <= 65536, "hidden", Hidden, "1 to 65536");
        Demand(Recurrent is "gru" or "lstm", "recurrent", Recurrent, "gru or lstm");
        Demand(Output is "relu" or "identity" or "sigmoid", "output", Output, "relu, identity or sigmoid");
        Demand(Features || !History, "history", History, "false where features is false: earlier detections have nothing else");
        Demand(StampWeight is >= 0 and < float.PositiveInfinity, "stamp-weight", StampWeight, "0 or more");
        DemandScaling(Scaling);
        DemandChannels(Channels);
        var stages = Parts();
        Demand(
            stages.All(part => part.Name is "ae_alone" or "ae_rnn" or "rnn" && part.Epochs >= 1) && stages[^1].Name != "ae_alone",
            "stages",
            Stages,
            "ae_alone, ae_rnn or rnn, each but the last with :EPOCHS, separated by commas; the last must train the recurrent part");
        Demand(stages[..^1].Sum(part => (long)part.Epochs) < Epochs, "stages", Stages, "of fewer epochs than there are, for the last one");
    }

    /// <summary>The stages in order; the last takes the rest of the epochs.</summary>
    internal (string Name, int Epochs)[] Parts() => [.. Stages.Split(',').Select((stage, place) =>
    {
        var parts = stage.Split(':');
        var isLast = place == Stages.Count(letter => letter == ',');
        return (parts[0], parts.Length == 1 && isLast ? int.MaxValue
            : parts.Length == 2 && !isLast && int.TryParse(parts[1], CultureInfo.InvariantCulture, out var epochs) ? epochs
            : 0);
    })];
}

/// <summary>
/// recurrent-ae: the autoencoder of whole sequences of stamps. The loss of a sequence is the squared error of its stamps, summed over
/// their pixels; in the stages that train the stamps' layers too, the error of each stamp rebuilt from its own code is added to it.
/// </summary>
public sealed class RecurrentAutoencoderRecipe : AutoencoderRecipe
{
    private const string Sequence = "sequence";
    private const string Stamp = "stamp";
    private readonly RecurrentAutoencoderSettings settings = new();

    public override string Name => "recurrent-ae";

    public override string Description => "recurrent autoencoder of stamp sequences, 21x21 pixels";

    public override RecipeSettings Settings => settings;

    public override SampleNeeds Needs => new(RecurrentAutoencoder.Side, Channels, settings.Scaling)
    {
        Steps = settings.Steps,
        LeastSteps = settings.LeastSteps,
        StepFeatures = settings.Features ? AlertFeatures.OfSteps : [],
        History = settings.History,
    };

    private string[] Channels => settings.Channels.Split(',');

    public override AutoencoderGraph Build(int batch)
    {
        var graph = new Graph();
        const int side = RecurrentAutoencoder.Side;
        var model = new RecurrentAutoencoder(
            Channels.Length, settings.Width, settings.Code, settings.Hidden, settings.Latent, settings.Recurrent, settings.Output,
            InitialRule());
        var given = graph.Input(InputName.Stamps, new Shape(batch * settings.Steps, side, side, Channels.Length));
        var gaps = graph.Input(InputName.Gaps, new Shape(batch, settings.Steps, 1, 1));
        var lengths = graph.Input(InputName.Lengths, new Shape(batch, 1));
        var present = graph.Input(InputName.Present, new Shape(batch * settings.Steps, 1));
        var features = Needs.StepFeatures is { Count: > 0 } names
            ? graph.Input(InputName.StepFeatures, new Shape(batch, settings.Steps, 1, names.Count))
            : null;
        var turned = settings.Augment
            ? given.Augment(new Augmentation { Turns = true, Flips = true, Group = settings.Steps })
            : given;
        var stamps = Present(turned, present);
        var codes = Present(model.EncodeStamps(stamps), present);
        var latent = model.EncodeSequences(codes, gaps, lengths, features);
        var rebuilt = Present(model.DecodeStamps(model.DecodeSequences(latent, gaps)), present);
        var alone = Present(model.DecodeStamps(codes), present);
        var loss = graph.Loss(
            new LossPart(Sequence, rebuilt.SquaredError(stamps), graph.Dial(Sequence, 1f)),
            new LossPart(Stamp, alone.SquaredError(stamps), graph.Dial(Stamp, settings.StampWeight)));
        Tensor[] inputs = features is null ? [given, gaps, lengths, present] : [given, gaps, lengths, present, features];
        return new AutoencoderGraph(graph, inputs, loss, latent, rebuilt);
    }

    /// <summary>A latent decodes to a sequence, which needs its time gaps.</summary>
    public override DecoderGraph? BuildDecoder(int batch) => null;

    public override float WeightOf(LossPart part, int epoch) => (settings.Parts()[StageOf(epoch)].Name, part.Name) switch
    {
        ("ae_rnn", Stamp) => settings.StampWeight,
        _ => FinalWeightOf(part, StageOf(epoch)),
    };

    /// <summary>The stage of stamps alone is judged by their error, the others by that of sequences.</summary>
    public override float FinalWeightOf(LossPart part, int stage) =>
        part.Name == (settings.Parts()[stage].Name == "ae_alone" ? Stamp : Sequence) ? 1f : 0f;

    public override int StageOf(int epoch)
    {
        var stages = settings.Parts();
        var (stage, left) = (0, epoch);
        while (stage < stages.Length - 1 && left >= stages[stage].Epochs)
        {
            left -= stages[stage++].Epochs;
        }

        return stage;
    }

    public override string StageName(int stage) => settings.Parts() is { Length: > 1 } stages ? stages[stage].Name : "";

    public override bool IsTrained(string parameter, int stage) => settings.Parts()[stage].Name switch
    {
        "ae_alone" => RecurrentAutoencoder.IsOfStamps(parameter),
        "rnn" => !RecurrentAutoencoder.IsOfStamps(parameter),
        _ => true,
    };

    /// <summary>
    /// Zeros where a step has no stamp, given or rebuilt: no error and no gradient. Each step is masked as a sequence of one.
    /// </summary>
    private static Tensor Present(Tensor steps, Tensor present) => steps
        .Reshape(new Shape(steps.Shape.Batch, 1, steps.Shape.Height * steps.Shape.Width, steps.Shape.Channels)).Mask(present)
        .Reshape(steps.Shape);
}
