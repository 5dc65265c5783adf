"""A fixture file: several numbered cases of one op, each with named tensors and string settings."""
import os

import numpy
import torch

import safetensors_file


class CaseFile:
    """Gathers cases and writes `<folder>/<op>.safetensors`.

    Inputs are drawn as float32 values from a seeded normal distribution (numpy's RandomState, whose stream is fixed)
    and handed out as float64 tensors, so that PyTorch computes in float64 and what is stored is its answer rounded
    once to float32: the reference carries no rounding of its own.
    """

    def __init__(self, op, seed):
        self.op = op
        self.random = numpy.random.RandomState(seed)
        self.tensors = {}
        self.metadata = {"op": op, "torch": torch.__version__, "seed": seed, "computedIn": "float64", "layout": "NCHW, OIHW"}
        self.count = 0

    def normal(self, *shape, mean=0.0, deviation=1.0, gradient=False):
        values = (mean + deviation * self.random.standard_normal(shape)).astype(numpy.float32)
        return torch.tensor(values.astype(numpy.float64), requires_grad=gradient)

    def case(self, tensors, /, **settings):
        """Adds one case; tensors {name: tensor or array}, None is left out."""
        prefix = f"case{self.count}."
        for name, value in tensors.items():
            if value is None:
                continue
            array = value.detach().numpy() if isinstance(value, torch.Tensor) else numpy.asarray(value)
            self.tensors[prefix + name] = array if array.dtype.kind == "i" else array.astype(numpy.float32)
        for key, value in settings.items():
            self.metadata[prefix + key] = value
        self.count += 1

    def write(self, folder):
        self.metadata["cases"] = self.count
        path = os.path.join(folder, self.op + ".safetensors")
        safetensors_file.write(path, self.tensors, self.metadata)
        print(f"{os.path.getsize(path):8d} bytes, {self.count:2d} cases  {path}")
