"""Makes Tests/Fixtures/vae/ten_steps.safetensors: ten Adam steps of the stamp VAE in float32 on one thread, for both losses.

Run: /usr/bin/python3 Tests/Reference/make_vae_fixture.py [FILE]
Latent 21, one channel, batch 8, rate 1e-4. Initial weights, images and noise are not stored: hashed_values.py says how
they are made. Under `auto_regularised.` and `beta.` (weight 0.5) stand:

    loss, reconstruction, divergence               (10) of each step, before its update; divergence is not weighted
    step0.output, .mu, .logvar, .s                 of the first step
    step0.gradientNorm                             (48) in parameter order, and step0.gradient.NAME of the small ones
    final.NAME                                     small parameters and all running statistics after ten steps
    final.PLACE.running_mean_less_bias             see below
    final.sum, final.sumOfSquares                  (48) of every parameter, in parameter order, 0 for the noise parameters
    evaluation.output, .mu, .logvar, .s            after ten steps, on the images of step 0, see below

The metadata gives `parameters` (names in order), the rate, and guides for tolerances: the greatest
|difference| over the greatest |value| of the tensor, over PyTorch's own float64 run, its float32 run with other kernels
(oneDNN off) and six float32 runs whose initial weights are changed by at most 2e-7 of themselves. For the three curves the guide
is a tensor, RUN.guide.loss and so on: the greatest relative difference at each step. Pre-activations within rounding of
zero flip a ReLU now and then, and training grows that: hence the guides, and a rate of 1e-4 (at 1e-3 the tenth loss differs
by two to six hundredths between equally right runs).
A convolution's bias before batch normalisation has a gradient that is zero but for rounding; Adam turns its sign into
steps of full size, so those biases are noise (`noiseParameters`) and the running means that lag behind them differ by a
hundredth. What a test can compare is running_mean_less_bias = running mean - sum over steps of 0.1 * 0.9^(9 - step) * bias
at that step. The evaluation outputs are of a settled model: noise biases set to 0, running means to running_mean_less_bias.
"""
import os
import sys

import numpy
import torch

import hashed_values
import safetensors_file
import stamp_vae

BATCH, LATENT, STEPS = 8, 21, 10
RATE = 1e-4
LOSSES = {"auto_regularised": stamp_vae.auto_regularised,
          "beta": lambda *parts: stamp_vae.beta(*parts, weight=0.5)}
CURVES = ("loss", "reconstruction", "divergence")
NOISE = [f"encoder.{i}.bias" for i in (0, 3, 6, 9)] + [f"decoder.{i}.bias" for i in (3, 6, 10, 13, 17)]


def small(name, parameter):
    return parameter.dim() == 1 or name == "encoder.0.weight" or name.startswith("fc_sigma") or name == "decoder.20.weight"


