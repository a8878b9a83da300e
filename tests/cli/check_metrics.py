"""Compares every measure of `bcnet eval --predictions --metrics all` with independent code:
PySODMetrics for PraNet's protocol, SciPy for boundaries and polyps, NumPy for the rest.

usage: check_metrics.py BCNET SAMPLES MAPS FOLDER

SAMPLES holds masks of real images, MAPS a model's probability maps of the same images
(STEM_probability.png), FOLDER is filled with the pairs. Prints the largest difference of each
measure and leaves with 1 where one is above 1e-6. docs/reference/metrics.md explains what is set
aside here: see the functions whose names begin with as_ours.
"""

import json
import pathlib
import subprocess
import sys
import warnings

import cv2
import numpy as np
import py_sod_metrics as sod
from scipy import ndimage

warnings.filterwarnings("ignore")
TOLERANCE = 1e-6
rng = np.random.default_rng(7)


def grey(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def shifted(mask, x, y):
    return ndimage.shift(mask.astype(np.uint8), (y, x), order=0) > 0


def blurred(mask, sigma=6):
    return ndimage.gaussian_filter(mask.astype(float), sigma)


def to_8_bits(values):
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


def predictions_of(mask):
    """What programs might write for a mask, by the name of the kind."""
    soft = blurred(shifted(mask, 4, -3))
    speckled = ndimage.binary_erosion(mask, iterations=3)
    speckled[tuple(rng.integers(0, mask.shape, (12, 2)).T)] = True
    field = ndimage.gaussian_filter(rng.normal(size=mask.shape), 8)
    field = (field - field.min()) / np.ptp(field)
    return {
        "shifted": to_8_bits(shifted(mask, 5, 3)),
        "dilated": to_8_bits(ndimage.binary_dilation(mask, iterations=4)),
        "speckled": to_8_bits(speckled),
        "turned_over": to_8_bits(shifted(mask, -2, 6)),
        "soft": to_8_bits(soft / max(soft.max(), 1e-9)),
        "narrow": to_8_bits(0.15 + 0.6 * soft),
        "noisy": to_8_bits(soft + rng.normal(0, 0.2, mask.shape)),
        "inverted": to_8_bits(1 - soft),
        "field": to_8_bits(field),
        "few_levels": (np.rint(soft * 5) * 51).astype(np.uint8),
        "16_bits": np.rint(soft * 65535).astype(np.uint16),
        "floats": (0.05 + 0.9 * soft).astype(np.float32),
    }


def synthetic_mask(width, height):
    mask = np.zeros((height, width), bool)
    y, x = np.mgrid[0:height, 0:width]
    for _ in range(rng.integers(1, 4)):
        cx, cy = rng.uniform(0, width), rng.uniform(0, height)
        rx, ry = rng.uniform(3, width / 4), rng.uniform(3, height / 4)
        mask |= ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1
    return mask


def edge_cases():
    empty = np.zeros((40, 56), bool)
    middle, corner, polyp = empty.copy(), empty.copy(), empty.copy()
    middle[20, 30] = corner[-1, -1] = True
    polyp[8:25, 10:33] = True
    masks = {"empty": empty, "full": ~empty, "middle": middle, "corner": corner, "polyp": polyp}
    even = empty.copy()
    even[8:25, 10:32] = True  # a centre at 20.5
    masks["even_centre"] = even
    near = empty.copy()
    near[20, 31] = True
    drawn = {
        "empty": to_8_bits(empty),
        "full": to_8_bits(~empty),
        "one_pixel": to_8_bits(near),
        "same_pixel": to_8_bits(middle),
        "constant": np.full(empty.shape, 128, np.uint8),
        "soft": to_8_bits(blurred(polyp, 3)),
    }
    for name, mask in masks.items():
        for kind, prediction in drawn.items():
            yield f"edge_{name}_{kind}", to_8_bits(mask), prediction


def pairs(samples, maps):
    """(name, mask as stored, prediction as stored)"""
    for path in sorted((samples / "masks").iterdir()):
        mask = grey(path)
        yield f"model_{path.stem}", mask, grey(maps / f"{path.stem}_probability.png")
        for kind, prediction in predictions_of(mask > 128).items():
            yield f"real_{path.stem}_{kind}", mask, prediction
    sizes = [(97, 131), (64, 48), (200, 120), (150, 151), (33, 90), (256, 192), (120, 120), (81, 60)]
    for i, (width, height) in enumerate(sizes):
        mask = synthetic_mask(width, height)
        for kind, prediction in predictions_of(mask).items():
            yield f"synthetic_{i}_{kind}", to_8_bits(mask), prediction
    yield from edge_cases()


def unit(prediction):
    """A stored prediction as numbers in 0..1; two values are a mask."""
    values = np.unique(prediction)
    if prediction.dtype != np.float32 and len(values) == 2:
        return (prediction == values[1]).astype(float)
    full = {"uint8": 255, "uint16": 65535, "float32": 1}[str(prediction.dtype)]
    return prediction.astype(float) / full


def spread(values):
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if high > low else values


def as_ours_ratio(part, whole):
    """Nothing to count is 1 in bcnet, 0 in PySODMetrics."""
    return part / whole if whole else 1.0


def as_ours_levels(values):
    """Rounding leaves some values an ulp below the threshold that they stand for."""
    return np.minimum(values + 1e-12, 1)


def as_ours_centre(truth):
    """True where NumPy and MATLAB round the centre alike: an even number and a half go down
    in the one and up in the other."""
    mean = np.argwhere(truth).mean(axis=0) if truth.any() else np.zeros(2)
    return not np.any((mean % 1 == 0.5) & (np.floor(mean) % 2 == 0))


def counts(mask, truth):
    return ((mask & truth).sum(), (mask & ~truth).sum(), (~mask & truth).sum(),
            (~mask & ~truth).sum())


def basic(mask, truth):
    tp, fp, fn, tn = counts(mask, truth)
    return {
        "dice": as_ours_ratio(2 * tp, 2 * tp + fp + fn),
        "iou": as_ours_ratio(tp, tp + fp + fn),
        "precision": as_ours_ratio(tp, tp + fp),
        "recall": as_ours_ratio(tp, tp + fn),
        "specificity": as_ours_ratio(tn, tn + fp),
        "f2": as_ours_ratio(5 * tp, 5 * tp + 4 * fn + fp),
        "accuracy": (tp + tn) / truth.size,
    }


def pranet(values, truth):
    """Values of one image, and its curves."""
    parts = {"Sm": sod.Smeasure(), "wFm": sod.WeightedFmeasure(), "MAE": sod.MAE()}
    for part in parts.values():
        part.step(values, truth, normalize=False)
    handlers = {
        "Dic": sod.DICEHandler(True, False),
        "IoU": sod.IOUHandler(True, False),
        "Sen": sod.SensitivityHandler(True, False),
        "Spe": sod.SpecificityHandler(True, False),
    }
    alignment = sod.Emeasure()
    for part in (sod.FmeasureV2(dict(handlers)), alignment):
        part.step(as_ours_levels(values), truth, normalize=False)
    curves = {key: np.array(handler.dynamic_results[0]) for key, handler in handlers.items()}
    curves["Spe"][curves["Sen"] == 0] = 0  # as PraNet's code has it, not PySODMetrics
    curves["Em"] = alignment.changeable_ems[0]
    result = {"Sm": parts["Sm"].sms[0], "wFm": parts["wFm"].weighted_fms[0],
              "MAE": parts["MAE"].maes[0]}
    result.update({"mean" + key: curve.mean() for key, curve in curves.items()})
    return result, curves


def outline(mask):
    return mask ^ ndimage.binary_erosion(mask)


def boundary(mask, truth):
    if not mask.any() or not truth.any():
        both = not mask.any() and not truth.any()
        return {"hd95": 0 if both else None, "average_surface_distance": 0 if both else None,
                "boundary_f": float(both)}
    to_truth = ndimage.distance_transform_edt(~outline(truth))[outline(mask)]
    to_mask = ndimage.distance_transform_edt(~outline(mask))[outline(truth)]
    both = np.concatenate([to_truth, to_mask])
    precision, recall = (to_truth <= 2).mean(), (to_mask <= 2).mean()
    return {"hd95": np.percentile(both, 95), "average_surface_distance": both.mean(),
            "boundary_f": 2 * precision * recall / max(precision + recall, 1e-300)}


def polyps(mask, truth):
    corners = np.ones((3, 3))
    wanted, number_wanted = ndimage.label(truth, corners)
    drawn, number_drawn = ndimage.label(mask, corners)
    found = len(np.unique(wanted[mask & truth]))
    return {"polyps_found": found, "polyps_missed": number_wanted - found,
            "polyps_false": number_drawn - len(np.unique(drawn[mask & truth]))}


def write_pairs(folder, samples, maps):
    for name in ("data/images", "data/masks", "predictions"):
        (folder / name).mkdir(parents=True)
    written = {}
    for name, mask, prediction in pairs(samples, maps):
        cv2.imwrite(str(folder / f"data/images/{name}.png"), mask)
        cv2.imwrite(str(folder / f"data/masks/{name}.png"), mask)
        ending = "tif" if prediction.dtype == np.float32 else "png"
        cv2.imwrite(str(folder / f"predictions/{name}.{ending}"), prediction)
        written[name] = (mask, prediction)
    return written


def main(bcnet, samples, maps, folder):
    folder = pathlib.Path(folder)
    written = write_pairs(folder, pathlib.Path(samples), pathlib.Path(maps))
    assert len(written) >= 200, len(written)
    result_file = folder / "result.json"
    subprocess.run([bcnet, "eval", "--predictions", folder / "predictions", "--data",
                    folder / "data", "--metrics", "all", "--json", result_file, "--quiet"],
                   check=True, stdout=subprocess.DEVNULL)
    result = json.loads(result_file.read_text())
    assert result["images"] == len(written)

    largest, curves, sums, set_aside = {}, [], np.zeros(4), {}

    def compare(key, name, ours, theirs):
        assert (ours is None) == (theirs is None), (key, name, ours, theirs)
        if ours is not None:
            difference = abs(ours - theirs)
            assert difference <= TOLERANCE, f"{key} of {name}: {ours}, expected {theirs}"
            largest[key] = max(largest.get(key, 0), difference)

    for image in result["per_image"]:
        name = pathlib.Path(image["image"]).stem
        stored, prediction = written[name]
        truth, values = stored >= 128, unit(prediction)
        mask = values >= 0.5
        sums += counts(mask, truth)
        expected, curve = pranet(spread(values), stored > 128)
        curves.append(curve)
        if np.isnan(expected["Sm"]) or not as_ours_centre(stored > 128):
            assert 0 <= image["Sm"] <= 1, (name, image["Sm"])
            set_aside.setdefault("Sm", []).append(name)
            del expected["Sm"]
        for measures in (basic(mask, truth), expected, boundary(mask, truth), polyps(mask, truth)):
            for key, value in measures.items():
                compare(key, name, image[key], value)

    for key in ("Dic", "IoU", "Sen", "Spe", "Em"):
        mean = np.mean([curve[key] for curve in curves], axis=0)
        compare(f"max{key}", "all", result[f"max{key}"], mean.max())
        compare(f"mean{key} of all", "all", result[f"mean{key}"], mean.mean())
    tp, fp, fn, _ = sums
    compare("global_dice", "all", result["global_dice"], 2 * tp / (2 * tp + fp + fn))
    compare("global_iou", "all", result["global_iou"], tp / (tp + fp + fn))

    print(f"{len(written)} pairs; largest difference of each measure:")
    for key, difference in largest.items():
        print(f"  {key:26} {difference:.1e}")
    for key, names in set_aside.items():
        print(f"{key} was not compared on {len(names)}: {', '.join(names)}")
        assert len(names) <= len(written) / 5


main(*sys.argv[1:])
