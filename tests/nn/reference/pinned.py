"""Weights and inputs that C++ repeats (tests/nn/pinned.h), and what is kept of a result."""

import numpy as np
import torch


def noise(name: str, count: int) -> np.ndarray:
    """count numbers in [-0.5, 0.5) from a hash of name and index; exact in any language."""
    seed = 2166136261
    for byte in name.encode():
        seed = (seed ^ byte) * 16777619 % 2**32
    x = (np.arange(count, dtype=np.uint64) + seed) * 0x9E3779B1 % 2**32
    x ^= x >> 16
    x = x * 0x85EBCA6B % 2**32
    x ^= x >> 13
    return x.astype(np.float64) / 2**32 - 0.5


def tensor(values: np.ndarray, shape) -> torch.Tensor:
    return torch.from_numpy(values.astype(np.float32)).reshape(shape)


def fill(model: torch.nn.Module) -> None:
    """Convolutions keep the variance; batch norms move and stretch a little."""
    with torch.no_grad():
        for name, value in model.state_dict().items():
            u = noise(name, value.numel())
            if name.endswith("num_batches_tracked"):
                continue
            if value.dim() > 1:
                u *= np.sqrt(24.0 / value[0].numel())
            elif name.endswith("weight"):
                u = 1 + 0.4 * u
            elif name.endswith("running_var"):
                u = 1 + 0.8 * u
            else:
                u *= 0.4
            value.copy_(tensor(u, value.shape))


def image(height: int, width: int, count: int = 1) -> torch.Tensor:
    shape = (count, 3, height, width)
    return tensor(4 * noise("image", int(np.prod(shape))), shape)


def digest(x: torch.Tensor) -> dict:
    """Shape, two means and eight values of a tensor."""
    flat = x.detach().double().flatten()
    indices = [k * 2654435761 % flat.numel() for k in range(8)]
    return {
        "shape": list(x.shape),
        "mean": flat.mean().item(),
        "mean_abs": flat.abs().mean().item(),
        "values": [[i, flat[i].item()] for i in indices],
    }
