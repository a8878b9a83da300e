"""The numbers that the tests of tests/metrics pin, from other people's code: PySODMetrics 1.6.2,
MedPy 0.5.2 and SciPy 1.17.1.

usage: pins.py
"""

import warnings

import numpy as np
import py_sod_metrics as sod
from medpy.metric.binary import assd, hd95
from scipy import ndimage, stats

warnings.filterwarnings("ignore")


def ellipse(w, h, cx, cy, rx, ry):
    y, x = np.mgrid[0:h, 0:w]
    return (x - cx) ** 2 * ry * ry + (y - cy) ** 2 * rx * rx <= rx * rx * ry * ry


def wave(mask, a):
    y, x = np.mgrid[0 : mask.shape[0], 0 : mask.shape[1]]
    return ((a * x + 7 * y + x * y) % 97 + np.where(mask, 150, 0)).astype(np.uint8)


def pranet(name, prediction, truth):
    truth = (truth * 255).astype(np.uint8)
    parts = {
        "Sm": sod.Smeasure(),
        "wFm": sod.WeightedFmeasure(),
        "MAE": sod.MAE(),
        "Em": sod.Emeasure(),
    }
    handlers = {
        "Dic": sod.DICEHandler(True, False),
        "IoU": sod.IOUHandler(True, False),
        "Sen": sod.SensitivityHandler(True, False),
        "Spe": sod.SpecificityHandler(True, False),
    }
    for part in [*parts.values(), sod.FmeasureV2(dict(handlers))]:
        part.step(prediction, truth)
    curves = {k: v.dynamic_results[0] for k, v in handlers.items()}
    curves["Spe"] = np.where(curves["Sen"] == 0, 0, curves["Spe"])  # as PraNet's code has it
    curves["Em"] = parts["Em"].changeable_ems[0]
    print(name, "Sm", parts["Sm"].sms[0], "wFm", parts["wFm"].weighted_fms[0])
    print("  MAE", parts["MAE"].maes[0])
    for key, curve in curves.items():
        print(f"  {key}: mean {curve.mean()}, max {curve.max()}, value 127 {curve[127]}")


middle = ellipse(48, 32, 20, 14, 11, 7)
other = ellipse(48, 32, 22, 15, 10, 8)
pranet("middle", wave(other, 5), middle)
pranet("corner", wave(ellipse(33, 40, 27, 36, 7, 5), 11), ellipse(33, 40, 30, 38, 6, 5))
pranet("dot", wave(ellipse(20, 20, 9, 9, 2, 2), 3), ellipse(20, 20, 7, 8, 0.5, 0.5))

for name, prediction in {
    "shifted": other,
    "elsewhere": ellipse(48, 32, 40, 25, 5, 4),
    "one more": middle | ellipse(48, 32, 42, 5, 3, 3),
    "full": np.ones((32, 48), bool),
    "one pixel": ellipse(48, 32, 47, 31, 0.5, 0.5),
}.items():
    print(name, "hd95", hd95(prediction, middle), "assd", assd(prediction, middle))

distance, index = ndimage.distance_transform_edt(~middle, return_indices=True)
print("distances", distance.sum(), "indices", (index[0] * 48 + index[1]).sum())

differences = [0.1, -0.05, 0.02, 0.02, 0.3, -0.02, 0, 0.11, 0.07, -0.01, 0.25, 0.04]
print(stats.wilcoxon(differences, method="asymptotic", correction=False))
