"""BCNet with EfficientNet-Lite in PyTorch: the same layers, names and start as src/nn, so that
models/bcnet.safetensors loads strictly."""

import math

import torch
import torch.nn.functional as F
from torch import nn

# repeats, kernel, stride, expansion, output channels of EfficientNet-B0's stages
STAGES = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]
TAPPED_STAGES = [1, 2, 4, 6]
SCALES = {  # width, depth
    "efficientnet_lite0": (1.0, 1.0),
    "efficientnet_lite1": (1.0, 1.1),
    "efficientnet_lite2": (1.1, 1.2),
}


class Clamp6(nn.Module):
    def forward(self, x):
        return torch.clamp(x, 0.0, 6.0)


def make_activation(name):
    return nn.ReLU6(inplace=True) if name == "relu6" else Clamp6()


def scale_channels(channels, width):
    scaled = channels * width
    rounded = max(8, int(scaled + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * scaled else rounded


class SameConv(nn.Conv2d):
    """TensorFlow's SAME padding: at stride 2 on even sizes the odd pixel is right and below."""

    def __init__(self, inputs, outputs, kernel, stride, groups):
        padding = kernel // 2 if stride == 1 else 0
        super().__init__(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)
        before = (kernel - 2) // 2
        self.before, self.after = before, kernel - 2 - before

    def forward(self, x):
        if self.stride[0] != 1:
            x = F.pad(x, (self.before, self.after, self.before, self.after))
        return super().forward(x)


def lite_bn(channels):
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class MbConv(nn.Module):
    def __init__(self, inputs, outputs, expansion, kernel, stride, activation):
        super().__init__()
        hidden = inputs * expansion
        self._expand_conv = None
        if expansion != 1:
            self._expand_conv = SameConv(inputs, hidden, 1, 1, 1)
            self._bn0 = lite_bn(hidden)
        self._depthwise_conv = SameConv(hidden, hidden, kernel, stride, hidden)
        self._bn1 = lite_bn(hidden)
        self._project_conv = SameConv(hidden, outputs, 1, 1, 1)
        self._bn2 = lite_bn(outputs)
        self.activation = make_activation(activation)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        y = x
        if self._expand_conv is not None:
            y = self.activation(self._bn0(self._expand_conv(y)))
        y = self.activation(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return y + x if self.residual else y


class EfficientNetLite(nn.Module):
    def __init__(self, name, activation):
        super().__init__()
        width, depth = SCALES[name]
        self._conv_stem = SameConv(3, 32, 3, 2, 1)
        self._bn0 = lite_bn(32)
        self.activation = make_activation(activation)
        blocks, inputs, self.taps, self.channels = [], 32, [], []
        for i, (repeats, kernel, stride, expansion, outputs) in enumerate(STAGES):
            outputs = scale_channels(outputs, width)
            if i not in (0, len(STAGES) - 1):
                repeats = math.ceil(repeats * depth)
            for repeat in range(repeats):
                first = repeat == 0
                blocks.append(
                    MbConv(inputs, outputs, expansion, kernel, stride if first else 1, activation)
                )
                inputs = outputs
            if i in TAPPED_STAGES:
                self.taps.append(len(blocks) - 1)
                self.channels.append(outputs)
        self._blocks = nn.ModuleList(blocks)

    def forward(self, x):
        features = []
        x = self.activation(self._bn0(self._conv_stem(x)))
        for i, block in enumerate(self._blocks):
            x = block(x)
            if i in self.taps:
                features.append(x)
        return features


class ConvBnRelu(nn.Module):
    def __init__(self, inputs, outputs, kernel):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)), inplace=True)


def resize_like(x, grid):
    if x.shape[2:] == grid.shape[2:]:
        return x
    return F.interpolate(x, size=grid.shape[2:], mode="bilinear", align_corners=False)


