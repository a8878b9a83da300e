"""Writes ../data/unet.json: U-Net from its description, in PyTorch, apart from the C++ code.

Five levels of channels base, 2·base, ... 16·base; at each a pair of 3×3 conv-BN-ReLU with bias;
max pooling on the way down; nearest upsampling, 3×3 conv-BN-ReLU, joining and a pair on the way up.
Written with torch 2.13.0 and numpy 2.4.6.
"""

import json
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

import pinned

BASE = 8


class Block(nn.Module):
    def __init__(self, before, after):
        super().__init__()
        self.conv = nn.Conv2d(before, after, 3, padding=1)
        self.bn = nn.BatchNorm2d(after)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


def pair(before, after):
    return nn.Sequential(Block(before, after), Block(after, after))


class UNet(nn.Module):
    def __init__(self, base):
        super().__init__()
        c = [base * 2**i for i in range(5)]
        self.encoder1 = pair(3, c[0])
        self.encoder2 = pair(c[0], c[1])
        self.encoder3 = pair(c[1], c[2])
        self.encoder4 = pair(c[2], c[3])
        self.encoder5 = pair(c[3], c[4])
        self.up4, self.decoder4 = Block(c[4], c[3]), pair(c[4], c[3])
        self.up3, self.decoder3 = Block(c[3], c[2]), pair(c[3], c[2])
        self.up2, self.decoder2 = Block(c[2], c[1]), pair(c[2], c[1])
        self.up1, self.decoder1 = Block(c[1], c[0]), pair(c[1], c[0])
        self.head = nn.Conv2d(c[0], 1, 1)

    def forward(self, x):
        e1 = self.encoder1(x)
        e2 = self.encoder2(F.max_pool2d(e1, 2))
        e3 = self.encoder3(F.max_pool2d(e2, 2))
        e4 = self.encoder4(F.max_pool2d(e3, 2))
        y = self.encoder5(F.max_pool2d(e4, 2))
        y = self.decoder4(torch.cat([e4, self.up4(F.interpolate(y, scale_factor=2))], 1))
        y = self.decoder3(torch.cat([e3, self.up3(F.interpolate(y, scale_factor=2))], 1))
        y = self.decoder2(torch.cat([e2, self.up2(F.interpolate(y, scale_factor=2))], 1))
        y = self.decoder1(torch.cat([e1, self.up1(F.interpolate(y, scale_factor=2))], 1))
        return self.head(y)


def main() -> None:
    torch.set_num_threads(1)
    full = UNet(64)
    result = {"parameters": sum(p.numel() for p in full.parameters())}
    model = UNet(BASE).eval()
    pinned.fill(model)
    with torch.no_grad():
        for height, width in ((352, 352), (96, 160)):
            logits = model(pinned.image(height, width))
            result[f"{height}x{width}"] = pinned.digest(logits)
    target = pathlib.Path(__file__).parent / "../data/unet.json"
    target.write_text(json.dumps(result, indent=1) + "\n")


main()
