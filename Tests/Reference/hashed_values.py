"""Pseudo-random float32 arrays from whole-number arithmetic, so that C# can make the same weights without a stored file.

For array number k and element i (both from 0, i in PyTorch's flat C order: OIHW, (out, in), NCHW), in 32-bit unsigned
arithmetic with wrap-around:

    h = i * 2654435761 + (k + 1) * (40503 * 65537)        40503 * 65537 = 2654445111
    h = h ^ (h >> 16);  h = h * 2246822519;  h = h ^ (h >> 13)
    unit = (h >> 8) / 2^24 - 0.5                          exact in float64 (and in float32), in [-0.5, 0.5)

Every value is computed in float64 from `unit` and rounded once to float32:

    conv and linear weight and bias   unit * 2 * bound, bound = 1 / sqrt(fan_in) in float64,
                                      fan_in = in * kernel * kernel or in; a bias has its layer's fan_in
    recurrent weights                 the same, fan_in = in or hidden; both biases have that of the states, hidden
    batch normalisation weight        1 + 0.1 * (unit * 2)
    batch normalisation bias          0.1 * (unit * 2)
    images, k = 1000 + step           0.5 + unit * 2 * 0.5
    noise, k = 2000 + step            sqrt(3) * (unit * 2)     (variance one)

k of a parameter is its place among the trainable parameters in state_dict order (running statistics and
num_batches_tracked are not counted): encoder.0.weight 0, encoder.0.bias 1, encoder.1.weight 2, ... Running statistics
start at mean 0 and variance 1.
"""
import math

import numpy
import torch


def unit(k, count):
    i = numpy.arange(count, dtype=numpy.uint64)
    h = (i * 2654435761 + (k + 1) * 40503 * 65537) % 2**32
    h ^= h >> 16
    h = h * 2246822519 % 2**32
    h ^= h >> 13
    return (h >> 8).astype(numpy.float64) / 2**24 - 0.5


def rounded(values, shape):
    return torch.from_numpy(values.astype(numpy.float32)).reshape(shape)


def images(step, shape):
    return rounded(0.5 + unit(1000 + step, math.prod(shape)) * 2 * 0.5, shape)


def noise(step, shape):
    return rounded(math.sqrt(3) * (unit(2000 + step, math.prod(shape)) * 2), shape)


def fill(model):
    """Sets every parameter of the model in place; returns their names in order, so that k is the place in the list."""
    owners = dict(model.named_modules())
    names = [name for name, _ in model.named_parameters()]
    for k, (name, parameter) in enumerate(model.named_parameters()):
        owner = owners[name.rpartition(".")[0]]
        values = unit(k, parameter.numel()) * 2
        if isinstance(owner, (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d)):
            values = 1 + 0.1 * values if name.endswith("weight") else 0.1 * values
        else:
            weight = owner.weight if hasattr(owner, "weight") else parameter if parameter.dim() > 1 else owner.weight_hh_l0
            values = values * (1 / math.sqrt(weight[0].numel()))
        with torch.no_grad():
            parameter.copy_(rounded(values, parameter.shape))
    return names
