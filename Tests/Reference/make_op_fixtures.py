"""Makes Tests/Fixtures/ops/*.safetensors: PyTorch's values and gradients of every op, a file an op, several cases a file.

Run: /usr/bin/python3 Tests/Reference/make_op_fixtures.py [FOLDER]
Images are stored as PyTorch orders them (batch, channels, height, width), convolution weights (out, in, height, width),
linear weights (out, in). `outputGradient` is the random gradient that comes in from above; the other *Gradient tensors are
what goes out. Training pieces (optimisers, clipping, schedules) are in make_training_fixtures.py,
recurrent layers in make_recurrent_fixtures.py.
"""
import math
import os
import sys

import torch
import torch.nn.functional as F

from case_file import CaseFile

torch.set_num_threads(1)


def conv2d():
    file = CaseFile("conv2d", 101)
    # batch, in, out, height, width, kernel, stride, padding
    for batch, inputs, outputs, height, width, kernel, stride, padding in [
        (2, 1, 4, 5, 7, 3, 1, 1),
        (2, 3, 5, 6, 5, 3, 1, 0),
        (3, 5, 1, 7, 7, 3, 2, 1),
        (2, 3, 5, 7, 6, 1, 1, 0),
        (2, 3, 4, 7, 7, 1, 2, 0),
        (2, 3, 5, 6, 7, 4, 1, 3),
        (2, 2, 3, 7, 7, 4, 2, 1),
        (2, 3, 5, 7, 5, 5, 1, 2),
        (2, 1, 4, 7, 7, 5, 3, 0),
        (2, 3, 2, 7, 7, 7, 1, 3),
        (2, 2, 5, 6, 7, 7, 2, 2),
        (2, 4, 3, 7, 6, 3, 3, 1),
        (3, 2, 4, 6, 7, 3, 2, 2),
        (2, 17, 16, 5, 4, 3, 1, 1),
        (2, 16, 17, 5, 5, 3, 2, 1),
        (2, 1, 64, 5, 5, 3, 1, 1),
        (2, 64, 1, 4, 5, 3, 1, 1),
        (2, 64, 64, 5, 5, 3, 1, 1),
    ]:
        x = file.normal(batch, inputs, height, width, gradient=True)
        weight = file.normal(outputs, inputs, kernel, kernel, deviation=1 / math.sqrt(inputs * kernel * kernel), gradient=True)
        bias = file.normal(outputs, gradient=True)
        y = F.conv2d(x, weight, bias, stride=stride, padding=padding)
        gradient = file.normal(*y.shape)
        y.backward(gradient)
        file.case({"input": x, "weight": weight, "bias": bias, "output": y, "outputGradient": gradient,
                   "inputGradient": x.grad, "weightGradient": weight.grad, "biasGradient": bias.grad},
                  kernel=kernel, stride=stride, padding=padding)
    return file


def batch_norm():
    file = CaseFile("batch_norm", 102)
    # The case with mean 1000 fails a variance computed as E[x^2] - E[x]^2 in float32.
    for shape, mean, deviation in [
        ((3, 4, 5, 6), 0.3, 1.0), ((2, 17, 4, 3), -0.5, 2.0), ((2, 64, 3, 3), 0.0, 1.0),
        ((7, 5), 0.0, 1.0), ((3, 3, 4, 5), 1000.0, 1.0), ((2, 2, 3, 3), 0.0, 1e-3),
    ]:
        for mode in ("training", "evaluation"):
            channels = shape[1]
            x = file.normal(*shape, mean=mean, deviation=deviation, gradient=True)
            weight = file.normal(channels, mean=1.0, deviation=0.3, gradient=True)
            bias = file.normal(channels, deviation=0.3, gradient=True)
            before_mean = file.normal(channels, mean=mean, deviation=0.3 * deviation)
            before_variance = ((file.normal(channels).abs() + 0.5) * deviation ** 2).float().double()
            gradient = file.normal(*shape)
            tensors = {"input": x, "weight": weight, "bias": bias, "outputGradient": gradient,
                       "runningMeanBefore": before_mean, "runningVarianceBefore": before_variance}
            for prefix in ("", "relu."):
                running_mean, running_variance = before_mean.clone(), before_variance.clone()
                y = F.batch_norm(x, running_mean, running_variance, weight, bias, mode == "training", momentum=0.1, eps=1e-5)
                y = torch.relu(y) if prefix else y
                gradients = torch.autograd.grad(y, (x, weight, bias), gradient)
                tensors.update({prefix + "output": y, prefix + "inputGradient": gradients[0],
                                prefix + "weightGradient": gradients[1], prefix + "biasGradient": gradients[2]})
            tensors.update({"runningMean": running_mean, "runningVariance": running_variance})
            file.case(tensors, mode=mode, momentum=0.1, epsilon=1e-5)
    return file


