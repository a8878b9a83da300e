"""Values that modules_test.cpp and losses_test.cpp pin, from NumPy and the formulas of Yue et al.
(IEEE JBHI 2022) as they stand in bcnet's docs, written apart from the C++ code.

    python3 modules.py        # NumPy 2.x, SciPy not needed
"""

import numpy as np

EPS = 1e-5  # batch norm


def wave(shape, k, amplitude):
    """The fill of both sides: amplitude * sin(0.37 i + 0.91 k), i in row-major order."""
    i = np.arange(int(np.prod(shape)), dtype=np.float64)
    return (amplitude * np.sin(0.37 * i + 0.91 * k)).reshape(shape)


class Weights:
    """Parameters in alphabetical order of their names get k = 0, 1, 2, ..."""

    def __init__(self, shapes):
        self.values = {}
        for k, name in enumerate(sorted(shapes)):
            if name.endswith("running_var"):
                self.values[name] = 1.0 + wave(shapes[name], k, 0.5)
            elif name.startswith("gamma"):
                self.values[name] = 0.5 + wave(shapes[name], k, 0.3)
            else:
                self.values[name] = wave(shapes[name], k, 0.2)

    def __getitem__(self, name):
        return self.values[name]


def block_shapes(prefix, cin, cout, kernel):
    return {f"{prefix}.conv.weight": (cout, cin, kernel, kernel), f"{prefix}.bn.weight": (cout,),
            f"{prefix}.bn.bias": (cout,), f"{prefix}.bn.running_mean": (cout,),
            f"{prefix}.bn.running_var": (cout,)}


def head_shapes(prefix, cin, cout):
    return {f"{prefix}.weight": (cout, cin, 1, 1), f"{prefix}.bias": (cout,)}


def conv(x, w, b=None):
    cout, cin, k, _ = w.shape
    p = k // 2
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    n, _, h, wd = x.shape
    out = np.zeros((n, cout, h, wd))
    for dy in range(k):
        for dx in range(k):
            out += np.einsum("oc,nchw->nohw", w[:, :, dy, dx], padded[:, :, dy:dy + h, dx:dx + wd])
    return out if b is None else out + b[None, :, None, None]


def block(x, weights, prefix):
    y = conv(x, weights[f"{prefix}.conv.weight"])
    shape = (1, -1, 1, 1)
    y = (y - weights[f"{prefix}.bn.running_mean"].reshape(shape)) / np.sqrt(
        weights[f"{prefix}.bn.running_var"].reshape(shape) + EPS)
    y = y * weights[f"{prefix}.bn.weight"].reshape(shape) + weights[f"{prefix}.bn.bias"].reshape(shape)
    return np.maximum(y, 0)


def head(x, weights, prefix):
    return conv(x, weights[f"{prefix}.weight"], weights[f"{prefix}.bias"])


def resize(x, h, w):
    """Bilinear, half-pixel centres, edges repeated."""
    def axis(size_in, size_out):
        centre = np.maximum((np.arange(size_out) + 0.5) * size_in / size_out - 0.5, 0)
        low = np.minimum(np.floor(centre).astype(int), size_in - 1)
        return low, np.minimum(low + 1, size_in - 1), centre - low
    y0, y1, fy = axis(x.shape[2], h)
    x0, x1, fx = axis(x.shape[3], w)
    rows = x[:, :, y0] * (1 - fy)[:, None] + x[:, :, y1] * fy[:, None]
    return rows[..., x0] * (1 - fx) + rows[..., x1] * fx


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def acfim(f1, f2, f3, c, background=True, normalized=True):
    d = c // 8
    behind = {**head_shapes("value_background", c, c), "gamma_background": (1,)} if background else {}
    w = Weights({**head_shapes("query", c, d), **head_shapes("key", c, d),
                 **head_shapes("value_foreground", c, c), "gamma_foreground": (1,), **behind,
                 **block_shapes("fuse", c, c, 3)})
    n, _, h, wd = f1.shape
    q = head(f1, w, "query").reshape(n, d, -1)
    k = head(f2, w, "key").reshape(n, d, -1)
    v1 = head(f2, w, "value_foreground").reshape(n, c, -1)
    logits = np.einsum("ndq,ndk->nqk", q, k) / np.sqrt(d)
    a = np.exp(logits - logits.max(-1, keepdims=True))
    a /= a.sum(-1, keepdims=True)
    keys = a.shape[-1]
    fg = w["gamma_foreground"] * np.einsum("nck,nqk->ncq", v1, a)
    if not background:
        return block(fg.reshape(f1.shape) + f1, w, "fuse")
    v2 = head(resize(f3, *f2.shape[2:]), w, "value_background").reshape(n, c, -1)
    complement = (1 - a) / (keys - 1) if normalized else 1 - a
    bg = w["gamma_background"] * np.einsum("nck,nqk->ncq", v2, complement)
    return block((fg + bg).reshape(f1.shape) + 2 * f1, w, "fuse")


