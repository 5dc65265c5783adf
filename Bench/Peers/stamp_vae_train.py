"""Trains the stamp VAE on ZTF stamps with PyTorch, as the engine does: same split, scaling, loss, optimiser and epochs.

Run: stamp_vae_train.py --data FOLDER --out metrics.json [--epochs 30 --seed 1 --batch 128 --rate 1e-3 --latent 30
     --channel science --loss auto-regularised|beta --beta 1 --threads 2 --channels-last --split-seed N]
The split follows --seed unless --split-seed fixes it. In metrics.json `train` is the last epoch's mean over its batches,
`validation` the best epoch's, `last` the last epoch's; validation is done in evaluation mode with z = mu over all samples.
"""
import argparse
import json
import os
import statistics
import sys
import time

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Tests/Reference"))
import stamp_vae
import ztf_stamps

PARTS = ("loss", "reconstruction", "divergence")


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--split-seed", type=int)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--latent", type=int, default=30)
    parser.add_argument("--channel", default="science", help="one of, or several with commas: " + ", ".join(ztf_stamps.CHANNELS))
    parser.add_argument("--loss", choices=("auto-regularised", "beta"), default="auto-regularised")
    parser.add_argument("--beta", type=float, default=1.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--channels-last", action="store_true")
    return parser.parse_args()


def evaluate(model, loss, images):
    """Mean of the loss and its parts over all images, with z = mu."""
    model.eval()
    sums = [0.0, 0.0, 0.0]
    with torch.no_grad():
        for x in images.split(256):
            values = loss(x, *model(x))
            sums = [total + value.item() * len(x) for total, value in zip(sums, values)]
    return {name: total / len(images) for name, total in zip(PARTS, sums)}


def train_epoch(model, loss, optimiser, images, batch):
    """One pass over shuffled whole batches; returns the means of the parts and the seconds it took."""
    model.train()
    sums, start = torch.zeros(3), time.perf_counter()
    order = torch.randperm(len(images))
    batches = len(images) // batch
    for i in range(batches):
        x = images[order[i * batch:(i + 1) * batch]]
        values = loss(x, *model(x, torch.randn(batch, model.latent)))
        optimiser.zero_grad()
        values[0].backward()
        optimiser.step()
        sums += torch.stack(values).detach()
    return dict(zip(PARTS, (sums / batches).tolist())), time.perf_counter() - start


def main():
    options = parse()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    channels = options.channel.split(",")
    split_seed = options.seed if options.split_seed is None else options.split_seed
    layout = torch.channels_last if options.channels_last else torch.contiguous_format
    arrays, rejected = ztf_stamps.load(options.data, channels, split_seed)
    sets = {name: torch.from_numpy(array).contiguous(memory_format=layout) for name, array in arrays.items()}
    if len(sets["train"]) < options.batch:
        sys.exit(f"{options.data}: {len(sets['train'])} training samples are fewer than one batch of {options.batch}")
    model = stamp_vae.StampVae(options.latent, len(channels)).to(memory_format=layout)
    optimiser = torch.optim.Adam(model.parameters(), lr=options.rate)
    loss = stamp_vae.auto_regularised
    if options.loss == "beta":
        loss = lambda *parts: stamp_vae.beta(*parts, weight=options.beta)
    history, speeds, start = [], [], time.perf_counter()
    trained = len(sets["train"]) // options.batch * options.batch
    for epoch in range(options.epochs):
        train, seconds = train_epoch(model, loss, optimiser, sets["train"], options.batch)
        speeds.append(trained / seconds)
        history.append({"train": train, "validation": evaluate(model, loss, sets["validation"])})
        print(f"epoch {epoch + 1:3d}  train {train['loss']:9.3f}  validation {history[-1]['validation']['loss']:9.3f}"
              f"  {speeds[-1]:6.0f} samples/s", flush=True)
    best = min(range(options.epochs), key=lambda epoch: history[epoch]["validation"]["loss"])
    metrics = {
        "recipe": "stamp-vae", "framework": f"PyTorch {torch.__version__}", "seed": options.seed, "splitSeed": split_seed,
        "epochs": options.epochs, "batch": options.batch, "rate": options.rate, "latent": options.latent, "loss": options.loss,
        "channels": channels, "threads": options.threads, "parameters": model.parameter_count(), "rejected": rejected,
        "samples": {name: len(images) for name, images in sets.items()},
        "train": history[-1]["train"], "validation": history[best]["validation"], "last": history[-1]["validation"],
        "bestEpoch": best + 1, "speed": {"samplesPerSecond": statistics.median(speeds)},
        "seconds": time.perf_counter() - start, "history": history,
    }
    if options.loss == "beta":
        metrics["beta"] = options.beta
    with open(options.out, "w", encoding="utf-8") as stream:
        json.dump(metrics, stream, indent=2)


if __name__ == "__main__":
    main()
