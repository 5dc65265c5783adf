"""Exports the stamp VAE, with weights of a fixed seed, as it is for inference: encode (encoder and mu) or reconstruct (through mu).

Run: export_onnx.py --kind encode|reconstruct --batch 256 [--latent 30] --out FILE.onnx
The file is for measuring ONNX Runtime's speed, which does not depend on the weights. Prints one JSON line when it is written.
"""
import argparse
import contextlib
import json
import os
import sys

import onnx
import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Tests/Reference"))
import stamp_vae


class Reshape(torch.nn.Module):
    """Unflatten in words that every version can export."""

    def __init__(self, shape):
        super().__init__()
        self.shape = tuple(shape)

    def forward(self, x):
        return x.reshape(-1, *self.shape)


class Inference(torch.nn.Module):
    """The outputs that an inference is asked for, and nothing else."""

    def __init__(self, model, kind):
        super().__init__()
        self.model, self.kind = model, kind
        for place, layer in enumerate(model.decoder):
            if isinstance(layer, torch.nn.Unflatten):
                model.decoder[place] = Reshape(layer.unflattened_size)

    def forward(self, x):
        mu = self.model.fc_mu(self.model.encoder(x))
        return mu if self.kind == "encode" else self.model.decoder(mu)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kind", choices=["encode", "reconstruct"], required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--latent", type=int, default=30)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    torch.manual_seed(1)
    model = Inference(stamp_vae.StampVae(options.latent), options.kind).eval()
    images = torch.rand(options.batch, 1, stamp_vae.SIDE, stamp_vae.SIDE)
    # Some versions report on standard output, where the answer is to be the only line.
    with contextlib.redirect_stdout(sys.stderr):
        torch.onnx.export(model, images, options.out, input_names=["stamps"], output_names=[options.kind], opset_version=13)
    onnx.checker.check_model(options.out)
    print(json.dumps({"file": options.out, "nodes": len(onnx.load(options.out).graph.node)}))


if __name__ == "__main__":
    main()