class Acfim(nn.Module):
    def __init__(self, channels):
        super().__init__()
        reduced = max(1, channels // 8)
        self.query = nn.Conv2d(channels, reduced, 1)
        self.key = nn.Conv2d(channels, reduced, 1)
        self.value_foreground = nn.Conv2d(channels, channels, 1)
        self.value_background = nn.Conv2d(channels, channels, 1)
        self.gamma_foreground = nn.Parameter(torch.zeros(1))
        self.gamma_background = nn.Parameter(torch.zeros(1))
        self.fuse = ConvBnRelu(channels, channels, 3)

    def forward(self, f1, f2, f3):
        q = self.query(f1).flatten(2).transpose(1, 2)
        k = self.key(f2).flatten(2)
        v1 = self.value_foreground(f2).flatten(2).transpose(1, 2)
        v2 = self.value_background(resize_like(f3, f2)).flatten(2).transpose(1, 2)
        attention = torch.softmax(torch.matmul(q * (1.0 / math.sqrt(q.shape[2])), k), -1)
        inside = torch.matmul(attention, v1)
        keys = max(1, k.shape[2] - 1)
        outside = (v2.sum(1, keepdim=True) - torch.matmul(attention, v2)) * (1.0 / keys)
        mixed = (self.gamma_foreground * inside + self.gamma_background * outside).transpose(1, 2)
        return self.fuse(mixed.reshape(f1.shape) + f1 + f1)


class Gfim(nn.Module):
    def __init__(self, channels):
        super().__init__()
        hidden = max(1, channels // 4)
        self.conv = ConvBnRelu(channels, channels, 3)
        self.squeeze = nn.Conv2d(channels, hidden, 1)
        self.excite = nn.Conv2d(hidden, channels, 1)

    def forward(self, deep, shallow):
        x = self.conv(deep)
        gate = torch.sigmoid(self.excite(F.relu(self.squeeze(F.adaptive_avg_pool2d(x, 1)))))
        return resize_like(x * gate, shallow) + shallow


class Bbem(nn.Module):
    def __init__(self, shallow, deep, channels, join_kernel):
        super().__init__()
        self.reduce_shallow = ConvBnRelu(shallow, channels, 1)
        self.reduce_deep = ConvBnRelu(deep, channels, 1)
        self.inside = ConvBnRelu(channels, channels, 3)
        self.outside = ConvBnRelu(channels, channels, 3)
        self.join = ConvBnRelu(3 * channels, channels, join_kernel)
        self.refine = ConvBnRelu(channels, channels, 3)
        self.boundary_head = nn.Conv2d(channels, 1, 1)

    def forward(self, shallow, deep, location):
        s = self.reduce_shallow(shallow)
        d = resize_like(self.reduce_deep(deep), s)
        p = torch.sigmoid(resize_like(location, s))
        foreground = p * s
        background = s - foreground
        joined = self.join(torch.cat([self.inside(foreground), self.outside(background), d], 1))
        return self.boundary_head(joined), self.refine(joined)


class Bcnet(nn.Module):
    """architecture: the JSON of a model file's bcnet.architecture."""

    def __init__(self, architecture, activation="relu6"):
        super().__init__()
        known = {"name", "backbone", "channels", "boundary_channels", "boundary_join"}
        whole = {"acfim": "full", "gfim": True, "bbem": True}
        unknown = {k for k, v in architecture.items() if k not in known and whole.get(k) != v}
        if unknown or architecture["name"] != "bcnet" or architecture["backbone"] not in SCALES:
            raise SystemExit(f"network.py does not know this architecture: {architecture}")
        c = architecture["channels"]
        b = architecture["boundary_channels"]
        self.backbone = EfficientNetLite(architecture["backbone"], activation)
        c2, c3, c4, c5 = self.backbone.channels
        self.reduce3 = ConvBnRelu(c3, c, 1)
        self.reduce4 = ConvBnRelu(c4, c, 1)
        self.reduce5 = ConvBnRelu(c5, c, 1)
        self.acfim3, self.acfim4, self.acfim5 = Acfim(c), Acfim(c), Acfim(c)
        self.gfim4, self.gfim3 = Gfim(c), Gfim(c)
        self.level3_head = nn.Conv2d(c, 1, 1)
        self.level4_head = nn.Conv2d(c, 1, 1)
        self.level5_head = nn.Conv2d(c, 1, 1)
        self.location_head = nn.Conv2d(c, 1, 1)
        self.bbem = Bbem(c2, c, b, architecture.get("boundary_join", 3))
        self.mask_head = nn.Conv2d(b, 1, 1)

    def forward(self, x):
        """x [N,3,H,W] → logits of mask [N,1,H,W], boundary, location, and the three levels."""
        f2, f3, f4, f5 = self.backbone(x)
        f3, f4, f5 = self.reduce3(f3), self.reduce4(f4), self.reduce5(f5)
        a3 = self.acfim3(f3, f4, f5)
        a4 = self.acfim4(f4, f5, f3)
        a5 = self.acfim5(f5, f4, f3)
        deep = self.gfim3(self.gfim4(a5, a4), a3)
        levels = self.level3_head(a3), self.level4_head(a4), self.level5_head(a5)
        location = self.location_head(deep)
        boundary, feature = self.bbem(f2, deep, location)
        mask = self.mask_head(feature) + resize_like(location, feature)
        return resize_like(mask, x), boundary, location, levels


def module_group(name):
    if name.startswith("backbone."):
        return "backbone"
    return "bbem" if name.startswith(("bbem.", "mask_head.")) else "cfis"
