"""Checks an ONNX file that bcnet wrote, with ONNX's own tools and ONNX Runtime.

usage: check_onnx.py FOLDER

FOLDER holds model.onnx and cases.json: {"opset": 11, "tolerance": 1e-3, "cases": [{"input":
FILE, "input_shape": [...], "output": FILE, "output_shape": [...]}]}, the files raw float32.
Prints versions and the largest difference; leaves with 1 and a message where anything is wrong.
"""

import json
import pathlib
import sys

import numpy
import onnx
import onnxruntime


def load(folder, name, shape):
    return numpy.fromfile(folder / name, dtype=numpy.float32).reshape(shape)


def check_graph(model, opset):
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(
        model, check_type=True, strict_mode=True, data_prop=True)
    known = {value.name for value in inferred.graph.value_info}
    known.update(value.name for value in inferred.graph.output)
    missing = [name for node in model.graph.node for name in node.output if name not in known]
    assert not missing, f"no shape inferred for {missing}"
    assert [(o.domain, o.version) for o in model.opset_import] == [("", opset)]
    assert [i.name for i in model.graph.input] == ["input"]
    assert [o.name for o in model.graph.output] == ["output"]
    operators = {node.op_type for node in model.graph.node}
    assert "Constant" not in operators, "weights and numbers are initializers"
    names = [node.name for node in model.graph.node]
    assert len(set(names)) == len(names), "node names are unique"
    keys = {entry.key for entry in model.metadata_props}
    assert {"bcnet.format", "bcnet.architecture", "bcnet.mean"} <= keys, keys


def main():
    folder = pathlib.Path(sys.argv[1])
    cases = json.loads((folder / "cases.json").read_text())
    check_graph(onnx.load(folder / "model.onnx"), cases["opset"])
    session = onnxruntime.InferenceSession(
        folder / "model.onnx", providers=["CPUExecutionProvider"])
    largest = 0.0
    for case in cases["cases"]:
        x = load(folder, case["input"], case["input_shape"])
        expected = load(folder, case["output"], case["output_shape"])
        (logits,) = session.run(["output"], {"input": x})
        assert logits.shape == expected.shape, (logits.shape, expected.shape)
        difference = float(numpy.abs(logits - expected).max())
        assert difference <= cases["tolerance"], (case["input_shape"], difference)
        largest = max(largest, difference)
    print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}: "
          f"{len(cases['cases'])} inputs, largest difference {largest:.2e}")


if __name__ == "__main__":
    main()
