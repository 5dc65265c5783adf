"""Runs a model file of ours in PyTorch: loads it strictly into StampVae, evaluates an image batch and writes the reconstruction.

Run: check_model_file.py MODEL.safetensors INPUT.npy OUTPUT.npy [--latent N] [--channels N]
INPUT is float32 (batch, channels, 21, 21); so is OUTPUT. Latent size and channels come from the file's shapes unless given.
Exit codes: 0 done, 2 the file does not fit the model (one line says why), 3 PyTorch or numpy is not installed.
"""
import argparse
import sys

try:
    import numpy
    import torch
except ImportError as error:
    print(f"PyTorch and numpy are needed: {error}", file=sys.stderr)
    sys.exit(3)

import safetensors_file
import stamp_vae


def load(path, latent=None, channels=None):
    """Returns the model in evaluation mode; num_batches_tracked must be there as an I64 scalar, as PyTorch keeps it."""
    tensors, _ = safetensors_file.read(path)
    if latent is None or channels is None:
        latent = latent or tensors["fc_mu.weight"].shape[0]
        channels = channels or tensors["encoder.0.weight"].shape[1]
    for name, array in tensors.items():
        wanted = numpy.int64 if name.endswith("num_batches_tracked") else numpy.float32
        if array.dtype != wanted:
            raise ValueError(f"{path}: tensor {name} is {array.dtype}, not {numpy.dtype(wanted)}")
    model = stamp_vae.StampVae(latent, channels)
    model.load_state_dict({name: torch.from_numpy(array) for name, array in tensors.items()}, strict=True)
    return model.eval()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("input")
    parser.add_argument("output")
    parser.add_argument("--latent", type=int)
    parser.add_argument("--channels", type=int)
    options = parser.parse_args()
    torch.set_num_threads(1)
    try:
        model = load(options.model, options.latent, options.channels)
        images = torch.from_numpy(numpy.load(options.input, allow_pickle=False).astype(numpy.float32))
        with torch.no_grad():
            reconstruction = model(images)[0]
    except (ValueError, RuntimeError, KeyError, OSError) as error:
        print(" ".join(f"{type(error).__name__}: {error}".split()), file=sys.stderr)
        return 2
    numpy.save(options.output, reconstruction.numpy())
    print(f"{tuple(reconstruction.shape)} mean {reconstruction.mean():.6f}, {model.parameter_count():,} parameters")
    return 0


if __name__ == "__main__":
    sys.exit(main())
