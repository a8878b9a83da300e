"""Writes the small weight files in ../data: the same tensors in each format.

Written with torch 2.13.0 and safetensors 0.8.0.
"""

import argparse
import collections
import pathlib

import numpy
import torch
from safetensors.torch import save_file

DATA = pathlib.Path(__file__).parent / "../data"


class Hostile:
    """Asks whoever unpickles it to run a shell command."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def tensors() -> dict:
    base = torch.arange(12, dtype=torch.float32)
    return {
        "f32": torch.tensor([[1.5, -2.25, 3.0], [0.0, 1e-3, -1e30]]),
        "f64": torch.tensor([1 / 3], dtype=torch.float64),
        "f16": torch.tensor([0.5, -65504.0], dtype=torch.float16),
        "bf16": torch.tensor([1.0, 3.140625, -2.0], dtype=torch.bfloat16),
        "i64": torch.tensor(-(2**40)),
        "i32": torch.tensor([7, -8], dtype=torch.int32),
        "i16": torch.tensor([-300], dtype=torch.int16),
        "i8": torch.tensor([-128, 127], dtype=torch.int8),
        "u8": torch.tensor([0, 255], dtype=torch.uint8),
        "bool": torch.tensor([True, False, True]),
        "empty": torch.zeros(0, 3),
        "turned": base.view(3, 4).t(),
        "middle": base[4:8],
    }


def main() -> None:
    plain = {name: value.contiguous().clone() for name, value in tensors().items()}
    save_file(plain, DATA / "small.safetensors", metadata={"format": "pt", "note": "é"})
    few = {name: plain[name] for name in ("f32", "i64", "f16", "u8")}
    save_file(few, DATA / "few.safetensors", metadata={"format": "pt"})

    state = collections.OrderedDict(tensors())
    state["parameter"] = torch.nn.Parameter(torch.tensor([4.0]))
    state._metadata = collections.OrderedDict({"": {"version": 1}})  # as of a module's state dict
    for name, zipped in (("zip", True), ("old", False)):

        def save(value, file):
            torch.save(value, DATA / file, _use_new_zipfile_serialization=zipped)

        save(state, f"small_{name}.pth")
        save({"epoch": 3, "lr": 0.1, "state_dict": {"w": torch.ones(2)}, "best": torch.zeros(3)},
             f"checkpoint_{name}.pth")
        network = torch.nn.DataParallel(torch.nn.Linear(2, 1, bias=False))
        optimizer = torch.optim.AdamW(network.parameters())
        network(torch.ones(1, 2)).sum().backward()
        optimizer.step()
        network.load_state_dict({"module.weight": torch.tensor([[1.0, 2.0]])})
        save({"model": network.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3,
              "args": argparse.Namespace(lr=0.1, tags={"a"}), "score": numpy.float64(0.5)},
             f"wrapped_{name}.pth")
        save({"w": Hostile(eval, "1 + 1")}, f"hostile_{name}.pth")


main()
