"""Measures PyTorch's speed on the stamp VAE and one fixed batch. Kinds of step:
train (forward, backward and Adam, fresh noise each step), encode (encoder and mu), reconstruct (through mu).

Run: stamp_vae_speed.py [--kind train --batch 256 --latent 30 --threads 2 --steps 20 --warm-up 5 --channels-last] [--serve]
Prints one JSON line; samplesPerSecond comes from the median step. With --serve it warms up, prints a line with "ready", then
answers each line "run N" on standard input with one JSON line and ends at "quit" or the end of input, so that a bench can
take rounds in turn with this process idle in between.
"""
import argparse
import json
import os
import re
import statistics
import sys
import time

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Tests/Reference"))
import stamp_vae


def libraries():
    """The linear-algebra libraries mapped into this process."""
    try:
        with open("/proc/self/maps", encoding="utf-8") as stream:
            paths = {os.path.realpath(line.split(maxsplit=5)[5].strip()) for line in stream if "/lib" in line}
    except OSError:
        return []
    # With the folder: Debian names every provider libblas.so.3 and tells them apart by folder.
    names = ["/".join(path.split("/")[-2:]) for path in paths]
    return sorted(name for name in names if re.search("blas|lapack|mkl|dnnl|blis", name.split("/")[-1]))


def peak_bytes():
    """The most memory this process ever had, 0 where the system does not say."""
    try:
        with open("/proc/self/status", encoding="utf-8") as stream:
            return next((1024 * int(line.split()[1]) for line in stream if line.startswith("VmHWM:")), 0)
    except OSError:
        return 0


class Peer:
    def __init__(self, options):
        torch.set_num_threads(options.threads)
        torch.manual_seed(1)
        layout = torch.channels_last if options.channels_last else torch.contiguous_format
        self.model = stamp_vae.StampVae(options.latent).to(memory_format=layout).train(options.kind == "train")
        self.optimiser = torch.optim.Adam(self.model.parameters(), lr=1e-3)
        self.images = torch.rand(options.batch, 1, stamp_vae.SIDE, stamp_vae.SIDE).contiguous(memory_format=layout)
        self.step = {"train": self.train, "encode": self.encode, "reconstruct": self.reconstruct}[options.kind]
        self.facts = {
            "kind": options.kind, "framework": f"PyTorch {torch.__version__}", "threads": torch.get_num_threads(), "batch": options.batch,
            "latent": options.latent, "channelsLast": options.channels_last,
            "blas": re.search(r"BLAS_INFO=(\w+)", torch.__config__.show()).group(1), "libraries": libraries(),
        }

    def train(self):
        noise = torch.randn(len(self.images), self.model.latent)
        loss = stamp_vae.auto_regularised(self.images, *self.model(self.images, noise))[0]
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()

    @torch.inference_mode()
    def encode(self):
        return self.model.fc_mu(self.model.encoder(self.images))

    @torch.inference_mode()
    def reconstruct(self):
        return self.model.decoder(self.encode())

    def run(self, steps):
        seconds = []
        for _ in range(steps):
            start = time.perf_counter()
            self.step()
            seconds.append(time.perf_counter() - start)
        median = statistics.median(seconds)
        return {**self.facts, "steps": steps, "samplesPerSecond": round(len(self.images) / median, 1),
                "milliseconds": round(1000 * median, 6), "best": round(len(self.images) / min(seconds), 1),
                "peakBytes": peak_bytes()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kind", choices=["train", "encode", "reconstruct"], default="train")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--latent", type=int, default=30)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--warm-up", type=int, default=5)
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--serve", action="store_true")
    options = parser.parse_args()
    peer = Peer(options)
    for _ in range(options.warm_up):
        peer.step()
    if not options.serve:
        print(json.dumps(peer.run(options.steps)))
        return
    print(json.dumps({"ready": True, **peer.facts}), flush=True)
    for line in sys.stdin:
        words = line.split()
        if words == ["quit"]:
            break
        if len(words) == 2 and words[0] == "run" and words[1].isdigit() and int(words[1]) > 0:
            print(json.dumps(peer.run(int(words[1]))), flush=True)
        else:
            print(json.dumps({"error": f"expected \"run N\" or \"quit\", got {line.strip()!r}"}), flush=True)


if __name__ == "__main__":
    main()
