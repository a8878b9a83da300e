"""Measures one engine on images, from JPEG bytes to a mask of the image's size, and prints a
line of JSON: milliseconds of every image ("all"), of the network alone ("network"), peak memory.

    infer.py --engine torch-eager|torch-compile --weights MODEL.safetensors IMAGE...
    infer.py --engine onnxruntime|openvino-f32|openvino-bf16 --model MODEL.onnx IMAGE...
    infer.py --engine quantize-onnxruntime|quantize-nncf --model MODEL.onnx --out INT8 IMAGE...

The last writes an int8 file by the library's own quantiser, with the images to calibrate on.
With --cold nothing is measured: the first image's mask is made and the process ends; with --cache
OpenVINO keeps the compiled model in that folder.
"""

import argparse
import json
import os
import pathlib
import resource
import time

import cv2
import numpy

MEAN = numpy.array([0.485, 0.456, 0.406], numpy.float32)
STD = numpy.array([0.229, 0.224, 0.225], numpy.float32)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", nargs="+", type=pathlib.Path)
    parser.add_argument("--engine", required=True)
    parser.add_argument("--model")
    parser.add_argument("--weights")
    parser.add_argument("--out")
    parser.add_argument("--size", type=int, default=352, help="of the network's input")
    parser.add_argument("--cache", help="OpenVINO's folder of compiled models")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=50)
    parser.add_argument("--warmup", type=int, default=5)
    parser.add_argument("--cold", action="store_true")
    return parser.parse_args()


def decode(data):
    return cv2.imdecode(numpy.frombuffer(data, numpy.uint8), cv2.IMREAD_COLOR)


def network_input(image, size):
    small = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)
    rgb = cv2.cvtColor(small, cv2.COLOR_BGR2RGB).astype(numpy.float32) / 255
    return numpy.ascontiguousarray(((rgb - MEAN) / STD).transpose(2, 0, 1)[None])


def mask_of(logits, image):
    large = cv2.resize(logits, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)
    return numpy.where(large >= 0, 255, 0).astype(numpy.uint8)


def torch_engine(options, compiled):
    import torch
    from safetensors import safe_open
    from network import Bcnet

    torch.set_num_threads(options.threads)
    if os.environ.get("ATEN_CPU_CAPABILITY") == "avx2":  # which its compiler does not read
        import torch._inductor.config
        torch._inductor.config.cpp.simdlen = 256
    with safe_open(options.weights, "pt") as file:
        architecture = json.loads(file.metadata()["bcnet.architecture"])
        state = {name: file.get_tensor(name).float() for name in file.keys()}
    network = Bcnet(architecture)
    network.load_state_dict(state)
    network = network.eval().to(memory_format=torch.channels_last)

    def forward(x):
        return network(x)[0]

    call = torch.compile(forward) if compiled else forward

    def run(x):
        with torch.inference_mode():
            tensor = torch.from_numpy(x).contiguous(memory_format=torch.channels_last)
            return call(tensor)[0, 0].numpy()

    return run


def onnxruntime_engine(options, optimised=True):
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    if not optimised:
        settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    settings.intra_op_num_threads = options.threads
    session = onnxruntime.InferenceSession(
        options.model, settings, providers=["CPUExecutionProvider"])
    return lambda x: session.run(None, {"input": x})[0][0, 0]


def openvino_engine(options, precision):
    import openvino

    core = openvino.Core()
    settings = {
        "INFERENCE_PRECISION_HINT": precision,
        "INFERENCE_NUM_THREADS": options.threads,
        "PERFORMANCE_HINT": "LATENCY",
    }
    if options.cache:
        settings["CACHE_DIR"] = options.cache
    compiled = core.compile_model(options.model, "CPU", settings)
    request = compiled.create_infer_request()

    def run(x):
        request.infer({0: x})
        return request.get_output_tensor().data[0, 0]

    return run


def make_engine(options):
    if options.engine.startswith("torch-"):
        return torch_engine(options, options.engine == "torch-compile")
    if options.engine == "onnxruntime":
        return onnxruntime_engine(options)
    return openvino_engine(options, options.engine.removeprefix("openvino-"))


def quantize_onnxruntime(options):
    import onnx
    from onnx import version_converter
    from onnxruntime import quantization

    class Reader(quantization.CalibrationDataReader):
        def __init__(self):
            self.files = iter(options.images)

        def get_next(self):
            file = next(self.files, None)
            return None if file is None else {"input": network_input(decode(file.read_bytes()), options.size)}

    source = pathlib.Path(options.out).with_suffix(".13.onnx")
    onnx.save(version_converter.convert_version(onnx.load(options.model), 13), source)
    quantization.quantize_static(
        str(source), options.out, Reader(), quant_format=quantization.QuantFormat.QDQ,
        per_channel=True, activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QInt8)
    source.unlink()


def quantize_nncf(options):
    import nncf
    import openvino

    model = openvino.Core().read_model(options.model)
    images = [network_input(decode(file.read_bytes()), options.size) for file in options.images]
    openvino.save_model(
        nncf.quantize(model, nncf.Dataset(images), preset=nncf.QuantizationPreset.MIXED,
                      subset_size=len(images)), options.out)


def main():
    options = parse()
    cv2.setNumThreads(options.threads)
    if options.engine.startswith("quantize-"):
        (quantize_nncf if options.engine == "quantize-nncf" else quantize_onnxruntime)(options)
        return
    files = [image.read_bytes() for image in options.images]
    run = make_engine(options)
    if options.cold:
        image = decode(files[0])
        print(int(mask_of(run(network_input(image, options.size)), image).any()))
        return
    whole, network = [], []
    for i in range(options.warmup + options.repeat):
        start = time.perf_counter()
        image = decode(files[i % len(files)])
        x = network_input(image, options.size)
        before = time.perf_counter()
        logits = run(x)
        after = time.perf_counter()
        mask_of(logits, image)
        if i >= options.warmup:
            whole.append((time.perf_counter() - start) * 1e3)
            network.append((after - before) * 1e3)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"all": whole, "network": network, "memory_mb": memory}))


if __name__ == "__main__":
    main()
