"""Writes ../data/pranet_keys.txt and ../data/pranet.json.

    python pranet.py

The keys are spelt out here after the authors' published code (github.com/DengPingFan/PraNet, file
lib/PraNet_Res2Net.py at commit 5393c5a); those of the backbone are res2net50_v1b_keys.txt behind
"resnet.". The values come from the paper's formulas as plain functions over that list of tensors,
with timm's res2net50d and efficientnet-lite-pytorch as backbones; bilinear maps keep their corners
apart but in the partial decoder, as that file has it.
Written with torch 2.13.0, timm 1.0.31, efficientnet-lite-pytorch 0.1.0 and numpy 2.4.6.
"""

import json
import pathlib
import re

import timm
import torch
from efficientnet_lite_pytorch import EfficientNet
from torch.nn import functional as F

import pinned

DATA = pathlib.Path(__file__).parent / "../data"
C = 32

# Of the convolutions that read the backbone at H/8, H/16, H/32, and of the partial decoder's last: with
# pinned weights features and maps are so large that every sigmoid would be 0 or 1.
FACTORS = {
    "res2net50_v1b": (2**-7, 2**-13, 2**-15, 2**-4),
    "efficientnet_lite0": (2**-2, 2**-2, 2**-1, 2**-4),
}


def keys(f3, f4, f5):
    """(key, shape) of every entry behind the backbone, for features of so many channels."""

    def block(name, before, after, height, width):
        yield f"{name}.conv.weight", (after, before, height, width)
        for part in ("weight", "bias", "running_mean", "running_var"):
            yield f"{name}.bn.{part}", (after,)
        yield f"{name}.bn.num_batches_tracked", ()

    for name, before in (("rfb2_1", f3), ("rfb3_1", f4), ("rfb4_1", f5)):
        yield from block(f"{name}.branch0.0", before, C, 1, 1)
        for branch, reach in ((1, 3), (2, 5), (3, 7)):
            yield from block(f"{name}.branch{branch}.0", before, C, 1, 1)
            yield from block(f"{name}.branch{branch}.1", C, C, 1, reach)
            yield from block(f"{name}.branch{branch}.2", C, C, reach, 1)
            yield from block(f"{name}.branch{branch}.3", C, C, 3, 3)
        yield from block(f"{name}.conv_cat", 4 * C, C, 3, 3)
        yield from block(f"{name}.conv_res", before, C, 1, 1)
    for name, width in (
        ("conv_upsample1", C),
        ("conv_upsample2", C),
        ("conv_upsample3", C),
        ("conv_upsample4", C),
        ("conv_upsample5", 2 * C),
        ("conv_concat2", 2 * C),
        ("conv_concat3", 3 * C),
        ("conv4", 3 * C),
    ):
        yield from block(f"agg1.{name}", width, width, 3, 3)
    yield "agg1.conv5.weight", (1, 3 * C, 1, 1)
    yield "agg1.conv5.bias", (1,)
    yield from block("ra4_conv1", f5, 256, 1, 1)
    for i in (2, 3, 4):
        yield from block(f"ra4_conv{i}", 256, 256, 5, 5)
    yield from block("ra4_conv5", 256, 1, 1, 1)
    for level, before in ((3, f4), (2, f3)):
        yield from block(f"ra{level}_conv1", before, 64, 1, 1)
        yield from block(f"ra{level}_conv2", 64, 64, 3, 3)
        yield from block(f"ra{level}_conv3", 64, 64, 3, 3)
        yield from block(f"ra{level}_conv4", 64, 1, 3, 3)


class Tensors(torch.nn.Module):
    """So many named tensors, dots in their names and all, for pinned.fill."""

    def __init__(self, shapes):
        super().__init__()
        self.values = {name: torch.zeros(shape) for name, shape in shapes}

    def state_dict(self):
        return self.values


def tame(values, factors):
    """Names the level in rfbN_1 and raN_convM: 2 for H/8."""
    for name, value in values.items():
        if re.fullmatch(r"rfb\d_1\.(branch\d\.0|conv_res)\.conv\.weight|ra\d_conv1\.conv\.weight", name):
            value *= factors[int(re.search(r"\d", name).group()) - 2]
    values["agg1.conv5.weight"] *= factors[3]


