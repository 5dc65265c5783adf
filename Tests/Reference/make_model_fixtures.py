"""Makes Tests/Fixtures/models/*.safetensors: loss, gradients and evaluation of the models of single stamps, computed in float64.

Run: /usr/bin/python3 Tests/Reference/make_model_fixtures.py [FOLDER]
Initial weights and inputs are not stored: hashed_values.py says how they are made (stamps are images of step 0, features noise of
step 0, latents noise of step 1). A file holds

    loss          of one batch in training
    gradients     (parameters, 5): the sums of gradient times direction for 4 directions, and the gradient's norm
    evaluation    reconstruction or probabilities of the same batch, after the running statistics have seen it once
    labels        of the batch, where there are classes

Direction d of parameter k, in the order of the metadata's `parameters`, is 2 unit(10000 + 4 k + d), in PyTorch's flat order.
"""
import os
import sys

import torch
import torch.nn.functional as F

import hashed_values
import safetensors_file
import stamp_models

BATCH, DIRECTIONS = 3, 4
LABELS = torch.tensor([4, 0, 2])


def stamps(channels):
    return hashed_values.images(0, (BATCH, channels, 21, 21))


def features():
    return hashed_values.noise(0, (BATCH, stamp_models.FEATURES))


def cross_entropy(smoothing=0.0, reward=0.0):
    def loss(logits):
        logs = F.log_softmax(logits, 1)
        entropy = -(logs.exp() * logs).sum(1)
        return (F.cross_entropy(logits, LABELS, reduction="none", label_smoothing=smoothing) - reward * entropy).mean()
    return loss


def squared_error(target):
    return lambda rebuilt: ((rebuilt - target.double()) ** 2).flatten(1).sum(1).mean()


def make(path, model, inputs, loss_of, batch=BATCH, stored=None):
    """Inputs in the model's order; stored ones and labels go into the file. The first of a model's outputs is the one evaluated."""
    names = hashed_values.fill(model)
    model.double().train()
    inputs = [numbers.double() for numbers in inputs]
    outputs = model(*inputs)
    loss = loss_of(*outputs) if isinstance(outputs, tuple) else loss_of(outputs)
    loss.backward()
    rows = []
    for k, parameter in enumerate(model.parameters()):
        gradient = parameter.grad.flatten()
        rows.append([float((gradient * torch.from_numpy(2 * hashed_values.unit(10000 + DIRECTIONS * k + d, len(gradient)))).sum())
                     for d in range(DIRECTIONS)] + [float(gradient.norm())])
    model.eval()
    with torch.no_grad():
        output = model(*inputs)
    output = output[0] if isinstance(output, tuple) else output
    is_classifier = output.dim() == 2
    tensors = {"loss": loss.detach().float().numpy(), "gradients": torch.tensor(rows, dtype=torch.float32).numpy(),
               "evaluation": (output.softmax(1) if is_classifier else output).float().numpy()}
    for name, numbers in ({"labels": LABELS} if stored is None and is_classifier else stored or {}).items():
        tensors[name] = numbers.float().numpy()
    safetensors_file.write(path, tensors, {"torch": torch.__version__, "batch": batch, "parameters": ",".join(names),
                                           "parameterCount": stamp_models.parameter_count(model), "computedIn": "float64"})
    print(f"{os.path.getsize(path)} bytes, loss {loss.item():.6f}  {path}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    here = os.path.dirname(os.path.abspath(__file__))
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.normpath(os.path.join(here, "../Fixtures/models"))
    os.makedirs(folder, exist_ok=True)
    latents = hashed_values.noise(1, (BATCH, 30))
    for name, model, inputs, loss in [
        ("stamp_autoencoder", stamp_models.StampAutoencoder(21), [stamps(1)], squared_error(stamps(1))),
        ("stamp_classifier", stamp_models.StampClassifier(), [stamps(3), features()], cross_entropy(0.1, 0.5)),
        ("stamp_classifier_images", stamp_models.StampClassifier(kernel=3, features=0), [stamps(3)], cross_entropy(reward=0.5)),
        ("metadata_classifier", stamp_models.MetadataClassifier(), [features()], cross_entropy()),
        ("latent_classifier_linear", stamp_models.LatentClassifier(30), [latents], cross_entropy()),
        ("latent_classifier_mlp", stamp_models.LatentClassifier(30 + stamp_models.FEATURES, hidden=64), [latents, features()],
         cross_entropy()),
        ("deep_hits", stamp_models.DeepHits(3, 5), [stamps(3)], cross_entropy()),
    ]:
        make(os.path.join(folder, f"{name}.safetensors"), model, inputs, loss)
