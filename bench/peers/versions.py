"""Prints a line of JSON: the versions of the libraries that the peers run on, and of Python."""

import json
import platform
from importlib import metadata

PACKAGES = {"OpenVINO": "openvino", "ONNX Runtime": "onnxruntime", "PyTorch": "torch",
            "NNCF": "nncf", "OpenCV": "opencv-python-headless", "NumPy": "numpy"}

versions = {name: metadata.version(package) for name, package in PACKAGES.items()}
print(json.dumps([versions, platform.python_version()]))
