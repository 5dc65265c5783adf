"""Makes a model file, an input and PyTorch's reconstruction of it, for our reader to repeat.

Run: make_model_file.py MODEL.safetensors INPUT.npy OUTPUT.npy [--seed N] [--latent N] [--channels N] [--batch N]
The model is PyTorch's default start after forty Adam steps on smooth random spots, so that every weight, running mean and
running variance has left its start. INPUT and OUTPUT are float32 (batch, channels, 21, 21).
Exit codes: 0 done, 3 PyTorch or numpy is not installed.
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


def spots(batch, channels):
    """A Gaussian spot of random place, width and brightness on a little noise, in [0, 1]."""
    place = torch.arange(stamp_vae.SIDE).float() - (stamp_vae.SIDE - 1) / 2
    shape = (batch, channels, 1, 1)
    row, column = torch.randn(shape) * 2, torch.randn(shape) * 2
    width, height = 1 + 2 * torch.rand(shape), 0.3 + 0.5 * torch.rand(shape)
    square = (place.view(-1, 1) - row) ** 2 + (place.view(1, -1) - column) ** 2
    return height * torch.exp(-square / (2 * width ** 2)) + 0.2 * torch.rand(batch, channels, stamp_vae.SIDE, stamp_vae.SIDE)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("input")
    parser.add_argument("output")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--latent", type=int, default=21)
    parser.add_argument("--channels", type=int, default=1)
    parser.add_argument("--batch", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    model = stamp_vae.StampVae(options.latent, options.channels)
    with torch.no_grad():
        # Started above zero, so that the ReLU at the end does not hide most of the output.
        model.decoder[20].bias.fill_(0.3)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(40):
        x = spots(16, options.channels)
        loss = stamp_vae.auto_regularised(x, *model(x, torch.randn(16, options.latent)))[0]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    model.eval()
    images = spots(options.batch, options.channels)
    with torch.no_grad():
        reconstruction = model(images)[0]
    state = {name: value.detach().numpy() for name, value in model.state_dict().items()}
    safetensors_file.write(options.model, state, {"format": "pt"})
    numpy.save(options.input, images.numpy())
    numpy.save(options.output, reconstruction.numpy())
    print(f"loss {loss.item():.3f}, reconstruction mean {reconstruction.mean():.6f}, {model.parameter_count():,} parameters")
    return 0


if __name__ == "__main__":
    sys.exit(main())
