"""Makes adam, adamw, gradient_clipping and schedules in Tests/Fixtures/ops/: what PyTorch's training pieces do step by step.

Run: /usr/bin/python3 Tests/Reference/make_training_fixtures.py [FOLDER]
"""
import math
import os
import sys

import torch
from torch.optim import lr_scheduler

from case_file import CaseFile

torch.set_num_threads(1)


def optimiser(name, kind, seed, cases):
    """Five steps on 50 values under given gradients; values and both moments after each step are stored."""
    file = CaseFile(name, seed)
    for settings in cases:
        options = {"lr": settings["rate"], "betas": (settings["beta1"], settings["beta2"]), "eps": settings["epsilon"],
                   "weight_decay": settings["weightDecay"]}
        value = file.normal(50)
        gradients = file.normal(5, 50, deviation=settings.pop("gradientDeviation", 1.0))
        parameter = torch.nn.Parameter(value.clone())
        stepper = kind([parameter], amsgrad=False, **options)
        values, first, second = [], [], []
        for gradient in gradients:
            parameter.grad = gradient.clone()
            stepper.step()
            state = stepper.state[parameter]
            values.append(parameter.detach().clone())
            first.append(state["exp_avg"].clone())
            second.append(state["exp_avg_sq"].clone())
        file.case({"before": value, "gradients": gradients, "after": torch.stack(values),
                   "firstMoment": torch.stack(first), "secondMoment": torch.stack(second)}, **settings)
    return file


def settings(**changes):
    return {**{"rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0.0}, **changes}


def gradient_clipping():
    file = CaseFile("gradient_clipping", 203)
    # Above the limit, below it (nothing changes), and a limit that is not one.
    for deviation, limit in [(1.0, 1.0), (0.02, 1.0), (0.5, 2.5)]:
        shapes = [(4, 3, 3, 3), (4,), (7, 5)]
        gradients = [file.normal(*shape, deviation=deviation) for shape in shapes]
        parameters = [torch.nn.Parameter(torch.zeros(shape).double()) for shape in shapes]
        for parameter, gradient in zip(parameters, gradients):
            parameter.grad = gradient.clone()
        norm = torch.nn.utils.clip_grad_norm_(parameters, limit)
        tensors = {f"gradient{i}": gradient for i, gradient in enumerate(gradients)}
        tensors.update({f"clipped{i}": parameter.grad for i, parameter in enumerate(parameters)})
        file.case({**tensors, "norm": norm}, limit=limit, epsilon=1e-6, tensors=len(shapes))
    return file


def rates(make, epochs, losses=None):
    """The rate used in each epoch: epoch e trains at rates[e], then the schedule steps (with that epoch's loss, if it asks)."""
    stepper = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = make(stepper)
    used = []
    for epoch in range(epochs):
        used.append(stepper.param_groups[0]["lr"])
        stepper.step()
        schedule.step(*([] if losses is None else [losses[epoch]]))
    return used


def warm_up_cosine(start, warm, epochs, minimum):
    return lambda stepper: lr_scheduler.SequentialLR(
        stepper,
        [lr_scheduler.LinearLR(stepper, start_factor=start, end_factor=1.0, total_iters=warm),
         lr_scheduler.CosineAnnealingLR(stepper, T_max=epochs - warm, eta_min=minimum)], milestones=[warm])


def schedules():
    file = CaseFile("schedules", 204)
    base = 1.0
    for size, gamma in [(3, 0.5), (1, 0.9), (7, 0.1)]:
        file.case({"rates": rates(lambda s: lr_scheduler.StepLR(s, size, gamma), 20)},
                  schedule="step", rate=base, every=size, factor=gamma)
    for length, minimum in [(20, 0.0), (12, 0.05)]:
        file.case({"rates": rates(lambda s: lr_scheduler.CosineAnnealingLR(s, length, eta_min=minimum), length + 1)},
                  schedule="cosine", rate=base, epochs=length, minimum=minimum)
    for start, warm, epochs, minimum in [(0.1, 5, 20, 0.0), (0.25, 4, 16, 0.01)]:
        used = rates(warm_up_cosine(start, warm, epochs, minimum), epochs)
        formula = [base * (start + (1 - start) * e / warm) if e < warm else
                   minimum + (base - minimum) * (1 + math.cos(math.pi * (e - warm) / (epochs - warm))) / 2 for e in range(epochs)]
        assert all(abs(a - b) < 1e-9 for a, b in zip(used, formula)), (used, formula)
        file.case({"rates": used}, schedule="warm_up_cosine", rate=base, start=start, warmUp=warm, epochs=epochs, minimum=minimum)
    losses = [1.0, 0.8, 0.7, 0.71, 0.70, 0.699999, 0.72, 0.69, 0.695, 0.7, 0.7, 0.7, 0.7, 0.7] + [0.5] * 10
    for factor, patience, threshold, mode, cooldown, minimum in [
        (0.1, 2, 1e-4, "rel", 0, 0.0), (0.5, 1, 1e-4, "rel", 2, 0.05), (0.5, 3, 0.05, "abs", 0, 0.0),
    ]:
        make = lambda s: lr_scheduler.ReduceLROnPlateau(s, factor=factor, patience=patience, threshold=threshold,
                                                        threshold_mode=mode, cooldown=cooldown, min_lr=minimum)
        file.case({"losses": losses, "rates": rates(make, len(losses), losses)}, schedule="plateau", rate=base, factor=factor,
                  patience=patience, threshold=threshold, thresholdMode=mode, cooldown=cooldown, minimum=minimum)
    return file


if __name__ == "__main__":
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Fixtures/ops")
    folder = os.path.normpath(folder)
    os.makedirs(folder, exist_ok=True)
    # The last Adam cases: the momenta of the alert literature, and gradients so small that epsilon decides.
    optimiser("adam", torch.optim.Adam, 201, [
        settings(), settings(weightDecay=0.01), settings(beta1=0.5, beta2=0.9), settings(gradientDeviation=1e-8)]).write(folder)
    optimiser("adamw", torch.optim.AdamW, 202, [settings(weightDecay=0.01), settings(rate=0.1, weightDecay=0.1)]).write(folder)
    gradient_clipping().write(folder)
    schedules().write(folder)
