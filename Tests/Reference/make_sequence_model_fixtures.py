"""Makes files as make_model_fixtures.py does, for the models of sequences, whose sequences have unequal lengths.

Run: /usr/bin/python3 Tests/Reference/make_sequence_model_fixtures.py [FOLDER]
Time gaps are noise of step 2, the steps' features noise of step 3. Lengths, labels and which steps have a stamp are in the file.
"""
import os
import sys

import torch
import torch.nn.functional as F

import hashed_values
from make_model_fixtures import make
from sequence_models import ImageSequenceClassifier, RecurrentAutoencoder, TemporalClassifier


def image_sequence_classifier(folder, name, published):
    batch, steps = 3, 4
    lengths = torch.tensor([[4.0], [1.0], [3.0]])
    labels = torch.tensor([5, 5, 5, 5, 0, -1, -1, -1, 2, 2, 2, -1])
    inputs = [hashed_values.images(0, (batch * steps, 1, 21, 21)), hashed_values.noise(2, (batch, steps, 1)), lengths]
    make(os.path.join(folder, f"{name}.safetensors"), ImageSequenceClassifier(7, 4, 8, 8, published), inputs,
         lambda logits: F.cross_entropy(logits, labels, ignore_index=-1, reduction="none").mean(), batch,
         {"lengths": lengths, "labels": labels})


def temporal_classifier(folder, kind, alerts, with_features):
    batch, labels = 3, torch.tensor([1, 0, 2])
    inputs = [hashed_values.images(0, (batch * alerts, 2, 31, 31)), hashed_values.noise(2, (batch, alerts, 1))]
    if with_features:
        inputs += [hashed_values.noise(3, (batch, alerts, 9)), hashed_values.noise(0, (batch, 14))]
    model = TemporalClassifier(kind, alerts=alerts, hidden=8, copies=3, **({} if with_features else {"dynamics": 0, "statics": 0}))
    make(os.path.join(folder, f"temporal_classifier_{kind}.safetensors"), model, inputs,
         lambda logits: F.cross_entropy(logits, labels), batch, {"labels": labels})


def recurrent_autoencoder(folder, kind, features):
    batch, steps = 2, 3
    lengths = torch.tensor([[3.0], [2.0]])
    present = torch.tensor([1.0, 0.0, 1.0, 1.0, 1.0, 0.0])[:, None]
    stamps = hashed_values.images(0, (batch * steps, 1, 21, 21))
    inputs = [stamps, hashed_values.noise(2, (batch, steps, 1)), lengths, present]
    inputs += [hashed_values.noise(3, (batch, steps, features))] if features else []
    there = (stamps * present[:, :, None, None]).double()

    def loss(rebuilt, alone):
        return sum(weight * ((output - there) ** 2).flatten(1).sum(1).mean() for weight, output in ((1, rebuilt), (0.1, alone)))
    make(os.path.join(folder, f"recurrent_autoencoder_{kind}.safetensors"), RecurrentAutoencoder(kind, 4, 5, 8, 6, features), inputs, loss,
         batch, {"lengths": lengths, "present": present})


if __name__ == "__main__":
    torch.set_num_threads(1)
    here = os.path.dirname(os.path.abspath(__file__))
    target = sys.argv[1] if len(sys.argv) > 1 else os.path.normpath(os.path.join(here, "../Fixtures/models"))
    os.makedirs(target, exist_ok=True)
    image_sequence_classifier(target, "image_sequence_classifier", published=False)
    image_sequence_classifier(target, "image_sequence_classifier_published", published=True)
    for kind, alerts, with_features in [("gru", 2, True), ("lstm", 2, False), ("rnn", 2, True), ("conv1d", 3, True), ("tdnn", 3, False)]:
        temporal_classifier(target, kind, alerts, with_features)
    recurrent_autoencoder(target, "gru", features=0)
    recurrent_autoencoder(target, "lstm", features=6)
