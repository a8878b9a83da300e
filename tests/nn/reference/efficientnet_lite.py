"""Writes ../data/efficientnet_lite.json: features of the package efficientnet-lite-pytorch.

    python efficientnet_lite.py FOLDER

FOLDER holds what scripts/fetch-backbones fetched. Written with efficientnet-lite-pytorch 0.1.0,
torch 2.13.0 and numpy 2.4.6.
"""

import json
import pathlib
import sys

import torch
from efficientnet_lite_pytorch import EfficientNet

import pinned

HEIGHT, WIDTH = 96, 64


def make(name: str) -> EfficientNet:
    # The package pads for one image size; its own default for lite2 (260) has odd sizes inside.
    size = [HEIGHT, WIDTH]
    return EfficientNet.from_name(f"efficientnet-{name}", image_size=size, drop_connect_rate=0.0)


def features(model: EfficientNet, x: torch.Tensor) -> list[torch.Tensor]:
    """Outputs of the blocks before each change to stride 2, and of the last one."""
    x = model._swish(model._bn0(model._conv_stem(x)))
    found = []
    for index, block in enumerate(model._blocks):
        if index > 0 and block._depthwise_conv.stride[0] == 2:
            found.append(x)
        x = block(x)
    return found[1:] + [x]


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    torch.set_num_threads(1)
    x = pinned.image(HEIGHT, WIDTH)
    result = {}
    for name in ("lite0", "lite1", "lite2"):
        entry = {}
        model = make(name).eval()
        pinned.fill(model)
        with torch.no_grad():
            entry["pinned"] = [pinned.digest(f) for f in features(model, x)]
            if name == "lite0":
                # Two images: batch norm takes its statistics from both.
                model.train()
                both = pinned.image(HEIGHT, WIDTH, 2)
                entry["training"] = [pinned.digest(f) for f in features(model, both)]
                state = model.state_dict()
                entry["statistics"] = {
                    key: pinned.digest(state[key])
                    for key in ("_bn0.running_mean", "_blocks.15._bn2.running_var")
                }
            model = make(name).eval()
            (path,) = folder.glob(f"efficientnet-{name}-*.pth")
            model.load_state_dict(torch.load(path, weights_only=True))
            entry["imagenet"] = [pinned.digest(f) for f in features(model, x)]
        result[f"efficientnet_{name}"] = entry
    target = pathlib.Path(__file__).parent / "../data/efficientnet_lite.json"
    target.write_text(json.dumps(result, indent=1) + "\n")


main()
