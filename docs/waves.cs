#:project ../Engine/Engine.csproj
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
using Estampa.Engine;

// 1,024 sine waves of 64 points, each with a phase of its own, through a code of two numbers and back.
var waves = new float[1024 * 64];
for (var place = 0; place < waves.Length; place++)
{
    waves[place] = MathF.Sin((place % 64 * 0.2f) + (place / 64 * 0.37f));
}

var graph = new Graph();
var input = graph.Input("waves", new Shape(batch: 64, channels: 64));
var code = input.Linear("encoder.0", 32).Activate<Silu>().Linear("encoder.2", 2);
var rebuilt = code.Linear("decoder.0", 32).Activate<Silu>().Linear("decoder.2", 64);
var loss = graph.Loss(new LossPart("error", rebuilt.MeanSquaredError(input), graph.Dial("error", 1f)));

using var device = Device.Best();
using var weights = new Weights(device, graph, seed: 1);
using var plan = Plan.ForTraining(device, graph, weights, loss.Output);
using var feed = Feed.Resident(device, waves, sample: 64);
using var trainer = new Trainer(plan, loss, input, feed, new Adam(Rate: 3e-3f), new ConstantSchedule(), seed: 1);
while (trainer.Epoch < 20 && trainer.Run() is { } epoch)
{
    Console.WriteLine($"epoch {epoch.Epoch + 1,2}  error {epoch.Loss:F5}");
}
