"""Polyps in endoscopy images, outlined on the CPU.

    import bcnet

    segmenter = bcnet.Segmenter()
    found = segmenter(frame)            # uint8 [H,W,3], RGB
    found.mask                          # uint8 [H,W], 255 where there is a polyp

It is not a medical device.
"""

from importlib.metadata import version as _version

from ._errors import ArgumentError, Error, ModelNotFoundError
from ._segmenter import Box, ModelInfo, Region, Segmentation, Segmenter

__version__ = _version("bcnet")

__all__ = [
    "ArgumentError",
    "Box",
    "Error",
    "ModelInfo",
    "ModelNotFoundError",
    "Region",
    "Segmentation",
    "Segmenter",
    "__version__",
]
