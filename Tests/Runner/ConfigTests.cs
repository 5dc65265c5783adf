using Estampa.Data;
using Estampa.Runner;
using Xunit;

namespace Estampa.Tests;

/// <summary>A run's config.json and metrics.json, damaged in one place each: the error names the file and the field.</summary>
public class ConfigTests
{
    private const string Config =
        """
        {
          "version": "0.1.0",
          "recipe": "stamp-vae",
          "data": "simulated",
          "dataSha256": null,
          "limitSamples": 100,
          "device": "cpu",
          "threads": 2,
          "precision": "float32",
          "unproven": false,
          "capture": true,
          "settings": { "epochs": "3", "batch": "16", "latent": "8" }
        }
        """;

    private const string Metrics =
        """
        {
          "deviceDescription": "x", "bestEpoch": 1, "epochs": 2, "parameters": 3, "seconds": 4.5,
          "samples": { "train": 8, "validation": 1, "test": 1 }, "speed": { "samplesPerSecond": 10.5 },
          "train": { "loss": 1 }, "validation": { "loss": 1 },
          "test": { "loss": 1, "accuracy": 0.5, "accuracyError": 0.1, "classes": { "SN": { "recall": 1 }, "p.q": { "recall": 1 } } }
        }
        """;

    [Theory]
    [InlineData("", "", "")]
    [InlineData("\"version\"", "version", "LineNumber: 1")]
    [InlineData("\"recipe\": \"stamp-vae\"", "\"recipe\": null", "field 'recipe' is missing")]
    [InlineData("\"recipe\": \"stamp-vae\",", "", "field 'recipe' is missing")]
    [InlineData("\"recipe\": \"stamp-vae\"", "\"recipe\": 3", "field 'recipe' is 3, not a text")]
    [InlineData("\"recipe\": \"stamp-vae\"", "\"recipe\": [\"stamp-vae\"]", "field 'recipe' is [\"stamp-vae\"]")]
    [InlineData("stamp-vae", "stamp-vea", "'stamp-vea'")]
    [InlineData("\"recipe\"", "\"model\"", "field 'model' is not known")]
    [InlineData("\"data\": \"simulated\"", "\"data\": true", "field 'data'")]
    [InlineData("\"data\": \"simulated\",", "", "field 'data' is missing")]
    [InlineData("\"dataSha256\": null", "\"dataSha256\": 12", "field 'dataSha256'")]
    [InlineData("\"limitSamples\": 100", "\"limitSamples\": 0", "field 'limitSamples' is 0, not a count from 1")]
    [InlineData("\"limitSamples\": 100", "\"limitSamples\": -1", "field 'limitSamples'")]
    [InlineData("\"limitSamples\": 100", "\"limitSamples\": 1e30", "field 'limitSamples'")]
    [InlineData("\"limitSamples\": 100", "\"limitSamples\": \"100\"", "field 'limitSamples'")]
    [InlineData("\"data\": \"simulated\"", "\"data\": \"\\ud800\"", "damaged")]
    [InlineData("\"latent\": \"8\"", "\"\\ud800\": \"8\"", "damaged")]
    [InlineData("\"device\": \"cpu\",", "", "field 'device' is missing")]
    [InlineData("\"device\": \"cpu\"", "\"device\": {}", "field 'device' is {}, not a text")]
    [InlineData("\"threads\": 2", "\"threads\": 1.5", "field 'threads' is 1.5, not a whole number")]
    [InlineData("\"threads\": 2", "\"threads\": -3", "--threads -3")]
    [InlineData("\"threads\": 2", "\"threads\": 1000000", "--threads 1000000")]
    [InlineData("\"threads\": 2", "\"threads\": \"two\"", "field 'threads'")]
    [InlineData("\"threads\": 2", "\"treads\": 2", "field 'treads' is not known")]
    [InlineData("float32", "float16", "float16: there are float32, tf32, bf16")]
    [InlineData("\"precision\": \"float32\"", "\"precision\": 32", "field 'precision'")]
    [InlineData("\"unproven\": false", "\"unproven\": \"no\"", "field 'unproven' is \"no\", not true or false")]
    [InlineData("\"capture\": true", "\"capture\": 1", "field 'capture'")]
    [InlineData("\"capture\": true", "\"capture\": true, \"capture\": false", "capture")]
    [InlineData("{ \"epochs\": \"3\", \"batch\": \"16\", \"latent\": \"8\" }", "[]", "field 'settings' is [], not an object")]
    [InlineData("{ \"epochs\": \"3\", \"batch\": \"16\", \"latent\": \"8\" }", "null", "field 'settings' is missing")]
    [InlineData("\"epochs\"", "\"epoch\"", "'epoch'")]
    [InlineData("\"epochs\": \"3\"", "\"epochs\": \"0\"", "'epochs'")]
    [InlineData("\"epochs\": \"3\"", "\"epochs\": \"2147483648\"", "'epochs'")]
    [InlineData("\"epochs\": \"3\"", "\"epochs\": \"three\"", "'epochs'")]
    [InlineData("\"epochs\": \"3\"", "\"epochs\": {\"a\": 1}", "'epochs'")]
    [InlineData("\"batch\": \"16\"", "\"batch\": \"-16\"", "'batch'")]
    [InlineData("\"latent\": \"8\"", "\"latent\": \"\"", "'latent'")]
    [InlineData("\"latent\": \"8\"", "\"latent\": null", "'latent'")]
    [InlineData("\"latent\": \"8\"", "\"rate\": \"NaN\"", "'rate'")]
    [InlineData("\"latent\": \"8\"", "\"rate\": \"1e400\"", "'rate'")]
    [InlineData("\"latent\": \"8\"", "\"rate\": \"-0.1\"", "'rate'")]
    [InlineData("\"latent\": \"8\"", "\"decay\": \"Infinity\"", "'decay'")]
    [InlineData("\"latent\": \"8\"", "\"test\": \"0.95\"", "'test'")]
    [InlineData("\"latent\": \"8\"", "\"schedule\": \"linear\"", "'schedule'")]
    [InlineData("\"latent\": \"8\"", "\"latent\": \"8\", \"latent\": \"9\"", "latent")]
    public void AFieldOfTheConfiguration(string sound, string damaged, string named)
    {
        using var folder = DataFiles.Temporary("config");
        var text = sound.Length > 0 ? Damage(Config, sound, damaged) : "";
        Refused("config.json", named, Config, text, folder, () => RunFolder.Open(folder.Path));
    }

