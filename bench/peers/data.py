"""Pairs of a data set, decoded once, augmented by DataLoader workers with OpenCV."""

import pathlib

import cv2
import numpy as np
import torch

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
STD = np.array([0.229, 0.224, 0.225], np.float32)
# The part of src/data's policies that can be had in one warp and one pass over the colours.
POLICIES = {
    "none": {},
    "weak": {"flip": 0.5},
    "basic": {"flip": 0.5, "rotation": 15, "brightness": 0.1, "contrast": 0.2},
    "lite": {
        "flip": 0.5,
        "rotation": 15,
        "turns": True,
        "scale": (0.75, 1.5),
        "brightness": 0.2,
        "contrast": 0.2,
        "saturation": 0.2,
    },
}


def find_pairs(folder):
    folder = pathlib.Path(folder)
    if (folder / "train").is_dir():
        folder = folder / "train"
    masks = {path.stem: path for path in (folder / "masks").iterdir()}
    images = sorted((folder / "images").iterdir())
    pairs = [(image, masks[image.stem]) for image in images if image.stem in masks]
    if not pairs:
        raise SystemExit(f"{folder}: holds no pairs of images/ and masks/")
    return pairs


class Pairs(torch.utils.data.Dataset):
    """Every pair decoded and shrunk to what the largest zoom needs, before the workers fork."""

    def __init__(self, pairs, size, policy, edge_weights):
        self.size, self.edge_weights = size, edge_weights
        self.options = POLICIES[policy]
        side = round(size * self.options.get("scale", (1, 1))[1])
        self.pairs = []
        for image_path, mask_path in pairs:
            image = cv2.cvtColor(cv2.imread(str(image_path)), cv2.COLOR_BGR2RGB)
            mask = cv2.imread(str(mask_path), cv2.IMREAD_GRAYSCALE)
            shape = (side, side)
            if "rotation" in self.options:
                shape = min(side, image.shape[1]), min(side, image.shape[0])
            image = cv2.resize(image, shape, interpolation=cv2.INTER_AREA)
            mask = cv2.resize(mask, shape, interpolation=cv2.INTER_NEAREST_EXACT)
            mask = np.where(mask >= 128, 255, 0).astype(np.uint8)
            self.pairs.append(np.dstack([image, mask]))

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, index):
        random = np.random.default_rng(torch.randint(1 << 31, ()).item())
        pixels = self.warp(self.pairs[index], random)
        image = self.color(pixels[..., :3], random)
        mask = np.where(pixels[..., 3] >= 128, 255, 0).astype(np.uint8)
        band = cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8))
        item = {
            "images": torch.from_numpy(((image / np.float32(255) - MEAN) / STD).astype(np.float32)),
            "masks": torch.from_numpy(mask.astype(np.float32) / 255),
            "boundaries": torch.from_numpy(band.astype(np.float32) / 255),
        }
        if self.edge_weights:
            inside = mask.astype(np.float32) / 255
            mean = cv2.boxFilter(inside, -1, (31, 31), borderType=cv2.BORDER_CONSTANT)
            item["edge_weights"] = torch.from_numpy(1 + 5 * np.abs(mean - inside))
        return item

    def warp(self, pixels, random):
        size, options = self.size, self.options
        if "rotation" not in options:
            for axis in (0, 1):
                if random.random() < options.get("flip", 0):
                    pixels = np.flip(pixels, axis)
            return np.ascontiguousarray(pixels)
        flip = [-1.0 if random.random() < options["flip"] else 1.0 for _ in range(2)]
        angle = np.deg2rad(random.uniform(-options["rotation"], options["rotation"]))
        angle += np.pi / 2 * (random.integers(4) if options.get("turns") else 0)
        low, high = options.get("scale", (1, 1))
        seen = 1 / random.uniform(low, high)
        cos, sin = np.cos(angle), np.sin(angle)
        linear = np.diag(flip) @ np.array([[cos, -sin], [sin, cos]]) * seen
        height, width = pixels.shape[:2]
        linear = np.diag([width, height]) @ linear / size
        room = abs(1 - seen) / 2
        shift = random.uniform(-room, room, 2) * [width, height]
        centre = np.array([(width - 1) / 2, (height - 1) / 2])
        offset = centre + shift - linear @ np.full(2, (size - 1) / 2)
        matrix = np.column_stack([linear, offset])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(pixels, matrix, (size, size), flags=flags)

    def color(self, image, random):
        options = self.options
        if "brightness" not in options:
            return image.astype(np.float32)
        brightness, contrast, saturation = (
            random.uniform(1 - options.get(key, 0), 1 + options.get(key, 0))
            for key in ("brightness", "contrast", "saturation")
        )
        image = image.astype(np.float32)
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None]
        gain = brightness * contrast
        offset = brightness * (1 - contrast) * float(grey.mean())
        out = (gain * saturation) * image + (gain * (1 - saturation) * grey + offset)
        return np.clip(out, 0, 255)


def make_loader(pairs, size, policy, edge_weights, batch_size, workers):
    cv2.setNumThreads(1)  # the workers are the parallelism
    return torch.utils.data.DataLoader(
        Pairs(pairs, size, policy, edge_weights),
        batch_size=batch_size,
        shuffle=True,
        drop_last=True,
        num_workers=workers,
        persistent_workers=workers > 0,
        prefetch_factor=3 if workers > 0 else None,
    )
