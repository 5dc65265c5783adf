"""What the speed scripts of PyTorch share: their flags, their facts, and how they answer a bench.

A script prints one JSON line; samplesPerSecond comes from the median step. With --serve it warms up, prints a line with "ready", then
answers each line "run N" on standard input with one JSON line and ends at "quit" or the end of input, so that a bench can
take rounds in turn with this process idle in between.
"""
import json
import os
import re
import statistics
import sys
import time

import torch


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


class TimedPeer:
    """Base of a peer, which has a method `step`."""

    def __init__(self, options, samples):
        torch.set_num_threads(options.threads)
        torch.manual_seed(1)
        self.samples = samples
        self.cuda = options.device == "cuda"
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = options.precision != "float32"
        self.facts = {
            "framework": f"PyTorch {torch.__version__}", "threads": torch.get_num_threads(), "batch": options.batch,
            "precision": options.precision, "device": torch.cuda.get_device_name() if self.cuda else "cpu",
            "blas": re.search(r"BLAS_INFO=(\w+)", torch.__config__.show()).group(1), "libraries": libraries(),
        }

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
        return {**self.facts, "steps": steps, "samplesPerSecond": round(self.samples / median, 1),
                "milliseconds": round(1000 * median, 6), "best": round(self.samples / min(seconds), 1),
                "peakBytes": peak_bytes()}


def add_flags(parser):
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--warm-up", type=int, default=5)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--precision", choices=["float32", "tf32", "bf16"], default="float32")
    parser.add_argument("--serve", action="store_true")


def answer(peer, options):
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
