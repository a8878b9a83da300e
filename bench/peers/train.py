"""Measures one setting of the PyTorch peer and prints a line of JSON.

    train.py --spec SPEC.json --data DIR [--precision f32|bf16] [--compile]
             [--activation relu6|clamp] [--steps N] [--warmup N] [--check BATCHES.safetensors]

Started with RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT by several processes, they share each
batch out and train together (DistributedDataParallel over Gloo); the first one prints.

SPEC.json is the output of `bcnet bench train --losses N --save-batches BATCHES.safetensors
--json SPEC.json`: it says batch, size, loss, optimiser and, for --check, the losses that the
same weights and batches gave there.
"""

import argparse
import ctypes
import itertools
import json
import os
import pathlib
import resource
import time

import torch
import torch.distributed
from safetensors.torch import load_file

import data
from losses import bcnet_loss
from network import Bcnet, module_group

PHASES = ["data", "forward and loss", "backward", "optimizer", "average", "other"]


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spec", type=pathlib.Path, required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--activation", choices=["relu6", "clamp"], default="relu6")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--warmup", type=int, default=4)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--check", type=pathlib.Path)
    return parser.parse_args()


def keep_freed_memory():
    """What src/core/memory.cpp tells the allocator: without it page faults eat half a step."""
    libc = ctypes.CDLL(None)
    m_mmap_max, m_trim_threshold = -4, -1
    libc.mallopt(m_mmap_max, 0)
    libc.mallopt(m_trim_threshold, -1)


class Average:
    """The moving average of src/train/ema.cpp by fused loops over all tensors."""

    def __init__(self, network, decay):
        tensors = list(network.state_dict().values())
        self.source = [t for t in tensors if t.is_floating_point()]
        self.average = [t.detach().clone() for t in self.source]
        self.decay, self.updates = decay, 0

    @torch.no_grad()
    def update(self):
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        torch._foreach_lerp_(self.average, self.source, 1 - decay)


class Step:
    def __init__(self, spec, options):
        settings = spec["settings"]
        optimizer = settings["optimizer"]
        self.loss_options = settings["loss"]
        self.clip_norm = optimizer["clip_norm"]
        self.type = torch.bfloat16 if options.precision == "bf16" else torch.float32
        torch.manual_seed(settings["seed"])
        self.network = Bcnet(settings["architecture"], options.activation)
        if options.check:
            weights = load_file(options.check)
            prefix = "network."
            own = {k[len(prefix) :]: v for k, v in weights.items() if k.startswith(prefix)}
            self.network.load_state_dict(own, strict=True)
        self.network = self.network.to(memory_format=torch.channels_last).train()
        groups = {}
        for name, parameter in self.network.named_parameters():
            decays = optimizer["decay_all"] or parameter.dim() > 1
            groups.setdefault((module_group(name), decays), []).append(parameter)
        self.optimizer = torch.optim.AdamW(
            [
                {
                    "params": parameters,
                    "group": group,
                    "weight_decay": optimizer["weight_decay"] if decays else 0.0,
                }
                for (group, decays), parameters in groups.items()
            ],
            lr=1e-4,
            betas=(optimizer["beta1"], optimizer["beta2"]),
            eps=1e-8,
            fused=True,
        )
        self.parameters = list(self.network.parameters())
        self.average = Average(self.network, optimizer["ema_decay"])
        if torch.distributed.is_initialized():
            self.network = torch.nn.parallel.DistributedDataParallel(
                self.network, gradient_as_bucket_view=True
            )
        self.loss_of = torch.compile(self.forward) if options.compile else self.forward

    def forward(self, images, mask, boundary, edge_weights):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.type == torch.bfloat16):
            outputs = self.network(images)
        return bcnet_loss(outputs, mask, boundary, edge_weights, self.loss_options)

    def set_rates(self, rates):
        for group in self.optimizer.param_groups:
            group["lr"] = rates[group["group"]]

    def run(self, batch, times):
        """One step; appends the seconds of its phases behind the data, and gives the loss."""

        def plane(name):
            return batch[name].unsqueeze(1) if name in batch else None

        marks = [time.perf_counter()]
        images = batch["images"].permute(0, 3, 1, 2)  # channels-last as it is
        loss = self.loss_of(images, plane("masks"), plane("boundaries"), plane("edge_weights"))
        marks.append(time.perf_counter())
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        marks.append(time.perf_counter())
        if self.clip_norm > 0:
            torch.nn.utils.clip_grad_norm_(self.parameters, self.clip_norm, foreach=True)
        self.optimizer.step()
        marks.append(time.perf_counter())
        self.average.update()
        marks.append(time.perf_counter())
        times.extend(after - before for before, after in itertools.pairwise(marks))
        value = loss.item()
        if value != value:
            raise SystemExit("the loss is not finite")
        return value


def check(step, spec, batches):
    """The losses of the spec's first steps, and their largest relative difference from it."""
    tensors = load_file(batches)
    first = spec["first_losses"]
    losses = []
    for i, rates in enumerate(first["learning_rates"]):
        prefix = f"{i}."
        batch = {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}
        step.set_rates(rates)
        losses.append(step.run(batch, []))
    ours = [entry["loss"] for entry in first["losses"]]
    worst = max(abs(a - b) / abs(b) for a, b in zip(losses, ours, strict=True))
    return {"losses": losses, "difference": worst}


def main():
    options = parse()
    spec = json.loads(options.spec.read_text())
    keep_freed_memory()
    if options.threads:
        torch.set_num_threads(options.threads)
    rank, size = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    if size > 1:
        torch.distributed.init_process_group("gloo")
    stage = spec["stages"][-1]
    policy = stage["augmentation"] if stage["augmentation"] in data.POLICIES else "lite"
    settings = spec["settings"]
    batch_size = stage["batch_size"]
    seen = (options.warmup + options.steps) * batch_size
    pairs = data.find_pairs(options.data)[: max(seen, batch_size)][rank::size]
    loader = data.make_loader(
        pairs, stage["size"], policy, settings["edge_weights"], batch_size // size, options.workers
    )
    step = Step(spec, options)
    result = {
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "workers": options.workers,
        "size": stage["size"],
        "batch_size": batch_size,
        "augmentation": policy,
        "precision": options.precision,
        "compiled": options.compile,
        "activation": options.activation,
    }
    if options.check:
        result["check"] = check(step, spec, options.check)
    step.set_rates(spec["first_losses"]["learning_rates"][-1])

    batches = (batch for _ in itertools.count() for batch in loader)
    steps, phases = [], []
    for i in range(options.warmup + options.steps):
        begin = time.perf_counter()
        batch = next(batches)
        times = [time.perf_counter() - begin]
        step.run(batch, times)
        total = time.perf_counter() - begin
        if i >= options.warmup:
            steps.append(total * 1e3)
            phases.append([*times, total - sum(times)])
    means = [sum(column) / len(column) * 1e3 for column in zip(*phases)]
    result["steps_ms"] = steps
    result["phases"] = [{"phase": p, "ms": ms} for p, ms in zip(PHASES, means)]
    result["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if rank == 0:
        print(json.dumps(result))
    if size > 1:
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
