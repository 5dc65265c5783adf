"""Makes fixtures as make_op_fixtures.py does, for the ops that move numbers: sequences, windows over time and turned images.

Run: /usr/bin/python3 Tests/Reference/make_shape_fixtures.py [FOLDER]
Sequences are stored as images of one column, (batch, features, steps, 1).
"""
import math
import os
import sys

import torch
import torch.nn.functional as F

from case_file import CaseFile

torch.set_num_threads(1)


def repeat():
    file = CaseFile("repeat", 141)
    for batch, features, steps in [(3, 5, 4), (2, 17, 3), (4, 1, 1)]:
        x = file.normal(batch, features, gradient=True)
        y = x[:, :, None, None].repeat(1, 1, steps, 1)
        gradient = file.normal(*y.shape)
        y.backward(gradient)
        file.case({"input": x, "output": y, "outputGradient": gradient, "inputGradient": x.grad}, steps=steps)
    return file


def step():
    file = CaseFile("step", 142)
    for shape, index in [((3, 5, 4, 1), 0), ((3, 5, 4, 1), -1), ((2, 17, 3, 2), 1)]:
        x = file.normal(*shape, gradient=True)
        y = x[:, :, index][:, :, None]
        gradient = file.normal(*y.shape)
        y.backward(gradient)
        file.case({"input": x, "output": y, "outputGradient": gradient, "inputGradient": x.grad}, index=index)
    return file


def mask():
    file = CaseFile("mask", 143)
    for shape, lengths in [((4, 5, 3, 1), [3, 0, 2, 1]), ((2, 17, 4, 2), [4, 3])]:
        x = file.normal(*shape, gradient=True)
        counts = torch.tensor(lengths)
        y = x.masked_fill(torch.arange(shape[2])[None, None, :, None] >= counts[:, None, None, None], 0)
        gradient = file.normal(*y.shape)
        y.backward(gradient)
        file.case({"input": x, "lengths": counts.double().view(-1, 1), "output": y, "outputGradient": gradient,
                   "inputGradient": x.grad})
    return file


def unfold():
    file = CaseFile("unfold", 144)
    for shape, kernel, padding, dilation in [((2, 3, 5, 1), 3, 2, 1), ((2, 2, 4, 3), 2, 0, 1), ((2, 5, 6, 1), 2, 3, 3)]:
        x = file.normal(*shape, gradient=True)
        columns = F.unfold(F.pad(x, (0, 0, padding, 0)), (kernel, 1), dilation=(dilation, 1))
        # PyTorch's channels are (channel, frame), ours (frame, channel).
        columns = columns.view(shape[0], shape[1], kernel, -1, shape[3]).transpose(1, 2)
        y = columns.reshape(shape[0], kernel * shape[1], -1, shape[3])
        gradient = file.normal(*y.shape)
        y.backward(gradient)
        file.case({"input": x, "output": y, "outputGradient": gradient, "inputGradient": x.grad},
                  kernel=kernel, padding=padding, dilation=dilation)
    return file


def conv1d():
    file = CaseFile("conv1d", 145)
    # batch, in, out, steps, kernel, padding, dilation
    for batch, inputs, outputs, steps, kernel, padding, dilation in [(2, 3, 5, 6, 3, 2, 1), (3, 1, 4, 5, 4, 0, 1), (2, 5, 17, 7, 3, 4, 2)]:
        x = file.normal(batch, inputs, steps, 1, gradient=True)
        weight = file.normal(outputs, inputs, kernel, deviation=1 / math.sqrt(inputs * kernel), gradient=True)
        bias = file.normal(outputs, gradient=True)
        y = F.conv1d(F.pad(x.squeeze(3), (padding, 0)), weight, bias, dilation=dilation).unsqueeze(3)
        gradient = file.normal(*y.shape)
        y.backward(gradient)
        file.case({"input": x, "weight": weight, "bias": bias, "output": y, "outputGradient": gradient,
                   "inputGradient": x.grad, "weightGradient": weight.grad, "biasGradient": bias.grad},
                  kernel=kernel, padding=padding, dilation=dilation)
    return file


def rotate():
    file = CaseFile("rotate", 146)
    for shape, copies, side in [((2, 2, 7, 7), 5, 5), ((1, 1, 6, 8), 3, 9), ((2, 1, 5, 5), 4, 5)]:
        x = file.normal(*shape, gradient=True)
        height, width = shape[2:]
        place = torch.arange(side).double() - (side - 1) / 2
        row, column = torch.meshgrid(place, place, indexing="ij")
        turned = []
        for copy in range(copies):
            cosine, sine = math.cos(2 * math.pi * copy / copies), math.sin(2 * math.pi * copy / copies)
            across, down = cosine * column - sine * row, cosine * row + sine * column
            # align_corners: -1 and 1 are the centres of the outermost pixels.
            grid = torch.stack([across * 2 / (width - 1), down * 2 / (height - 1)], 2).expand(shape[0], side, side, 2)
            turned.append(F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=True))
        y = torch.stack(turned, 1).flatten(0, 1)
        gradient = file.normal(*y.shape)
        y.backward(gradient)
        file.case({"input": x, "output": y, "outputGradient": gradient, "inputGradient": x.grad}, copies=copies, side=side)
    return file


if __name__ == "__main__":
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Fixtures/ops")
    folder = os.path.normpath(folder)
    os.makedirs(folder, exist_ok=True)
    for make in (repeat, step, mask, unfold, conv1d, rotate):
        make().write(folder)
