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
import os
import sys

import torch

import timed_peer

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Tests/Reference"))
import stamp_vae


class Peer(timed_peer.TimedPeer):
    def __init__(self, options):
        super().__init__(options, options.batch)
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
        self.facts = {**self.facts, "kind": options.kind, "latent": options.latent, "channelsLast": options.channels_last,
                      "mode": options.mode}

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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kind", choices=["train", "encode", "reconstruct"], default="train")
    parser.add_argument("--latent", type=int, default=30)
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--mode", choices=["eager", "compile", "graph"], default="eager")
    timed_peer.add_flags(parser)
    options = parser.parse_args()
    timed_peer.answer(Peer(options), options)


if __name__ == "__main__":
    main()
