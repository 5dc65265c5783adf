"""The stamp VAE in PyTorch: the reference for values, for interchange of weights and for speed.

Architecture: Astorga et al. 2018 (IJCNN), four 3x3 convolutions of 64 channels down to 6x6 and six up to 21x21 with
nearest-neighbour upsampling; a net on z gives s in (0, 1) with log sigma^2 = -5 s, one value a sample.
"""
import math

import torch
from torch import nn

SIDE = 21
WIDTH = 64
FLAT = WIDTH * 6 * 6
COUNTS = {21: 446_120, 30: 508_670, 32: 522_570}


def normalised(inputs, stride=1):
    return [nn.Conv2d(inputs, WIDTH, 3, stride, 1), nn.BatchNorm2d(WIDTH), nn.ReLU()]


class StampVae(nn.Module):
    """Images (batch, channels, 21, 21) in [0, 1]; names of the parameters are the ones kept in model files."""

    def __init__(self, latent=30, channels=1):
        super().__init__()
        self.latent, self.channels = latent, channels
        self.encoder = nn.Sequential(
            *normalised(channels), *normalised(WIDTH, 2), *normalised(WIDTH), *normalised(WIDTH, 2), nn.Flatten())
        self.fc_mu = nn.Linear(FLAT, latent)
        self.fc_logvar = nn.Linear(FLAT, latent)
        self.decoder = nn.Sequential(
            nn.Linear(latent, FLAT), nn.ReLU(), nn.Unflatten(1, (WIDTH, 6, 6)),
            *normalised(WIDTH), *normalised(WIDTH), nn.Upsample(size=11),
            *normalised(WIDTH), *normalised(WIDTH), nn.Upsample(size=SIDE),
            *normalised(WIDTH), nn.Conv2d(WIDTH, channels, 3, 1, 1), nn.ReLU())
        self.fc_sigma = nn.Sequential(nn.Linear(latent, 36), nn.ReLU(), nn.Linear(36, 1), nn.Sigmoid())
        assert channels != 1 or latent not in COUNTS or self.parameter_count() == COUNTS[latent], self.parameter_count()

    def parameter_count(self):
        return sum(parameter.numel() for parameter in self.parameters())

    def forward(self, x, eps=None):
        """Returns reconstruction, mu, logvar, s (batch, 1). Training draws z with the noise given; evaluation takes z = mu."""
        features = self.encoder(x)
        mu, logvar = self.fc_mu(features), self.fc_logvar(features)
        z = mu + torch.exp(0.5 * logvar) * eps if self.training else mu
        return self.decoder(z), mu, logvar, self.fc_sigma(z)


def divergence(mu, logvar):
    """KL(N(mu, exp(logvar)) || N(0, 1)) of each sample."""
    return 0.5 * (mu ** 2 + torch.exp(logvar) - 1 - logvar).sum(1)


def auto_regularised(x, reconstruction, mu, logvar, s):
    """Means over the batch (loss, reconstruction part, divergence): Gaussian likelihood with log sigma^2 = -5 s, every pixel."""
    s = s.view(-1, 1, 1, 1)
    pixels = 0.5 * ((x - reconstruction) ** 2 * torch.exp(5 * s) - 5 * s + math.log(2 * math.pi))
    error, kl = pixels.flatten(1).sum(1).mean(), divergence(mu, logvar).mean()
    return error + kl, error, kl


def beta(x, reconstruction, mu, logvar, s, weight=1.0):
    """Means over the batch (loss, squared error, divergence not yet weighted); s is not used."""
    error, kl = ((x - reconstruction) ** 2).flatten(1).sum(1).mean(), divergence(mu, logvar).mean()
    return error + weight * kl, error, kl


if __name__ == "__main__":
    for size in COUNTS:
        print(f"latent {size}: {StampVae(size).parameter_count():,} parameters")
