"""Looks at a video as a plain Python loop does, OpenCV for pictures and OpenVINO for the network,
and prints a line of JSON: milliseconds a frame of decoding, from frame to mask, of encoding, and
frames a second from file to annotated file.

    video.py --model MODEL.onnx --threads N --precision f32|bf16 CLIP.mp4
"""

import argparse
import json
import tempfile
import time

import cv2
import numpy
import openvino

MEAN = numpy.array([0.485, 0.456, 0.406], numpy.float32)
STD = numpy.array([0.229, 0.224, 0.225], numpy.float32)
COLOUR = (96, 255, 0)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip")
    parser.add_argument("--model", required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--precision", default="f32")
    parser.add_argument("--warmup", type=int, default=5)
    return parser.parse_args()


def load(options):
    """The network with normalisation in its graph, as OpenVINO's guide has it."""
    core = openvino.Core()
    model = core.read_model(options.model)
    steps = openvino.preprocess.PrePostProcessor(model)
    steps.input().tensor().set_element_type(openvino.Type.u8).set_layout(openvino.Layout("NHWC"))
    steps.input().tensor().set_color_format(openvino.preprocess.ColorFormat.BGR)
    steps.input().preprocess().convert_element_type(openvino.Type.f32)
    steps.input().preprocess().convert_color(openvino.preprocess.ColorFormat.RGB)
    steps.input().preprocess().mean((MEAN * 255).tolist()).scale((STD * 255).tolist())
    steps.input().model().set_layout(openvino.Layout("NCHW"))
    compiled = core.compile_model(steps.build(), "CPU", {
        "INFERENCE_PRECISION_HINT": options.precision,
        "INFERENCE_NUM_THREADS": options.threads,
        "PERFORMANCE_HINT": "LATENCY",
    })
    return compiled.create_infer_request(), compiled.input().shape[1]


def mask_of(request, size, frame):
    small = cv2.resize(frame, (size, size), interpolation=cv2.INTER_AREA)
    request.infer({0: small[None]})
    logits = request.get_output_tensor().data[0, 0]
    large = cv2.resize(logits, (frame.shape[1], frame.shape[0]), interpolation=cv2.INTER_LINEAR)
    mask = (large >= 0).astype(numpy.uint8)
    outlines, _ = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    return mask, outlines


def draw(frame, mask, outlines):
    inside = mask.astype(bool)
    frame[inside] = (0.75 * frame[inside] + 0.25 * numpy.array(COLOUR)).astype(numpy.uint8)
    cv2.drawContours(frame, outlines, -1, COLOUR, max(1, min(frame.shape[:2]) // 176), cv2.LINE_AA)


def main():
    options = parse()
    cv2.setNumThreads(options.threads)
    request, size = load(options)
    video = cv2.VideoCapture(options.clip)
    rate = video.get(cv2.CAP_PROP_FPS)
    decode, segment, encode = [], [], []
    writer, number, begun = None, 0, time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        while True:
            start = time.perf_counter()
            any_left, frame = video.read()
            if not any_left:
                break
            decoded = time.perf_counter()
            mask, outlines = mask_of(request, size, frame)
            found = time.perf_counter()
            if writer is None:
                writer = cv2.VideoWriter(f"{folder}/out.mp4", cv2.VideoWriter_fourcc(*"mp4v"), rate,
                                         (frame.shape[1], frame.shape[0]))
            draw(frame, mask, outlines)
            writer.write(frame)
            written = time.perf_counter()
            number += 1
            if number == options.warmup:
                begun = written
            elif number > options.warmup:
                decode.append((decoded - start) * 1e3)
                segment.append((found - decoded) * 1e3)
                encode.append((written - found) * 1e3)
        writer.release()
        seconds = time.perf_counter() - begun
    print(json.dumps({"decode": decode, "segment": segment, "encode": encode,
                      "file_frames_per_second": len(segment) / seconds}))


if __name__ == "__main__":
    main()
