"""Measures PyTorch's speed on the stamp VAE and one fixed batch. Kinds of step:
train (forward, backward and Adam, fresh noise each step), encode (encoder and mu), reconstruct (through mu).

Run: stamp_vae_speed.py [--kind train --batch 256 --latent 30 --threads 2 --steps 20 --warm-up 5 --channels-last]
     [--device cuda --mode eager|compile|graph --precision float32|tf32|bf16] [--serve]
On CUDA the host waits once behind all steps and a step's time is their mean; "graph" captures a whole step, Adam included.
bf16 is autocast, with weights in float32.
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
        self.cuda = options.device == "cuda"
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = options.precision != "float32"
        torch.backends.cudnn.benchmark = True
        layout = torch.channels_last if options.channels_last else torch.contiguous_format
        self.model = stamp_vae.StampVae(options.latent).to(options.device, memory_format=layout).train(options.kind == "train")
        graph = options.mode == "graph"
        self.optimiser = torch.optim.Adam(self.model.parameters(), lr=1e-3, **({"capturable": True} if graph else {}))
        self.images = torch.rand(options.batch, 1, stamp_vae.SIDE, stamp_vae.SIDE, device=options.device)
        self.images = self.images.contiguous(memory_format=layout)
        self.half = options.precision == "bf16"
        self.latent = self.model.latent
        self.encoder, self.decoder, self.forward = self.model.encoder, self.model.decoder, self.model
        if options.mode == "compile":
            self.encoder, self.decoder, self.forward = (torch.compile(part) for part in (self.encoder, self.decoder, self.forward))
        self.step = {"train": self.train, "encode": self.encode, "reconstruct": self.reconstruct}[options.kind]
        if graph:
            self.step = self.captured(self.step)
        self.facts = {
            "kind": options.kind, "framework": f"PyTorch {torch.__version__}", "threads": torch.get_num_threads(), "batch": options.batch,
            "latent": options.latent, "channelsLast": options.channels_last, "mode": options.mode, "precision": options.precision,
            "device": torch.cuda.get_device_name() if self.cuda else "cpu",
            "blas": re.search(r"BLAS_INFO=(\w+)", torch.__config__.show()).group(1), "libraries": libraries(),
        }

    def train(self):
        noise = torch.randn(len(self.images), self.latent, device=self.images.device)
        with torch.autocast(self.images.device.type, torch.bfloat16, enabled=self.half):
            results = self.forward(self.images, noise)
        loss = stamp_vae.auto_regularised(self.images, *(result.float() for result in results))[0]
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()

    @torch.inference_mode()
    def encode(self):
        with torch.autocast(self.images.device.type, torch.bfloat16, enabled=self.half):
            return self.model.fc_mu(self.encoder(self.images))

    @torch.inference_mode()
    def reconstruct(self):
        with torch.autocast(self.images.device.type, torch.bfloat16, enabled=self.half):
            return self.decoder(self.encode())

    @staticmethod
    def captured(step):
        """The step as a CUDA graph, captured as PyTorch's documentation says: after some steps on a stream of their own."""
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(11):
                step()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            step()
        return graph.replay

    def run(self, steps):
        seconds = []
        if self.cuda:
            torch.cuda.synchronize()
        began = time.perf_counter()
        for _ in range(steps):
            start = time.perf_counter()
            self.step()
            seconds.append(time.perf_counter() - start)
        if self.cuda:
            torch.cuda.synchronize()
            seconds = [(time.perf_counter() - began) / steps]
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
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--mode", choices=["eager", "compile", "graph"], default="eager")
    parser.add_argument("--precision", choices=["float32", "tf32", "bf16"], default="float32")
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
