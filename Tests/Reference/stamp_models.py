"""The models of single stamps in PyTorch, without dropout: the reference for values, gradients and names of parameters.

Images are (batch, channels, 21, 21). Sources of the architectures are in the model classes of Models/.
"""
import torch
from torch import nn

import stamp_vae

FEATURES = 23


def turned(images):
    """Each image counter-clockwise by 0, 90, 180 and 270 degrees, the copies of an image one behind the other."""
    return torch.stack([torch.rot90(images, turn, (2, 3)) for turn in range(4)], 1).flatten(0, 1)


def convolutions(channels, kernel, activation):
    """From (channels, 21, 21) to (64, 6, 6), layers 0 to 11."""
    def layer(inputs, outputs):
        return [nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2), activation()]
    return [nn.Conv2d(channels, 32, 4, padding=3), activation(), *layer(32, 32), nn.MaxPool2d(2),
            *layer(32, 64), *layer(64, 64), *layer(64, 64), nn.MaxPool2d(2)]


class StampAutoencoder(nn.Module):
    def __init__(self, latent=30, channels=1):
        super().__init__()
        vae = stamp_vae.StampVae(latent, channels)
        self.encoder = nn.Sequential(*vae.encoder, nn.Linear(stamp_vae.FLAT, latent))
        self.decoder = vae.decoder

    def forward(self, images):
        return self.decoder(self.encoder(images))


class StampClassifier(nn.Module):
    def __init__(self, kernel=5, classes=5, features=FEATURES):
        super().__init__()
        self.encoder = nn.Sequential(*convolutions(3, kernel, nn.ReLU), nn.Flatten(), nn.Linear(2304, 64), nn.ReLU())
        if features:
            self.normalise = nn.BatchNorm1d(features)
        self.head = nn.Sequential(
            nn.Linear(64 + features, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, classes))

    def forward(self, images, features=None):
        code = self.encoder(turned(images)).unflatten(0, (len(images), 4)).mean(1)
        return self.head(code if features is None else torch.cat([code, self.normalise(features)], 1))


class MetadataClassifier(nn.Module):
    def __init__(self, classes=5, hidden=64):
        super().__init__()
        self.normalise = nn.BatchNorm1d(FEATURES)
        self.head = nn.Sequential(nn.Linear(FEATURES, hidden), nn.ReLU(), nn.Dropout(0), nn.Linear(hidden, hidden), nn.ReLU(),
                                  nn.Linear(hidden, classes))

    def forward(self, features):
        return self.head(self.normalise(features))


class LatentClassifier(nn.Module):
    def __init__(self, inputs, classes=5, hidden=0):
        super().__init__()
        self.normalise = nn.BatchNorm1d(inputs)
        self.head = nn.Sequential(nn.Linear(inputs, classes)) if hidden == 0 else nn.Sequential(
            nn.Linear(inputs, hidden), nn.ReLU(), nn.Dropout(0), nn.Linear(hidden, classes))

    def forward(self, *numbers):
        return self.head(self.normalise(torch.cat(numbers, 1)))


class DeepHits(nn.Module):
    def __init__(self, channels=4, classes=2):
        super().__init__()
        self.encoder = nn.Sequential(*convolutions(channels, 3, nn.LeakyReLU))
        self.head = nn.Sequential(
            nn.Flatten(), nn.Linear(4 * 2304, 64), nn.LeakyReLU(), nn.Dropout(0), nn.Linear(64, 64), nn.LeakyReLU(), nn.Dropout(0),
            nn.Linear(64, classes))

    def forward(self, images):
        maps = self.encoder(turned(images)).unflatten(0, (len(images), 4))
        return self.head(torch.cat(list(maps.unbind(1)), 2))


def parameter_count(model):
    return sum(parameter.numel() for parameter in model.parameters())


if __name__ == "__main__":
    for made in [StampAutoencoder(21), StampAutoencoder(30), StampClassifier(), StampClassifier(features=0), MetadataClassifier(),
                 LatentClassifier(30), LatentClassifier(30, hidden=64), DeepHits(), DeepHits(3, 5)]:
        print(f"{type(made).__name__}: {parameter_count(made):,} parameters")
