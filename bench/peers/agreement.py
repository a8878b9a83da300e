"""Runs an ONNX model in ONNX Runtime and in OpenVINO (f32 outside the int8 parts) and prints a
line of JSON: each image's Dice against its mask in either engine, and between the two.

    agreement.py --model models/bcnet-int8.onnx DATA/images/*.jpg
"""

import argparse
import json
import pathlib

import cv2
import numpy
from infer import decode, mask_of, network_input, onnxruntime_engine, openvino_engine


def dice(a, b):
    both, total = numpy.count_nonzero(a & b), numpy.count_nonzero(a) + numpy.count_nonzero(b)
    return 2 * both / total if total else 1.0


def mask_file(image):
    """The mask of the image's name in the folder masks/ beside the image's."""
    return next((image.parent.parent / "masks").glob(image.stem + ".*"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", nargs="+", type=pathlib.Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--size", type=int, default=352, help="of the network's input")
    options = parser.parse_args()
    options.cache = None
    engines = {"onnxruntime": onnxruntime_engine(options), "openvino": openvino_engine(options, "f32")}
    result = {"model": options.model, "between": [], **{name: [] for name in engines}}
    for file in options.images:
        image = decode(file.read_bytes())
        x = network_input(image, options.size)
        truth = cv2.imread(str(mask_file(file)), cv2.IMREAD_GRAYSCALE) >= 128
        masks = {name: mask_of(run(x), image) > 0 for name, run in engines.items()}
        for name, mask in masks.items():
            result[name].append(dice(mask, truth))
        result["between"].append(dice(*masks.values()))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
