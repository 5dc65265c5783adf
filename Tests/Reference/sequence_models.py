"""The models of sequences in PyTorch, without dropout: the reference for values, gradients and names of parameters.

Stamps are (batch * steps, channels, side, side), what else a step has is (batch, steps, numbers), lengths are (batch, 1) and present, which
says of each step whether it has a stamp, is (batch * steps, 1). Sources of the architectures are in the model classes of Models/.
"""
import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import stamp_models


def states(layer, steps, lengths=None):
    """The state after each step; behind a sequence's end that of its last, where PyTorch gives zeros."""
    if lengths is None:
        return layer(steps)[0]
    lengths = lengths.flatten().long()
    packed = pack_padded_sequence(steps, lengths, batch_first=True, enforce_sorted=False)
    inside, last = layer(packed)
    inside = pad_packed_sequence(inside, batch_first=True, total_length=steps.shape[1])[0]
    last = (last[0] if isinstance(last, tuple) else last)[0]
    is_inside = torch.arange(steps.shape[1])[None, :] < lengths[:, None]
    return torch.where(is_inside[:, :, None], inside, last[:, None, :])


def rotated(images, copies, side):
    """Each image counter-clockwise by multiples of 2 pi / copies, cropped to its centre, the copies of an image one behind the other."""
    reach = (images.shape[2] - 1) / 2
    place = torch.arange(side).double() - (side - 1) / 2
    row, column = torch.meshgrid(place, place, indexing="ij")
    turned = []
    for angle in (2 * math.pi * copy / copies for copy in range(copies)):
        across = math.cos(angle) * column - math.sin(angle) * row
        down = math.cos(angle) * row + math.sin(angle) * column
        grid = torch.stack([across, down], 2) / reach
        turned.append(F.grid_sample(images, grid.expand(len(images), -1, -1, -1), align_corners=True))
    return torch.stack(turned, 1).flatten(0, 1)


class ImageSequenceClassifier(nn.Module):
    """As published; with published=False the smaller one that image-sequence-classifier trains where no setting says otherwise."""

    def __init__(self, classes=7, width=64, dense=1024, hidden=512, published=True):
        super().__init__()
        self.stack = 3 if published else 1

        def layer(inputs):
            between = [nn.BatchNorm2d(width)] if published else [nn.Identity()]
            return [nn.Conv2d(inputs, width, 3, padding=1), *between, nn.ReLU()]
        pool = nn.MaxPool2d(3, 2, 1) if published else nn.AvgPool2d(3, 2, 1)
        self.encoder = nn.Sequential(*layer(self.stack), *layer(width), *layer(width), pool,
                                     *layer(width), *layer(width), *layer(width), pool)
        self.dense = nn.Linear(width * 36, dense)
        if published:
            self.lstm = nn.LSTM(dense + 1, hidden, batch_first=True)
        else:
            self.gru = nn.GRU(dense + 1, hidden, batch_first=True)
        self.head = nn.Linear(hidden, classes)

    def forward(self, images, gaps, lengths):
        batch, steps = gaps.shape[:2]
        padded = F.pad(images.view(batch, steps, *images.shape[2:]), (0, 0, 0, 0, self.stack - 1, 0))
        stacks = torch.stack([padded[:, step:step + self.stack] for step in range(steps)], 1).flatten(0, 1)
        seen = F.relu(self.dense(self.encoder(stacks).flatten(1))).view(batch, steps, -1)
        recurrent = self.lstm if hasattr(self, "lstm") else self.gru
        return self.head(states(recurrent, torch.cat([seen, gaps], 2), lengths).flatten(0, 1))