    [Theory]
    [InlineData("\"deviceDescription\": \"x\"", "\"deviceDescription\": null", "field 'deviceDescription' is missing")]
    [InlineData("\"bestEpoch\": 1", "\"bestEpoch\": \"1\"", "field 'bestEpoch' is \"1\", not a whole number")]
    [InlineData("\"epochs\": 2,", "", "field 'epochs' is missing")]
    [InlineData("\"parameters\": 3", "\"parameters\": 3.5", "field 'parameters'")]
    [InlineData("\"seconds\": 4.5", "\"seconds\": {}", "field 'seconds' is {}, not a number")]
    [InlineData("\"train\": 8, ", "", "field 'samples.train' is missing")]
    [InlineData("{ \"samplesPerSecond\": 10.5 }", "7", "field 'speed.samplesPerSecond' is missing")]
    [InlineData("\"validation\": { \"loss\": 1 }", "\"validation\": null", "field 'validation.loss' is missing")]
    [InlineData("\"train\": { \"loss\": 1 }", "\"train\": { \"loss\": \"low\" }", "field 'train.loss' is \"low\", not a number")]
    [InlineData("\"accuracyError\": 0.1, ", "", "field 'test.accuracyError' is missing")]
    [InlineData("\"recall\": 1", "\"recall\": true", "field 'test.classes.SN.recall' is true, not a number")]
    [InlineData("\"accuracy\": 0.5", "\"accuracy\": []", "field 'test.accuracy' is [], not a number")]
    [InlineData("\"recall\": 1", "\"p.q\": \"x\"", "field 'test.classes.SN.p.q' is \"x\", not a number")]
    [InlineData("\"seconds\"", "\"epochs\"", "epochs")]
    public void AFieldOfTheMetrics(string sound, string damaged, string named)
    {
        using var folder = DataFiles.Temporary("metrics");
        File.WriteAllText(folder["config.json"], Config);
        Refused("metrics.json", named, Metrics, Damage(Metrics, sound, damaged), folder, () => RunFolder.Open(folder.Path).ReadMetrics());
    }

    [Theory]
    [InlineData("\"folds\": 5", "\"folds\": 101", "field 'folds' is 101, not 0 to 100")]
    [InlineData("\"seeds\": 5", "\"seeds\": 1000000000", "field 'seeds' is 1000000000, not 1 to 1000")]
    [InlineData("\"recipe\": \"stamp-vae\"", "\"recipe\": 1", "field 'recipe'")]
    public void AFieldOfACrossValidation(string sound, string damaged, string named)
    {
        const string text = "{ \"recipe\": \"stamp-vae\", \"data\": \"simulated\", \"folds\": 5, \"seeds\": 5 }";
        using var folder = DataFiles.Temporary("validation");
        Refused(
            "cross-validation.json", named, text, Damage(text, sound, damaged), folder, () => CrossValidation.Open(folder.Path));
    }

    private static string Damage(string text, string sound, string damaged)
    {
        Assert.Contains(sound, text, StringComparison.Ordinal);
        return text.Replace(sound, damaged, StringComparison.Ordinal);
    }

    /// <summary>The sound text is read, the damaged one is not.</summary>
    private static void Refused(
        string file, string named, string sound, string damaged, DataFiles.TemporaryFolder folder, Action read)
    {
        File.WriteAllText(folder[file], sound);
        read();
        File.WriteAllText(folder[file], damaged);
        var message = Assert.Throws<BadInputException>(read).Message;
        Assert.StartsWith(folder[file], message, StringComparison.Ordinal);
        Assert.Contains(named, message, StringComparison.Ordinal);
    }
}
