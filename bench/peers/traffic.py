"""Prints a line of JSON: the bytes that a model moves for an image in OpenVINO, which is what
every layer that is run reads (weights too) and writes, in the types that it is run in. What stays
within the caches counts as well.

    traffic.py models/bcnet-int8.onnx bf16
"""

import argparse
import json

import numpy
import openvino


def size_of(port):
    return int(numpy.prod(port.get_shape())) * port.get_element_type().size


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("precision", choices=["f32", "bf16"])
    options = parser.parse_args()
    compiled = openvino.Core().compile_model(options.model, "CPU", {
        "INFERENCE_PRECISION_HINT": options.precision, "PERF_COUNT": True})
    request = compiled.create_infer_request()
    request.infer({0: numpy.zeros(tuple(compiled.input(0).shape), numpy.float32)})
    ran = {layer.node_name for layer in request.profiling_info
           if layer.status == openvino.ProfilingInfo.Status.EXECUTED}
    layers = [layer for layer in compiled.get_runtime_model().get_ops()
              if layer.get_friendly_name() in ran]
    read = sum(size_of(port) for layer in layers for port in layer.input_values())
    written = sum(size_of(port) for layer in layers for port in layer.outputs())
    print(json.dumps({"bytes": read + written, "layers": len(layers)}))


if __name__ == "__main__":
    main()