class TemporalClassifier(nn.Module):
    def __init__(self, recurrent="gru", classes=3, alerts=2, kernel=2, hidden=72, dynamics=9, statics=14, copies=6):
        super().__init__()
        self.copies = copies
        self.encoder = nn.Sequential(*stamp_models.convolutions(2, 5, nn.ReLU), nn.Flatten(), nn.Linear(2304, 64), nn.ReLU())
        inputs, windows = 64 + dynamics + 1, 1
        if dynamics:
            self.normalise_steps = nn.BatchNorm1d(dynamics)
        if recurrent in ("conv1d", "tdnn"):
            width = min(kernel, alerts) if recurrent == "conv1d" else alerts
            self.recurrent, windows = nn.Conv1d(inputs, hidden, width), alerts - width + 1
        else:
            self.recurrent = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}[recurrent](inputs, hidden, batch_first=True)
        if statics:
            self.normalise = nn.BatchNorm1d(statics)
        self.head = nn.Sequential(nn.Linear(hidden * windows + statics, 64), nn.ReLU(), nn.Dropout(0), nn.Linear(64, 64), nn.ReLU(),
                                  nn.Linear(64, classes))

    def forward(self, stamps, gaps, dynamics=None, statics=None):
        batch, alerts = gaps.shape[:2]
        seen = self.encoder(rotated(stamps, self.copies, 21)).unflatten(0, (batch, alerts, self.copies)).mean(2)
        known = [] if dynamics is None else [self.normalise_steps(dynamics.transpose(1, 2)).transpose(1, 2)]
        steps = torch.cat([seen, *known, gaps], 2)
        if isinstance(self.recurrent, nn.Conv1d):
            code = F.relu(self.recurrent(steps.transpose(1, 2))).transpose(1, 2).flatten(1)
        else:
            code = states(self.recurrent, steps)[:, -1]
        return self.head(code if statics is None else torch.cat([code, self.normalise(statics)], 1))


class RecurrentAutoencoder(nn.Module):
    def __init__(self, recurrent="gru", width=32, code=64, hidden=128, latent=64, features=0):
        super().__init__()
        layer = {"gru": nn.GRU, "lstm": nn.LSTM}[recurrent]

        def same(stride=1):
            return [nn.Conv2d(width, width, 3, stride, 1), nn.ReLU()]
        self.encoder = nn.Sequential(nn.Conv2d(1, width, 3, 1, 1), nn.ReLU(), *same(2), *same(), *same(2), nn.Flatten(),
                                     nn.Linear(width * 36, code))
        self.encoder_rnn = layer(code + 1 + features, hidden, batch_first=True)
        self.to_latent = nn.Linear(hidden, latent)
        self.decoder_rnn = layer(latent + 1, hidden, batch_first=True)
        self.to_code = nn.Linear(hidden, code)
        self.decoder = nn.Sequential(nn.Linear(code, width * 36), nn.ReLU(), nn.Unflatten(1, (width, 6, 6)), *same(), nn.Upsample(size=11),
                                     *same(), nn.Upsample(size=21), *same(), nn.Conv2d(width, 1, 3, 1, 1))

    def forward(self, stamps, gaps, lengths, present, *features):
        """What the sequences' latents give, and what each stamp's own code gives."""
        batch, steps = gaps.shape[:2]
        present_stamps = present[:, :, None, None]
        codes = self.encoder(stamps * present_stamps) * present
        read = torch.cat([codes.view(batch, steps, -1), gaps, *features], 2)
        latents = self.to_latent(states(self.encoder_rnn, read, lengths)[:, -1])
        repeated = torch.cat([latents[:, None].expand(-1, steps, -1), gaps], 2)
        rebuilt = self.decoder(self.to_code(states(self.decoder_rnn, repeated)).flatten(0, 1))
        return rebuilt * present_stamps, self.decoder(codes) * present_stamps


if __name__ == "__main__":
    made = [("image-sequence-classifier, published", ImageSequenceClassifier()),
            ("image-sequence-classifier", ImageSequenceClassifier(7, 16, 64, 64, published=False)), ("recurrent-ae", RecurrentAutoencoder()),
            ("recurrent-ae, lstm", RecurrentAutoencoder("lstm")), ("recurrent-ae, features", RecurrentAutoencoder(features=6))]
    made += [(f"temporal-classifier, {kind}", TemporalClassifier(kind)) for kind in ("gru", "lstm", "rnn", "conv1d", "tdnn")]
    for name, model in made:
        print(f"{name}: {stamp_models.parameter_count(model):,} parameters")
