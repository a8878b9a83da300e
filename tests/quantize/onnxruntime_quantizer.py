"""Quantises a float model with ONNX Runtime's own quantiser, on random images.

usage: onnxruntime_quantizer.py MODEL OUT per-tensor|per-channel|reduce-range
"""

import sys

import numpy
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

model, out, weights = sys.argv[1:]
shape = [d.dim_value for d in onnx.load(model).graph.input[0].type.tensor_type.shape.dim]


class Images(CalibrationDataReader):
    def __init__(self):
        random = numpy.random.default_rng(0)
        self.left = [random.random(shape, numpy.float32) for _ in range(4)]

    def get_next(self):
        return {"input": self.left.pop()} if self.left else None


quantize_static(model, out, Images(), quant_format=QuantFormat.QDQ, activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8, per_channel=weights == "per-channel",
                reduce_range=weights == "reduce-range")
