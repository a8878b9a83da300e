"""What a table of PraNet's kind holds, from maps on disk: `bcnet eval --predictions --metrics all`
beside the steps of PraNet's programs in plain NumPy. No published maps are at hand here, so maps
are made as MyTest.py makes them: logits at the network's size, resized bilinearly to the mask's
(align_corners=False), their sigmoid, spread to 0..1, saved in 8 bits. eval/main.m reads them, spreads
them again and takes Dice, IoU, sensitivity, specificity and E-measure at 256 thresholds; S-measure
and MAE look at the map itself. (The weighted F-measure is checked by check_metrics.py.)

usage: check_pranet_table.py BCNET SAMPLES FOLDER
       check_pranet_table.py --pins     the numbers that eval_predictions_test.cpp pins

SAMPLES holds masks of real images, FOLDER is filled. Leaves with 1 where a figure differs by more
than 1e-6, or by more than 1e-4 where maps of the network's size are left to `eval` to resize: a
value that lies on a threshold then falls to one side or the other.
"""

import json
import pathlib
import subprocess
import sys

import cv2
import numpy as np

NETWORK = 352
SIZES = ((288, 384), (531, 622), (576, 720))  # of pictures in the test sets, height and width


def resized(values, shape):
    """Bilinear, pixel centres at halves, as torch's interpolate without align_corners."""
    for axis, size in enumerate(shape):
        have = values.shape[axis]
        at = np.clip((np.arange(size) + 0.5) * have / size - 0.5, 0, have - 1)
        low = np.floor(at).astype(int)
        high = np.minimum(low + 1, have - 1)
        weight = (at - low).reshape([-1 if i == axis else 1 for i in range(2)])
        values = np.take(values, low, axis) * (1 - weight) + np.take(values, high, axis) * weight
    return values


def spread(values):
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if high > low else values


def saved(logits, shape):
    """MyTest.py; scipy.misc.imsave rounds a half up."""
    probability = 1 / (1 + np.exp(-resized(logits, shape)))
    unit = (probability - probability.min()) / (np.ptp(probability) + 1e-8)
    return np.floor(spread(unit) * 255 + 0.5).astype(np.uint8)


def object_score(values):
    mean = values.mean()
    deviation = values.std(ddof=1) if values.size > 1 else 0
    return 2 * mean / (mean * mean + 1 + deviation + np.finfo(float).eps)


def region_score(values, truth):
    count = values.size
    x, y = values.mean(), truth.mean()
    several = count - 1 + np.finfo(float).eps
    variance_x = ((values - x) ** 2).sum() / several
    variance_y = ((truth - y) ** 2).sum() / several
    covariance = ((values - x) * (truth - y)).sum() / several
    above = 4 * x * y * covariance
    below = (x * x + y * y) * (variance_x + variance_y)
    if above != 0:
        return above / (below + np.finfo(float).eps)
    return 1.0 if below == 0 else 0.0


def structure_measure(values, truth):
    share = truth.mean()
    if share == 0:
        return 1 - values.mean()
    if share == 1:
        return values.mean()
    objects = share * object_score(values[truth]) + (1 - share) * object_score(1 - values[~truth])
    rows, columns = np.nonzero(truth)
    x = int(np.floor(columns.mean() + 1 + 0.5))  # MATLAB counts from 1 and rounds a half up
    y = int(np.floor(rows.mean() + 1 + 0.5))
    regions = 0
    for rows_part in (slice(0, y), slice(y, None)):
        for columns_part in (slice(0, x), slice(x, None)):
            part, part_truth = values[rows_part, columns_part], truth[rows_part, columns_part]
            if part.size > 0:
                regions += region_score(part, part_truth.astype(float)) * part.size / truth.size
    return max(0, 0.5 * objects + 0.5 * regions)


def enhanced_alignment(found, truth):
    if not truth.any():
        matrix = 1.0 - found
    elif truth.all():
        matrix = found.astype(float)
    else:
        a, b = found - found.mean(), truth - truth.mean()
        matrix = (2 * a * b / (a * a + b * b + np.finfo(float).eps) + 1) ** 2 / 4
    return matrix.sum() / (truth.size - 1 + np.finfo(float).eps)


