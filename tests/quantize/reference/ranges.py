"""The numbers that tests/quantize/range_test.cpp pins, by NumPy alone.

usage: ranges.py
"""

import numpy as np

BINS = 2048
index = np.arange(20000)
share = (index * 7919 % 10007) / 10007
values = np.sinh(6 * (share - 0.3)) * np.where(index % 2500 == 1, 4, 1)
values = values.astype(np.float32)


def affine(low, high):
    scale = (high - low) / 255
    return scale, np.rint(-low / scale)


def stored(x, low, high):
    scale, zero = affine(low, high)
    return scale * (np.clip(np.rint(x / scale) + zero, 0, 255) - zero)


counts, edges = np.histogram(values, BINS, (values.min(), values.max()))
centers = (edges[:-1] + edges[1:]) / 2
low, high = float(values.min()), float(values.max())
print("min-max", low, high, *affine(low, high))

passed = 5e-5 * len(values)
first = np.argmax(np.cumsum(counts) > passed)
last = np.argmax(np.cumsum(counts[::-1]) > passed)
width = (high - low) / BINS
print("percentile", low + width * first, high - width * last)


def error(s):
    return (counts * (centers - stored(centers, low * s, high * s)) ** 2).sum()


def divergence(s):
    a, b = low * s, high * s
    inside = (centers >= a) & (centers <= b)
    kept = np.flatnonzero(inside)
    p = counts.astype(float).copy()
    p[kept[0]] += p[: kept[0]].sum()
    p[kept[-1]] += p[kept[-1] + 1 :].sum()
    p = p[inside]
    c = counts[inside]
    scale, zero = affine(a, b)
    steps = np.clip(np.rint(centers[inside] / scale) + zero, 0, 255).astype(int)
    q = np.zeros(len(c))
    for step in np.unique(steps):
        members = (steps == step) & (c > 0)
        if members.any():
            q[members] = c[members].sum() / members.sum()
    p, q = p / p.sum(), q / q.sum()
    q = np.where(c > 0, q, 1e-9)
    used = p > 0
    return (p[used] * np.log(p[used] / q[used])).sum()


shares = np.arange(100, 20, -1) / 100
for name, cost in (("mse", error), ("entropy", divergence)):
    best = min(shares, key=cost)
    print(name, best, low * best, high * best)