def linear():
    file = CaseFile("linear", 103)
    for batch, inputs, outputs in [(3, 5, 4), (1, 7, 1), (2, 17, 16), (5, 64, 33), (3, 1, 64)]:
        x = file.normal(batch, inputs, gradient=True)
        weight = file.normal(outputs, inputs, deviation=1 / math.sqrt(inputs), gradient=True)
        bias = file.normal(outputs, gradient=True)
        y = F.linear(x, weight, bias)
        gradient = file.normal(*y.shape)
        y.backward(gradient)
        file.case({"input": x, "weight": weight, "bias": bias, "output": y, "outputGradient": gradient,
                   "inputGradient": x.grad, "weightGradient": weight.grad, "biasGradient": bias.grad})
    return file


def activations():
    file = CaseFile("activations", 104)
    kinds = {"identity": lambda x: x * 1, "relu": torch.relu, "leaky_relu": lambda x: F.leaky_relu(x, 0.01),
             "sigmoid": torch.sigmoid, "tanh": torch.tanh, "silu": F.silu}
    for kind, function in kinds.items():
        x = file.normal(3, 23, deviation=2.0)
        # Zero, both signs of large arguments, and arguments whose exponential passes float32's range.
        x[0, :9] = torch.tensor([0.0, 20.0, -20.0, 60.0, -60.0, 100.0, -100.0, 1e-3, -1e-3]).double()
        x = x.float().double().requires_grad_()
        y = function(x)
        gradient = file.normal(3, 23)
        y.backward(gradient)
        settings = {"slope": 0.01} if kind == "leaky_relu" else {}
        file.case({"input": x, "output": y, "outputGradient": gradient, "inputGradient": x.grad}, activation=kind, **settings)
    return file