def figures_of(maps, truths):
    """The columns of a table; maps in 0..1."""
    curves = {key: [] for key in ("Dic", "IoU", "Sen", "Spe", "Em")}
    single = {"Sm": [], "MAE": []}
    for values, truth in zip(maps, truths):
        values = spread(values)
        rows = {key: [] for key in curves}
        for level in range(255, -1, -1):
            found = values >= level / 255 - 1e-9 / 255
            both, found_count, wanted = (found & truth).sum(), found.sum(), truth.sum()
            missed = wanted - both
            false = found_count - both
            right = truth.size - found_count - missed
            any_right = both > 0
            rows["Dic"].append(2 * both / (wanted + found_count) if any_right else 0)
            rows["IoU"].append(both / (missed + found_count) if any_right else 0)
            rows["Sen"].append(both / wanted if any_right else 0)
            rows["Spe"].append(right / (right + false) if any_right and right + false else 0)
            rows["Em"].append(enhanced_alignment(found, truth))
        for key, row in rows.items():
            curves[key].append(row)
        single["Sm"].append(structure_measure(values, truth))
        single["MAE"].append(np.abs(values - truth).mean())
    table = {key: float(np.mean(row)) for key, row in single.items()}
    for key, rows in curves.items():
        curve = np.mean(rows, axis=0)
        table["mean" + key] = float(curve.mean())
        table["max" + key] = float(curve.max())
    return table


def measured(program, data, predictions):
    result = predictions.with_suffix(".json")
    subprocess.run(
        [program, "eval", "--quiet", "--data", data, "--predictions", predictions, "--metrics", "all",
         "--json", result],
        check=True, capture_output=True,
    )
    return json.loads(result.read_text())


def compare(name, expected, found, tolerance):
    worst = 0.0
    for key, value in expected.items():
        difference = abs(found[key] - value)
        worst = max(worst, difference)
        if difference > tolerance:
            print(f"{name}: {key} is {found[key]}, NumPy has {value}")
    print(f"{name}: largest difference {worst:.1e}")
    return worst <= tolerance


def check(program, samples, folder):
    rng = np.random.default_rng(11)
    truths, large, small = [], [], []
    for place in ("images", "masks", "large", "small"):
        (folder / place).mkdir(parents=True, exist_ok=True)
    for index, path in enumerate(sorted((samples / "masks").glob("*"))[:6]):
        height, width = SIZES[index % len(SIZES)]
        truth = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        truth = cv2.resize(truth, (width, height), interpolation=cv2.INTER_NEAREST) > 128
        name = path.stem + ".png"
        noise = resized(rng.normal(0, 3, (11, 11)), (NETWORK, NETWORK))
        logits = 8 * (resized(truth.astype(float), (NETWORK, NETWORK)) - 0.5) + noise
        at_size = saved(logits, truth.shape)
        at_network = saved(logits, (NETWORK, NETWORK))
        cv2.imwrite(str(folder / "masks" / name), truth.astype(np.uint8) * 255)
        cv2.imwrite(str(folder / "large" / name), at_size)
        cv2.imwrite(str(folder / "small" / name), at_network)
        truths.append(truth)
        large.append(at_size / 255)
        small.append(resized(at_network / 255, truth.shape))
    data = folder / "masks"
    fine = compare("maps of the mask's size", figures_of(large, truths),
                   measured(program, data, folder / "large"), 1e-6)
    fine &= compare("maps of the network's size", figures_of(small, truths),
                    measured(program, data, folder / "small"), 1e-4)
    return 0 if fine else 1


def pins():
    y, x = np.mgrid[0:40, 0:60]
    half_y, half_x = np.mgrid[0:20, 0:30]
    truths, maps, halves = [], [], []
    for left, top in ((5, 5), (35, 15)):
        truths.append((x >= left) & (x < left + 20) & (y >= top) & (y < top + 20))
        inside = (x >= left + 3) & (x < left + 22) & (y >= top - 2) & (y < top + 18)
        maps.append(((5 * x + 7 * y + x * y) % 97 + np.where(inside, 150, 0)) / 255)
        inside = inside[::2, ::2]
        values = ((5 * half_x + 7 * half_y + half_x * half_y) % 97 + np.where(inside, 150, 0)) / 255
        halves.append(resized(values, (40, 60)))
    for name, values in (("same size", maps), ("half size", halves)):
        print(name)
        for key, value in figures_of(values, truths).items():
            print(f'      {{"{key}", {value:.9f}}},')


if __name__ == "__main__":
    if sys.argv[1:] == ["--pins"]:
        pins()
    else:
        sys.exit(check(sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])))
