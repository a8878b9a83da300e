"""Cross-layer equalisation (Nagel et al., ICCV 2019) of an exported float model: a channel's scale
moves from one convolution into the next, across the Clip between them.

    equalize.py --model bcnet.onnx --way careful|relu --out equalised.onnx IMAGE...

careful: only channels that stay below 6 on the images, which Clip then leaves as they are.
relu: every channel, with the Clip's upper end taken away.
"""

import argparse
import pathlib

import numpy
import onnx
import onnxruntime
from infer import decode, network_input
from onnx import numpy_helper

MOST = 8          # times that a channel is scaled up or down
ROOM = 0.9 * 6    # how near to the Clip's upper end other images may come


class Graph:
    def __init__(self, model):
        self.model = model
        self.constants = {tensor.name: tensor for tensor in model.graph.initializer}
        self.readers = {}
        for node in model.graph.node:
            for name in node.input:
                self.readers.setdefault(name, []).append(node)

    def only_reader(self, node, kind):
        readers = self.readers.get(node.output[0], [])
        return readers[0] if len(readers) == 1 and readers[0].op_type == kind else None

    def pairs(self):
        """Each convolution with its Clip and the one convolution that reads that."""
        for node in self.model.graph.node:
            clip = self.only_reader(node, "Clip") if node.op_type == "Conv" else None
            after = self.only_reader(clip, "Conv") if clip else None
            if after:
                yield node, clip, after

    def get(self, name):
        return numpy_helper.to_array(self.constants[name])

    def set(self, name, values):
        values = numpy.asarray(values, numpy.float32)
        self.constants[name].CopyFrom(numpy_helper.from_array(values, name))


def highest(model, names, images, size):
    """Each channel's highest value before its Clip."""
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    for name in names:
        watched.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(watched.SerializeToString(), providers=["CPUExecutionProvider"])
    each = [session.run(names, {"input": network_input(decode(image.read_bytes()), size)}) for image in images]
    return [numpy.max([one[i].max((0, 2, 3)) for one in each], axis=0) for i in range(len(names))]


def scales(way, most, weights, depthwise):
    """What each channel between the two convolutions is multiplied by."""
    most = numpy.maximum(most, 1e-3)
    reach = numpy.maximum(numpy.abs(weights).max((1, 2, 3) if depthwise else (0, 2, 3)), 1e-6)
    # Depthwise weights have a scale each, so the values between are free to be made alike.
    if way == "relu":
        scale = numpy.median(most) / most if depthwise else numpy.sqrt(reach / most)
        return numpy.clip(scale if depthwise else scale / numpy.exp(numpy.log(scale).mean()), 1 / MOST, MOST)
    scale = ROOM / most if depthwise else numpy.sqrt(ROOM / most * reach / numpy.median(reach))
    scale = numpy.clip(scale, 1 / MOST, numpy.minimum(MOST, ROOM / most))
    return numpy.where(most < ROOM, scale, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", nargs="+", type=pathlib.Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--way", choices=["careful", "relu"], required=True)
    parser.add_argument("--size", type=int, default=352, help="of the network's input")
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    graph = Graph(onnx.load(options.model))
    pairs = list(graph.pairs())
    most = highest(graph.model, [first.output[0] for first, _, _ in pairs], options.images, options.size)
    for (first, clip, second), values in zip(pairs, most):
        weights = graph.get(second.input[1])
        depthwise = weights.shape[1] == 1
        scale = scales(options.way, values, weights, depthwise)
        if options.way == "relu":
            graph.set(clip.input[2], 1e4)
        graph.set(first.input[1], graph.get(first.input[1]) * scale[:, None, None, None])
        graph.set(first.input[2], graph.get(first.input[2]) * scale)
        graph.set(second.input[1],
                  weights / (scale[:, None, None, None] if depthwise else scale[None, :, None, None]))
    onnx.save(graph.model, options.out)
    below = sum(int((values < ROOM).sum()) for values in most)
    print(f"{len(pairs)} pairs, {below} of {sum(map(len, most))} channels below {ROOM}")


if __name__ == "__main__":
    main()