def train(loss, dtype, change_seed=None):
    """Returns {name: array} of all that is stored for one loss."""
    model = stamp_vae.StampVae(LATENT)
    hashed_values.fill(model)
    if change_seed is not None:
        generator = torch.Generator().manual_seed(change_seed)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(1 + 2e-7 * (2 * torch.rand(parameter.shape, generator=generator) - 1))
    model.to(dtype).train()
    optimiser = torch.optim.Adam(model.parameters(), lr=RATE)
    stored, curves = {}, []
    # Running means less what the noise biases gave them: the part of the statistics that a test can compare.
    bias_share = {}
    for step in range(STEPS):
        x = hashed_values.images(step, (BATCH, 1, 21, 21)).to(dtype)
        eps = hashed_values.noise(step, (BATCH, LATENT)).to(dtype)
        for name in NOISE:
            bias = dict(model.named_parameters())[name].detach()
            bias_share[name] = bias_share.get(name, 0) * 0.9 + 0.1 * bias
        parts = model(x, eps)
        values = loss(x, *parts)
        # Zeros, not None: the beta loss leaves fc_sigma without a gradient.
        for parameter in model.parameters():
            parameter.grad = torch.zeros_like(parameter)
        values[0].backward()
        curves.append([value.item() for value in values])
        if step == 0:
            stored.update({f"step0.{key}": part.detach().clone() for key, part in zip(("output", "mu", "logvar", "s"), parts)})
            stored["step0.gradientNorm"] = torch.stack([parameter.grad.norm() for parameter in model.parameters()])
            for name, parameter in model.named_parameters():
                if small(name, parameter) and name not in NOISE:
                    stored["step0.gradient." + name] = parameter.grad.clone()
        optimiser.step()
    for i, name in enumerate(CURVES):
        stored[name] = torch.tensor([curve[i] for curve in curves], dtype=torch.float64)
    parameters, buffers = dict(model.named_parameters()), dict(model.named_buffers())
    for name, parameter in parameters.items():
        if small(name, parameter) and name not in NOISE:
            stored["final." + name] = parameter.detach().clone()
    for name, buffer in buffers.items():
        if name.endswith(("running_mean", "running_var")):
            stored["final." + name] = buffer.clone()
    with torch.no_grad():
        for name in NOISE:
            part, place, _ = name.split(".")
            running_mean = f"{part}.{int(place) + 1}.running_mean"
            buffers[running_mean] -= bias_share[name]
            stored[f"final.{running_mean}_less_bias"] = buffers[running_mean].clone()
            parameters[name].zero_()
    every = [parameter.detach().double() for parameter in parameters.values()]
    stored["final.sum"] = torch.stack([values.sum() for values in every])
    stored["final.sumOfSquares"] = torch.stack([(values ** 2).sum() for values in every])
    model.eval()
    with torch.no_grad():
        parts = model(hashed_values.images(0, (BATCH, 1, 21, 21)).to(dtype))
    stored.update({f"evaluation.{key}": part for key, part in zip(("output", "mu", "logvar", "s"), parts)})
    return {key: value.numpy().astype(numpy.float64) for key, value in stored.items()}


def distance(name, stored, other):
    """Greatest difference over the greatest value; for the curves, the relative difference at each step."""
    gap = numpy.abs(stored - other)
    return gap / numpy.abs(stored) if name in CURVES else gap.max() / max(numpy.abs(stored).max(), 1e-30)


if __name__ == "__main__":
    torch.set_num_threads(1)
    folder = os.path.dirname(os.path.abspath(__file__))
    path = sys.argv[1] if len(sys.argv) > 1 else os.path.normpath(os.path.join(folder, "../Fixtures/vae/ten_steps.safetensors"))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    names = hashed_values.fill(stamp_vae.StampVae(LATENT))
    tensors, metadata = {}, {"torch": torch.__version__, "batch": BATCH, "latent": LATENT, "channels": 1, "steps": STEPS, "rate": RATE,
                             "betaWeight": 0.5, "momentum": 0.1, "parameters": ",".join(names),
                             "noiseParameters": ",".join(NOISE), "computedIn": "float32, one thread"}
    for key, loss in LOSSES.items():
        stored = train(loss, torch.float32)
        double = train(loss, torch.float64)
        with torch.backends.mkldnn.flags(enabled=False):
            others = [double, train(loss, torch.float32)]
        others += [train(loss, torch.float32, seed) for seed in range(6)]
        print(f"{key}: loss {stored['loss'][0]:.4f} -> {stored['loss'][-1]:.4f}; distance from float64, greatest of all")
        for name, values in stored.items():
            guide = numpy.max([distance(name, values, other[name]) for other in others], axis=0)
            tensors[f"{key}.{name}"] = values.astype(numpy.float32)
            if name in CURVES:
                tensors[f"{key}.guide.{name}"] = guide.astype(numpy.float32)
                print(f"  {name:45s}", " ".join(f"{step:.0e}" for step in guide))
            else:
                metadata[f"guide.{key}.{name}"] = f"{guide:.1e}"
                print(f"  {name:45s} {distance(name, values, double[name]):9.2e} {guide:9.2e}")
    safetensors_file.write(path, tensors, metadata)
    print(f"{os.path.getsize(path)} bytes, {len(tensors)} tensors  {path}")