def gfim(deep, shallow, c):
    w = Weights({**block_shapes("conv", c, c, 3), **head_shapes("squeeze", c, c // 4),
                 **head_shapes("excite", c // 4, c)})
    x = block(deep, w, "conv")
    gate = sigmoid(head(np.maximum(head(x.mean((2, 3), keepdims=True), w, "squeeze"), 0), w, "excite"))
    return resize(x * gate, *shallow.shape[2:]) + shallow


def bbem(shallow, deep, location, width):
    shapes = {**block_shapes("reduce_shallow", shallow.shape[1], width, 1),
              **block_shapes("reduce_deep", deep.shape[1], width, 1),
              **block_shapes("inside", width, width, 3), **block_shapes("outside", width, width, 3),
              **block_shapes("join", 3 * width, width, 3), **block_shapes("refine", width, width, 3),
              **head_shapes("boundary_head", width, 1)}
    w = Weights(shapes)
    s = block(shallow, w, "reduce_shallow")
    d = resize(block(deep, w, "reduce_deep"), *s.shape[2:])
    p = sigmoid(resize(location, *s.shape[2:]))
    joined = block(np.concatenate([block(p * s, w, "inside"), block((1 - p) * s, w, "outside"), d], 1),
                   w, "join")
    return head(joined, w, "boundary_head"), block(joined, w, "refine")


def bce_iou(logits, target, weights, per_image, linear=False):
    p = sigmoid(logits)
    bce = np.maximum(logits, 0) - logits * target + np.log1p(np.exp(-np.abs(logits)))
    axes = (1, 2, 3) if per_image else None
    both = (p * target * weights).sum(axes)
    every = (p * weights).sum(axes) + (target * weights).sum(axes)
    iou = (both + 1e-6) / (every - both + 1e-6)
    term = 1 - iou if linear else -np.log(iou)
    return np.mean((bce * weights).sum(axes) / weights.sum(axes) + term)


def show(name, x):
    flat = np.asarray(x).ravel()
    picks = flat[np.linspace(0, flat.size - 1, 5).astype(int)]
    print(f"{name}: mean {flat.mean():.8f}, picks {', '.join(f'{v:.8f}' for v in picks)}")


def main():
    print("NumPy", np.__version__)
    f1, f2, f3 = wave((2, 16, 6, 4), 100, 1), wave((2, 16, 3, 2), 101, 1), wave((2, 16, 12, 8), 102, 1)
    show("acfim", acfim(f1, f2, f3, 16))
    show("acfim foreground", acfim(f1, f2, f3, 16, background=False))
    show("acfim unnormalized", acfim(f1, f2, f3, 16, normalized=False))
    show("gfim", gfim(f2, f1, 16))
    boundary, feature = bbem(wave((2, 6, 12, 8), 103, 1), f1, wave((2, 1, 6, 4), 104, 2), 8)
    show("bbem boundary", boundary)
    show("bbem feature", feature)
    logits = wave((2, 1, 5, 4), 105, 3)
    target = (wave((2, 1, 5, 4), 106, 1) > 0.2).astype(float)
    weights = 2 + wave((2, 1, 5, 4), 107, 1)
    ones = np.ones_like(weights)
    print("loss image", f"{bce_iou(logits, target, ones, True):.8f}",
          "batch", f"{bce_iou(logits, target, ones, False):.8f}",
          "image weighted", f"{bce_iou(logits, target, weights, True):.8f}",
          "batch weighted", f"{bce_iou(logits, target, weights, False):.8f}",
          "linear image", f"{bce_iou(logits, target, weights, True, True):.8f}",
          "linear batch", f"{bce_iou(logits, target, weights, False, True):.8f}")


if __name__ == "__main__":
    main()