def block(t, name, x, dilation=1):
    weight = t[f"{name}.conv.weight"]
    pad = [dilation * (k // 2) for k in weight.shape[2:]]
    return F.batch_norm(F.conv2d(x, weight, padding=pad, dilation=dilation),
                        *(t[f"{name}.bn.{k}"] for k in ("running_mean", "running_var", "weight", "bias")))


def field(t, name, x):
    parts = [block(t, f"{name}.branch0.0", x)]
    for branch, reach in ((1, 3), (2, 5), (3, 7)):
        y = x
        for i in range(3):
            y = block(t, f"{name}.branch{branch}.{i}", y)
        parts.append(block(t, f"{name}.branch{branch}.3", y, reach))
    return F.relu(block(t, f"{name}.conv_cat", torch.cat(parts, 1)) + block(t, f"{name}.conv_res", x))


def decoder(t, x5, x4, x3):
    def up(x):
        return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)

    def conv(name, x):
        return block(t, f"agg1.{name}", x)

    y4 = conv("conv_upsample1", up(x5)) * x4
    y3 = conv("conv_upsample2", up(up(x5))) * conv("conv_upsample3", up(x4)) * x3
    z4 = conv("conv_concat2", torch.cat([y4, conv("conv_upsample4", up(x5))], 1))
    z3 = conv("conv_concat3", torch.cat([y3, conv("conv_upsample5", up(z4))], 1))
    return F.conv2d(conv("conv4", z3), t["agg1.conv5.weight"], t["agg1.conv5.bias"])


def pranet(t, f3, f4, f5):
    """Maps of the partial decoder and of the branches at H/32, H/16, H/8."""

    def resize(x, factor):
        return F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)

    def branch(level, x, map, convs):
        y = block(t, f"ra{level}_conv1", (1 - torch.sigmoid(map)).expand(-1, x.shape[1], -1, -1) * x)
        for i in range(2, convs):
            y = F.relu(block(t, f"ra{level}_conv{i}", y))
        return block(t, f"ra{level}_conv{convs}", y) + map

    first = decoder(t, field(t, "rfb4_1", f5), field(t, "rfb3_1", f4), field(t, "rfb2_1", f3))
    map5 = branch(4, f5, resize(first, 0.25), 5)
    map4 = branch(3, f4, resize(map5, 2), 4)
    map3 = branch(2, f3, resize(map4, 2), 4)
    return {"location": first, "level5": map5, "level4": map4, "logits": resize(map3, 8)}


class Behind(torch.nn.Module):
    """A backbone's tensors under the names that they have within PraNet."""

    def __init__(self, model):
        super().__init__()
        self.resnet = model


def res2net(height, width):
    model = Behind(timm.create_model("res2net50d", pretrained=False)).eval()
    pinned.fill(model)
    return lambda x: model.resnet.forward_intermediates(
        x, indices=[2, 3, 4], intermediates_only=True)


def lite0(height, width):
    model = Behind(EfficientNet.from_name("efficientnet-lite0", image_size=[height, width],
                                          drop_connect_rate=0.0)).eval()
    pinned.fill(model)

    def features(x):
        net = model.resnet
        x = net._swish(net._bn0(net._conv_stem(x)))
        found = []
        for index, part in enumerate(net._blocks):
            if index > 0 and part._depthwise_conv.stride[0] == 2:
                found.append(x)
            x = part(x)
        return (found + [x])[-3:]

    return features


def main() -> None:
    torch.set_num_threads(1)
    lines = [f"{key} {','.join(map(str, shape)) or 'scalar'}\n" for key, shape in keys(512, 1024, 2048)]
    (DATA / "pranet_keys.txt").write_text("".join(lines))
    result = {}
    for name, make in (("res2net50_v1b", res2net), ("efficientnet_lite0", lite0)):
        result[name] = {"factors": FACTORS[name]}
        for height, width in ((352, 352), (96, 160)):
            with torch.no_grad():
                features = make(height, width)(pinned.image(height, width))
                tensors = Tensors(keys(*(f.shape[1] for f in features)))
                pinned.fill(tensors)
                tame(tensors.values, FACTORS[name])
                maps = pranet(tensors.values, *features)
            result[name][f"{height}x{width}"] = {k: pinned.digest(m) for k, m in maps.items()}
    (DATA / "pranet.json").write_text(json.dumps(result, indent=1) + "\n")


main()
