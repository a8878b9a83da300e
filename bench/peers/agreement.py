"""Masks of ONNX models by several engines, and how near they come to the truth and to each other.

    agreement.py run --engine openvino|onnxruntime|onnxruntime-exact --model M --out F.npz IMAGE...
    agreement.py compare --reference F.npz --float G.npz F.npz...

run keeps the masks of one engine (float32 outside the int8 parts; exact: every operator as the
file has it, without ONNX Runtime's optimisations). It is a process of its own, so that the
environment can name an instruction set. compare prints a line of JSON for each file.
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


def engine_of(options):
    if options.engine == "openvino":
        return openvino_engine(options, "f32")
    return onnxruntime_engine(options, optimised=options.engine != "onnxruntime-exact")


def run(options):
    options.cache = None
    engine = engine_of(options)
    masks = {}
    for i, file in enumerate(options.images):
        image = decode(file.read_bytes())
        masks[str(i)] = mask_of(engine(network_input(image, options.size)), image) > 0
        masks[f"truth {i}"] = cv2.imread(str(mask_file(file)), cv2.IMREAD_GRAYSCALE) >= 128
    numpy.savez_compressed(options.out, **masks)


def compare(options):
    def load(file):
        with numpy.load(file) as masks:
            return [(masks[str(i)], masks[f"truth {i}"]) for i in range(len(masks) // 2)]

    def between(masks, others):
        return [dice(mask, other) for (mask, _), (other, _) in zip(masks, others)]

    reference, floats = load(options.reference), load(options.float)
    for file in options.files:
        masks = load(file)
        print(json.dumps({
            "dice": [dice(mask, truth) for mask, truth in masks],
            "findings": [bool(mask.any()) for mask, truth in masks if not truth.any()],
            "with_reference": between(masks, reference),
            "with_float": between(masks, floats)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(required=True)
    verb = verbs.add_parser("run")
    verb.set_defaults(action=run)
    verb.add_argument("images", nargs="+", type=pathlib.Path)
    verb.add_argument("--engine", required=True,
                      choices=["openvino", "onnxruntime", "onnxruntime-exact"])
    verb.add_argument("--model", required=True)
    verb.add_argument("--out", required=True)
    verb.add_argument("--threads", type=int, default=1)
    verb.add_argument("--size", type=int, default=352, help="of the network's input")
    verb = verbs.add_parser("compare")
    verb.set_defaults(action=compare)
    verb.add_argument("files", nargs="+")
    verb.add_argument("--reference", required=True)
    verb.add_argument("--float", required=True)
    options = parser.parse_args()
    options.action(options)


if __name__ == "__main__":
    main()
