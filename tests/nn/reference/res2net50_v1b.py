"""Writes ../data/res2net50_v1b_keys.txt and ../data/res2net50_v1b.json.

The keys are spelt out here after the authors' published code (github.com/Res2Net, file
res2net_v1b.py) and compared with timm's port of it, res2net50d, which also gives the features.
Written with timm 1.0.31, torch 2.13.0 and numpy 2.4.6.
"""

import json
import pathlib

import timm
import torch

import pinned

DATA = pathlib.Path(__file__).parent / "../data"


def official_keys():
    """(key, shape) of every entry of the authors' state dict, in its order."""

    def norm(name, channels):
        for part in ("weight", "bias", "running_mean", "running_var"):
            yield f"{name}.{part}", (channels,)
        yield f"{name}.num_batches_tracked", ()

    yield "conv1.0.weight", (32, 3, 3, 3)
    yield from norm("conv1.1", 32)
    yield "conv1.3.weight", (32, 32, 3, 3)
    yield from norm("conv1.4", 32)
    yield "conv1.6.weight", (64, 32, 3, 3)
    yield from norm("bn1", 64)
    before = 64
    for layer, blocks, group, channels in (
        (1, 3, 26, 256),
        (2, 4, 52, 512),
        (3, 6, 104, 1024),
        (4, 3, 208, 2048),
    ):
        for block in range(blocks):
            name = f"layer{layer}.{block}"
            yield f"{name}.conv1.weight", (4 * group, before, 1, 1)
            yield from norm(f"{name}.bn1", 4 * group)
            for i in range(3):
                yield f"{name}.convs.{i}.weight", (group, group, 3, 3)
            for i in range(3):
                yield from norm(f"{name}.bns.{i}", group)
            yield f"{name}.conv3.weight", (channels, 4 * group, 1, 1)
            yield from norm(f"{name}.bn3", channels)
            if block == 0:
                yield f"{name}.downsample.1.weight", (channels, before, 1, 1)
                yield from norm(f"{name}.downsample.2", channels)
            before = channels
    yield "fc.weight", (1000, 2048)
    yield "fc.bias", (1000,)


def main() -> None:
    torch.set_num_threads(1)
    keys = list(official_keys())
    model = timm.create_model("res2net50d", pretrained=False).eval()
    assert dict(keys) == {k: tuple(v.shape) for k, v in model.state_dict().items()}
    lines = [f"{key} {','.join(map(str, shape)) or 'scalar'}\n" for key, shape in keys]
    (DATA / "res2net50_v1b_keys.txt").write_text("".join(lines))

    pinned.fill(model)
    with torch.no_grad():
        features = model.forward_intermediates(
            pinned.image(96, 64), indices=[1, 2, 3, 4], intermediates_only=True
        )
    result = {"res2net50_v1b": {"pinned": [pinned.digest(f) for f in features]}}
    (DATA / "res2net50_v1b.json").write_text(json.dumps(result, indent=1) + "\n")


main()