def upsample():
    file = CaseFile("upsample", 105)
    for channels, size, target in [(3, (6, 6), (11, 11)), (2, (11, 11), (21, 21)), (5, (3, 3), (7, 5)), (4, (5, 5), (3, 3)),
                                   (17, (3, 3), (6, 6)), (3, (4, 3), (4, 3)), (2, (2, 5), (9, 4)), (64, (2, 2), (5, 3))]:
        x = file.normal(2, channels, *size, gradient=True)
        y = F.interpolate(x, size=target, mode="nearest")
        # The rule is source = floor(target * in / out); PyTorch's float arithmetic must agree with whole numbers here.
        rows = [i * size[0] // target[0] for i in range(target[0])]
        columns = [j * size[1] // target[1] for j in range(target[1])]
        assert torch.equal(y, x[:, :, rows][:, :, :, columns])
        gradient = file.normal(*y.shape)
        y.backward(gradient)
        file.case({"input": x, "output": y, "outputGradient": gradient, "inputGradient": x.grad},
                  height=target[0], width=target[1])
    return file


def pool(op, seed, function):
    file = CaseFile(op, seed)
    for shape, kernel, stride, padding in [((2, 3, 6, 6), 2, 2, 0), ((1, 17, 7, 5), 3, 2, 1), ((2, 2, 5, 6), 4, 1, 2),
                                           ((1, 2, 7, 8), 2, 3, 0), ((2, 4, 5, 5), 3, 1, 1)]:
        for kind in ("normal", "ties"):
            x = file.normal(*shape)
            if kind == "ties":
                # What a ReLU leaves, rounded: many windows have their maximum several times.
                x = torch.relu(torch.round(x))
                if op == "max_pool":
                    x[0, 0, 0, 0] = -math.inf
            x.requires_grad_()
            y = function(x, kernel, stride, padding)
            gradient = file.normal(*y.shape)
            y.backward(gradient)
            file.case({"input": x, "output": y, "outputGradient": gradient, "inputGradient": x.grad},
                      kernel=kernel, stride=stride, padding=padding)
    return file


def max_pool():
    return pool("max_pool", 121, F.max_pool2d)


def average_pool():
    return pool("average_pool", 122, F.avg_pool2d)


def concatenate():
    file = CaseFile("concatenate", 123)
    for batch, size, channels in [(2, (3, 4), (1, 5, 2)), (3, (), (4, 17, 1))]:
        first, second, third = (file.normal(batch, count, *size, gradient=True) for count in channels)
        y = torch.cat((first, second, third), 1)
        gradient = file.normal(*y.shape)
        y.backward(gradient)
        file.case({"first": first, "second": second, "third": third, "output": y, "outputGradient": gradient,
                   "firstGradient": first.grad, "secondGradient": second.grad, "thirdGradient": third.grad})
    return file


def cyclic_pool():
    file = CaseFile("cyclic_pool", 124)
    for shape, turns in [((8, 5), 4), ((6, 2, 3, 4), 3), ((12, 17), 6)]:
        x = file.normal(*shape, gradient=True)
        y = x.view(-1, turns, *shape[1:]).mean(1)
        gradient = file.normal(*y.shape)
        y.backward(gradient)
        file.case({"input": x, "output": y, "outputGradient": gradient, "inputGradient": x.grad}, turns=turns)
    return file


def cyclic_slice():
    file = CaseFile("cyclic_slice", 125)
    for shape in [(2, 3, 4, 4), (3, 2, 5, 5)]:
        x = file.normal(*shape, gradient=True)
        y = torch.stack([torch.rot90(x, turn, (2, 3)) for turn in range(4)], 1).flatten(0, 1)
        gradient = file.normal(*y.shape)
        y.backward(gradient)
        file.case({"input": x, "output": y, "outputGradient": gradient, "inputGradient": x.grad})
    return file


def reparametrise():
    file = CaseFile("reparametrise", 106)
    for shape in [(3, 5), (2, 17), (2, 64)]:
        mean, log_variance = file.normal(*shape, gradient=True), file.normal(*shape, gradient=True)
        noise, gradient = file.normal(*shape), file.normal(*shape)
        z = mean + torch.exp(log_variance / 2) * noise
        z.backward(gradient)
        file.case({"mean": mean, "logVariance": log_variance, "noise": noise, "output": z, "outputGradient": gradient,
                   "meanGradient": mean.grad, "logVarianceGradient": log_variance.grad})
    return file


def divergence():
    file = CaseFile("divergence", 107)
    for shape in [(3, 5), (2, 17), (2, 64)]:
        mean, log_variance = file.normal(*shape, gradient=True), file.normal(*shape, gradient=True)
        divergences = 0.5 * (mean ** 2 + torch.exp(log_variance) - 1 - log_variance).sum(1)
        gradient = file.normal(shape[0])
        divergences.backward(gradient)
        file.case({"mean": mean, "logVariance": log_variance, "output": divergences, "outputGradient": gradient,
                   "meanGradient": mean.grad, "logVarianceGradient": log_variance.grad})
    return file


def squared_error():
    file = CaseFile("squared_error", 108)
    for shape in [(3, 2, 4, 5), (2, 17, 3, 3), (4, 33)]:
        for reduction in ("mean", "sample"):
            prediction, target = file.normal(*shape, gradient=True), file.normal(*shape)
            # mean: one value over everything; sample: a sum for each sample.
            error = F.mse_loss(prediction, target) if reduction == "mean" else ((prediction - target) ** 2).flatten(1).sum(1)
            gradient = file.normal(*error.shape)
            error.backward(gradient)
            file.case({"prediction": prediction, "target": target, "output": error, "outputGradient": gradient,
                       "predictionGradient": prediction.grad}, reduction=reduction)
    return file


def gaussian_likelihood():
    file = CaseFile("gaussian_likelihood", 109)
    for shape in [(3, 2, 4, 5), (2, 17, 3, 3), (2, 1, 7, 7)]:
        prediction, target = file.normal(*shape, gradient=True), file.normal(*shape)
        s = torch.sigmoid(file.normal(shape[0], 1)).float().double().requires_grad_()
        log_variance = (-5 * s).view(-1, 1, 1, 1)
        pixels = 0.5 * ((target - prediction) ** 2 / torch.exp(log_variance) + log_variance + math.log(2 * math.pi))
        likelihood = pixels.flatten(1).sum(1)
        gradient = file.normal(shape[0])
        likelihood.backward(gradient)
        file.case({"prediction": prediction, "target": target, "s": s, "output": likelihood, "outputGradient": gradient,
                   "predictionGradient": prediction.grad, "sGradient": s.grad}, scale=5)
    return file


def binary_cross_entropy():
    file = CaseFile("binary_cross_entropy", 110)
    for shape in [(3, 2, 4, 5), (2, 17, 3, 3), (3, 35)]:
        for form in ("probabilities", "logits"):
            x = file.normal(*shape, deviation=2.0)
            x = (torch.sigmoid(x) if form == "probabilities" else x).float().double().requires_grad_()
            target = torch.sigmoid(file.normal(*shape)).float().double()
            loss = F.binary_cross_entropy if form == "probabilities" else F.binary_cross_entropy_with_logits
            entropy = loss(x, target, reduction="none").flatten(1).sum(1)
            gradient = file.normal(shape[0])
            entropy.backward(gradient)
            file.case({"input": x, "target": target, "output": entropy, "outputGradient": gradient, "inputGradient": x.grad},
                      form=form)
    # Saturated ends: log is held at -100 and the gradient is (p - t) / max(p (1 - p), 1e-12); logits stay exact.
    ends = {"probabilities": [[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.5, 0.25]],
            "logits": [[-90.0, -90.0, 90.0, 90.0], [-200.0, 200.0, 0.0, -1.0]]}
    for form, values in ends.items():
        x = torch.tensor(values).double().requires_grad_()
        target = torch.tensor([[0.0, 1.0, 0.0, 1.0], [0.5, 0.5, 1.0, 0.0]]).double()
        loss = F.binary_cross_entropy if form == "probabilities" else F.binary_cross_entropy_with_logits
        entropy = loss(x, target, reduction="none").flatten(1).sum(1)
        entropy.backward(torch.ones(2).double())
        file.case({"input": x, "target": target, "output": entropy, "outputGradient": torch.ones(2), "inputGradient": x.grad},
                  form=form, saturated="true")
    return file


def softmax():
    file = CaseFile("softmax", 131)
    for shape in [(3, 5), (2, 17), (4, 1)]:
        x = file.normal(*shape, deviation=2.0, gradient=True)
        y = torch.softmax(x, 1)
        gradient = file.normal(*shape)
        y.backward(gradient)
        file.case({"logits": x, "output": y, "outputGradient": gradient, "logitsGradient": x.grad})
    # Logits whose exponential passes float32's range.
    x = torch.tensor([[1000.0, 999.0, -1000.0], [-200.0, -200.0, -201.0]]).double().requires_grad_()
    y = torch.softmax(x, 1)
    y.backward(torch.tensor([[1.0, 2.0, 3.0], [1.0, -1.0, 2.0]]).double())
    file.case({"logits": x, "output": y, "outputGradient": torch.tensor([[1.0, 2.0, 3.0], [1.0, -1.0, 2.0]]), "logitsGradient": x.grad})
    return file


def softmax_cross_entropy():
    file = CaseFile("softmax_cross_entropy", 132)
    for batch, classes, deviation in [(6, 5, 2.0), (5, 17, 1.0), (4, 2, 300.0)]:
        for smoothing, reward, weighted in [(0.0, 0.0, False), (0.125, 0.0, True), (0.0, 0.5, False), (0.25, 0.75, True)]:
            x = file.normal(batch, classes, deviation=deviation, gradient=True)
            labels = torch.arange(batch) * 3 % classes
            labels[1] = -1
            weights = (file.normal(classes).abs() + 0.25).float().double() if weighted else torch.ones(classes).double()
            entropy = -(torch.softmax(x, 1) * torch.log_softmax(x, 1)).sum(1)
            loss = F.cross_entropy(x, labels, weights, reduction="none", ignore_index=-1, label_smoothing=smoothing)
            loss = loss - reward * entropy * (labels >= 0)
            gradient = file.normal(batch)
            loss.backward(gradient)
            file.case({"logits": x, "labels": labels.double().view(-1, 1), "classWeights": weights, "output": loss,
                       "outputGradient": gradient, "logitsGradient": x.grad}, smoothing=smoothing, reward=reward)
    return file


def layer_norm():
    file = CaseFile("layer_norm", 133)
    # Over the channels of each pixel, and over whole samples. The mean of 1000 fails a variance computed as E[x^2] - E[x]^2 in float32.
    for shape, mean, deviation in [((3, 4, 2, 5), 0.3, 1.0), ((4, 17), -0.5, 2.0), ((2, 33, 1, 2), 0.0, 1e-3), ((3, 6), 1000.0, 1.0)]:
        for over in ("channels", "sample"):
            x = file.normal(*shape, mean=mean, deviation=deviation, gradient=True)
            size = shape[1:] if over == "sample" else shape[1:2]
            weight, bias = file.normal(*size, mean=1.0, deviation=0.3, gradient=True), file.normal(*size, gradient=True)
            rows = x.movedim(1, -1) if over == "channels" else x
            y = F.layer_norm(rows, size, weight, bias, eps=1e-5)
            y = y.movedim(-1, 1) if over == "channels" else y
            gradient = file.normal(*shape)
            y.backward(gradient)
            file.case({"input": x, "weight": weight, "bias": bias, "output": y, "outputGradient": gradient,
                       "inputGradient": x.grad, "weightGradient": weight.grad, "biasGradient": bias.grad}, over=over)
    return file


if __name__ == "__main__":
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Fixtures/ops")
    folder = os.path.normpath(folder)
    os.makedirs(folder, exist_ok=True)
    for make in (conv2d, batch_norm, linear, activations, upsample, reparametrise, divergence, squared_error,
                 gaussian_likelihood, binary_cross_entropy, max_pool, average_pool, concatenate, cyclic_pool, cyclic_slice,
                 softmax, softmax_cross_entropy, layer_norm):
        make().write(folder)
