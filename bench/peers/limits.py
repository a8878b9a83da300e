"""Measures what this CPU gives at best, and prints a line of JSON: thousand million multiply-adds
a second of one large 1×1 convolution in OpenVINO for each precision, and the GB/s of a copy.

A network of small, depthwise and elementwise layers stays below the first; layers that compute
little for each byte are bound by the second.

    limits.py --threads 1
"""

import argparse
import json
import pathlib
import statistics
import tempfile
import time

import numpy
import onnx
import openvino
from onnx import TensorProto, helper

CHANNELS, SIDE = 512, 64


def convolution(int8, path):
    """input [1,512,64,64] → 1×1 convolution to 512 channels, float or between Q and DQ."""
    shape = [1, CHANNELS, SIDE, SIDE]
    random = numpy.random.default_rng(1)
    weights = random.standard_normal((CHANNELS, CHANNELS, 1, 1), numpy.float32)
    constants = {"w": weights}
    nodes = []
    x, w = "input", "w"
    if int8:
        scale = numpy.float32(0.02)
        constants = {
            "w8": numpy.clip(weights * 40, -127, 127).astype(numpy.int8),
            "w_scale": numpy.full(CHANNELS, scale), "w_zero": numpy.zeros(CHANNELS, numpy.int8),
            "x_scale": scale, "x_zero": numpy.uint8(128),
        }
        nodes = [
            helper.make_node("QuantizeLinear", ["input", "x_scale", "x_zero"], ["x8"]),
            helper.make_node("DequantizeLinear", ["x8", "x_scale", "x_zero"], ["x"]),
            helper.make_node("DequantizeLinear", ["w8", "w_scale", "w_zero"], ["wf"], axis=0),
        ]
        x, w = "x", "wf"
    # Several in a row: what is measured is the convolution, not the conversions at the ends.
    count = 8
    for i in range(count):
        out = "output" if i + 1 == count else f"y{i}"
        nodes.append(helper.make_node("Conv", [x, w], [out]))
        x = out
        if int8 and i + 1 < count:
            nodes += [
                helper.make_node("QuantizeLinear", [out, "x_scale", "x_zero"], [f"q{i}"]),
                helper.make_node("DequantizeLinear", [f"q{i}", "x_scale", "x_zero"], [f"d{i}"]),
            ]
            x = f"d{i}"
    graph = helper.make_graph(
        nodes, "limit",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, shape)],
        [onnx.numpy_helper.from_array(numpy.asarray(v), k) for k, v in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, path)
    return count * CHANNELS * CHANNELS * SIDE * SIDE


def seconds(action, repeat=30):
    times = []
    for _ in range(repeat + 5):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times[5:])


def peak(precision, threads, bf16, folder):
    path = pathlib.Path(folder) / f"{precision}.onnx"
    products = convolution(precision == "int8", path)
    compiled = openvino.Core().compile_model(str(path), "CPU", {
        "INFERENCE_PRECISION_HINT": ("bf16" if bf16 else "f32") if precision == "int8" else precision,
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY",
    })
    request = compiled.create_infer_request()
    image = numpy.random.default_rng(2).standard_normal((1, CHANNELS, SIDE, SIDE), numpy.float32)
    return products / seconds(lambda: request.infer({0: image})) / 1e9


def copy_speed():
    source = numpy.ones(1 << 26, numpy.uint8)  # beyond the caches
    target = numpy.empty_like(source)
    return 2 * source.size / seconds(lambda: numpy.copyto(target, source)) / 1e9


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--precisions", nargs="+", choices=("f32", "bf16", "int8"),
                        default=["f32", "bf16", "int8"],
                        help="beside int8, floats are bf16 where that is among them")
    options = parser.parse_args()
    bf16 = "bf16" in options.precisions
    with tempfile.TemporaryDirectory() as folder:
        result = {p: peak(p, options.threads, bf16, folder) for p in options.precisions}
    result["copy_gb_per_second"] = copy_speed()
    print(json.dumps(result))


if __name__ == "__main__":
    main()
