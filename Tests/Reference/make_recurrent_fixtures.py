"""Makes Tests/Fixtures/ops/{gru,lstm,rnn_tanh,rnn_relu}.safetensors: PyTorch's values and gradients of recurrent layers.

Run: /usr/bin/python3 Tests/Reference/make_recurrent_fixtures.py [FOLDER]
Sequences are stored as images of one column, (batch, features, steps, 1); parameters have PyTorch's names.
"""
import os
import sys

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from case_file import CaseFile

KINDS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def recurrent(op, seed, make, cases):
    file = CaseFile(op, seed)
    for batch, steps, features, hidden, layers, both, lengths in cases:
        x = file.normal(batch, features, steps, 1, gradient=True)
        network = make(features, hidden, layers, batch_first=True, bidirectional=both).double()
        for parameter in network.parameters():
            parameter.data = file.normal(*parameter.shape, deviation=0.5)
        counts = torch.tensor(lengths or [steps] * batch)
        y = x.squeeze(3).transpose(1, 2)
        # Layer by layer, because ours goes on showing the state behind a sequence's end, where PyTorch gives zeros.
        for layer in range(layers):
            ends = [f"l{layer}"] + ([f"l{layer}_reverse"] if both else [])
            single = make(y.shape[2], hidden, 1, batch_first=True, bidirectional=both).double()
            for end in ends:
                for kind in KINDS:
                    name = f"{kind}_{end}".replace(f"_l{layer}", "_l0")
                    delattr(single, name)
                    setattr(single, name, getattr(network, f"{kind}_{end}"))
            single._flat_weights = [getattr(single, name) for name in single._flat_weights_names]
            rows, last = single(pack_padded_sequence(y, counts, batch_first=True, enforce_sorted=False))
            last = last[0] if isinstance(last, tuple) else last
            y = pad_packed_sequence(rows, batch_first=True, total_length=steps)[0]
            is_inside = (torch.arange(steps)[None, :] < counts[:, None])[:, :, None]
            # The last state forwards, and the first, of zeros, backwards.
            behind = torch.cat((last[0], torch.zeros_like(last[0])), 1) if both else last[0]
            y = torch.where(is_inside, y, behind[:, None, :])
        if not lengths:
            assert torch.allclose(y, network(x.squeeze(3).transpose(1, 2))[0])
        y = y.transpose(1, 2).unsqueeze(3)
        gradient = file.normal(*y.shape)
        y.backward(gradient)
        tensors = {"input": x, "output": y, "outputGradient": gradient, "inputGradient": x.grad}
        for name, parameter in network.named_parameters():
            tensors.update({name: parameter, f"{name}Gradient": parameter.grad})
        file.case({**tensors, "lengths": counts.double() if lengths else None},
                  hidden=hidden, layers=layers, bidirectional=str(both).lower())
    return file


def rnn(kind):
    return lambda *sizes, **options: torch.nn.RNN(*sizes, nonlinearity=kind, **options)


def main():
    torch.set_num_threads(1)
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Fixtures/ops")
    folder = os.path.normpath(folder)
    os.makedirs(folder, exist_ok=True)
    # batch, steps, features, hidden, layers, whether in both directions, lengths
    cases = [(2, 1, 3, 4, 1, False, None), (3, 5, 2, 3, 1, True, None), (2, 3, 4, 3, 2, False, None),
             (4, 5, 3, 4, 1, False, [5, 1, 3, 4]), (3, 4, 2, 3, 2, True, [2, 4, 1])]
    for op, seed, make in [("gru", 113, torch.nn.GRU), ("lstm", 114, torch.nn.LSTM), ("rnn_tanh", 115, rnn("tanh")),
                           ("rnn_relu", 116, rnn("relu"))]:
        recurrent(op, seed, make, cases).write(folder)


if __name__ == "__main__":
    main()
