"""Measures PyTorch's speed on one layer of gated recurrent units, forward and backward: 22 steps, 128 features and states, mean squared
error, gradients of the weights and of the input.

Run: gru_speed.py [--batch 256 --threads 2 --steps 20 --warm-up 5 --steps-first] [--device cuda --precision float32|tf32|bf16] [--serve]
Sequences are (batch, steps, features), with --steps-first (steps, batch, features). bf16 is autocast. Lines as timed_peer.py says.
"""
import argparse

import torch
import torch.nn.functional as F

import timed_peer

STEPS = 22
HIDDEN = 128


class Peer(timed_peer.TimedPeer):
    def __init__(self, options):
        super().__init__(options, options.batch)
        self.layer = torch.nn.GRU(HIDDEN, HIDDEN, batch_first=not options.steps_first).to(options.device)
        sizes = (STEPS, options.batch) if options.steps_first else (options.batch, STEPS)
        self.sequences = torch.rand(*sizes, HIDDEN, device=options.device, requires_grad=True)
        self.target = torch.rand(*sizes, HIDDEN, device=options.device)
        self.half = options.precision == "bf16"
        self.facts = {**self.facts, "stepsFirst": options.steps_first}

    def step(self):
        self.layer.zero_grad(set_to_none=True)
        self.sequences.grad = None
        with torch.autocast(self.target.device.type, torch.bfloat16, enabled=self.half):
            states = self.layer(self.sequences)[0]
        F.mse_loss(states.float(), self.target).backward()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps-first", action="store_true")
    timed_peer.add_flags(parser)
    options = parser.parse_args()
    timed_peer.answer(Peer(options), options)


if __name__ == "__main__":
    main()
