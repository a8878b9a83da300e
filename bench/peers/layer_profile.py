"""Prints where a network's time goes in OpenVINO, by kind of layer, as rows of a Markdown table.

    layer_profile.py --threads 1 models/bcnet.onnx:f32 models/bcnet-int8.onnx:bf16
"""

import argparse
import collections
import statistics

import numpy
import openvino

KINDS = {"Convolution": "convolutions", "GroupConvolution": "depthwise convolutions",
         "Subgraph": "elementwise, fused"}
RUNS, WARMUP = 30, 10


def kind_of(layer):
    kind = KINDS.get(layer.node_type, "all the rest")
    if kind == "convolutions":
        kind += " of the backbone" if "backbone" in layer.node_name else " behind it"
    return kind


def profile(model, precision, threads):
    """Median milliseconds of each kind of layer."""
    compiled = openvino.Core().compile_model(model, "CPU", {
        "INFERENCE_PRECISION_HINT": precision,
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY",
        "PERF_COUNT": True,
    })
    request = compiled.create_infer_request()
    image = numpy.random.default_rng(1).standard_normal(
        tuple(compiled.input(0).shape), numpy.float32)
    runs = []
    for _ in range(WARMUP + RUNS):
        request.infer({0: image})
        total = collections.Counter()
        for layer in request.profiling_info:
            total[kind_of(layer)] += layer.real_time.total_seconds() * 1e3
        runs.append(total)
    kinds = {kind for run in runs for kind in run}
    return {kind: statistics.median(run[kind] for run in runs[WARMUP:]) for kind in kinds}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+", metavar="MODEL:PRECISION")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    profiles = [profile(*name.rsplit(":", 1), options.threads) for name in options.models]
    print("| layers |", " | ".join(options.models), "|")
    print("| --- |", " | ".join("---" for _ in profiles), "|")
    for kind in sorted(profiles[0], key=profiles[0].get, reverse=True):
        print("|", kind, "|", " | ".join(f"{times.get(kind, 0):.2f}" for times in profiles), "|")
    print("| all |", " | ".join(f"{sum(times.values()):.2f}" for times in profiles), "|")


if __name__ == "__main__":
    main()
