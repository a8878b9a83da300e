from __future__ import annotations

import numbers
import operator
import os
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ._errors import ArgumentError

try:
    from ._native import bindings
except ImportError as error:
    raise ImportError(
        f"{error}; bcnet stands on the openvino package, which must be installed in the same folder"
    ) from error


class Box(NamedTuple):
    """Columns x to x + width - 1 and rows y to y + height - 1 of the image."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class Region:
    """One connected region of the mask."""

    polygon: npt.NDArray[np.int32]
    """Its outer outline: int32 [N,2], each corner as x, y of a pixel's centre."""
    box: Box
    """The least one around it."""
    area_percent: float
    """Of the image, 0 to 100."""
    confidence: float
    """How likely it is a polyp, 0 to 1."""


@dataclass(frozen=True, eq=False)
class Segmentation:
    """What was found in one image, in that image's own pixels."""

    mask: npt.NDArray[np.uint8]
    """[H,W]: 255 where there is a polyp, 0 elsewhere."""
    probability: npt.NDArray[np.float32] | None
    """[H,W], 0 to 1; None unless it was asked for."""
    regions: list[Region]
    """The largest first."""
    milliseconds: float
    """That it took."""


@dataclass(frozen=True)
class ModelInfo:
    """What a model file says of itself, and how it is run."""

    file: str
    """Its path."""
    engine: str
    """What runs it: name, version, precision, threads."""
    parallel: int
    """Threads that should call at a time, see Segmenter's mode."""
    input_width: int
    """Pixels that the network sees; images of any size are resized."""
    input_height: int
    """The same from top to bottom."""
    threshold: float
    """In use: the caller's, or else the model's."""
    temperature: float
    """That the network's output is divided by before it becomes probabilities."""
    min_confidence: float
    """In use: the caller's, or else the model's."""
    trained_on: str
    """The data, in words."""
    license: str
    """Of the model, in words."""
    warnings: str
    """What its user should know of it on this CPU, a line each; mostly nothing."""


class Segmenter:
    """Finds polyps in images with one model.

    Loading takes a tenth of a second or more: keep the object. Any number of threads may call it
    at the same time; other Python threads run meanwhile.

    Args:
        path: an ONNX file that ``bcnet export`` or ``bcnet quantize`` wrote. None: $BCNET_MODEL, or
            else the model that this package carries.
        threshold: on the probability, between 0 and 1. None: the model's own.
        min_confidence: regions of a lower confidence are left out of mask and regions; from 0 to
            less than 1. None: the model's own.
        threads: of the network; 0: the cores that this process may use.
        precision: numbers to compute in: "auto" is bfloat16 where the CPU multiplies it, else
            float32; "f32", "bf16" and "f16" ask for one.
        whole_frame: look at all of an image. Otherwise the dark border around what an endoscope
            shows is cut off before the network and has no polyp, unless the model was trained on
            whole images.
        mode: "latency" has all threads work on one image, "throughput" each on its own, with
            `ModelInfo.parallel` callers at a time.
        cache: a folder that keeps the compiled model, so that the next start is fast.

    Raises:
        ModelNotFoundError: a FileNotFoundError; there is no such file.
        ArgumentError: a ValueError; an argument is out of range.
        Error: the file is damaged or no model of bcnet's.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        threshold: float | None = None,
        min_confidence: float | None = None,
        threads: int = 0,
        precision: Literal["auto", "f32", "bf16", "f16"] = "auto",
        whole_frame: bool = False,
        mode: Literal["latency", "throughput"] = "latency",
        cache: str | os.PathLike[str] | None = None,
    ) -> None:
        model = "" if path is None else _path("path", path)
        if path is not None and not model:
            raise ArgumentError("path: found an empty one; None is the model of the package", "usage")
        self._native = bindings.Segmenter(
            model=model,
            threshold=_number("threshold", threshold),
            min_confidence=_number("min_confidence", min_confidence),
            threads=_threads(threads),
            precision=_text("precision", precision),
            whole_frame=bool(whole_frame),
            mode=_text("mode", mode),
            cache="" if cache is None else _path("cache", cache),
        )

    def __call__(
        self,
        array: npt.ArrayLike,
        order: Literal["rgb", "bgr"] = "rgb",
        probability: bool = False,
    ) -> Segmentation:
        """Segments one image.

        Args:
            array: uint8 [H,W,3], or [H,W] in grey. It is not copied; rows may lie apart, as those
                of a part of a larger image do. Of pixels that lie backwards or apart a copy is read.
            order: of the channels: "bgr" is what OpenCV reads.
            probability: fill `Segmentation.probability`.

        Raises:
            ArgumentError: a ValueError; the array is no such image.
        """
        if order not in ("rgb", "bgr"):
            raise ArgumentError(f"order: found {order!r}; allowed: 'rgb', 'bgr'", "usage")
        pixels = _checked(array)
        mask, probabilities, regions, milliseconds = self._native.segment(
            pixels, order == "bgr", bool(probability)
        )
        return Segmentation(
            mask,
            probabilities,
            [Region(polygon, Box(*box), area, sure) for polygon, box, area, sure in regions],
            milliseconds,
        )

    @property
    def info(self) -> ModelInfo:
        """What the model file says of itself, and how it is run."""
        return ModelInfo(**self._native.info())

    def __repr__(self) -> str:
        info = self.info
        return f"bcnet.Segmenter({info.file!r}): {info.engine}"


def _path(name: str, value: str | os.PathLike[str]) -> str:
    """Raises TypeError, ArgumentError."""
    try:
        path = os.fsdecode(value)
    except TypeError:
        raise TypeError(f"{name}: found {value!r}, a path is expected") from None
    if "\0" in path:
        raise ArgumentError(f"{name}: found a null character in {path!r}", "usage")
    return path


def _number(name: str, value: float | None) -> float | None:
    """Raises TypeError."""
    if value is None:
        return None
    if not isinstance(value, (numbers.Real, np.number)):
        raise TypeError(f"{name}: found {value!r}, a number is expected")
    return float(value)


def _threads(value: int) -> int:
    """Raises TypeError, ArgumentError."""
    try:
        threads = operator.index(value)
    except TypeError:
        raise TypeError(f"threads: found {value!r}, a whole number is expected") from None
    if not 0 <= threads < 2**31:
        raise ArgumentError(f"threads: found {threads}, 0 or more is allowed", "usage")
    return threads


def _text(name: str, value: str) -> str:
    """Raises TypeError."""
    if not isinstance(value, str):
        raise TypeError(f"{name}: found {value!r}, a text is expected")
    return value


def _checked(array: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """The array as an image that can be read in place: a copy where its pixels lie backwards or apart.

    Raises ArgumentError where it is no image.
    """
    if array is None:
        raise ArgumentError("array: found None, an image is expected: was its file read?", "data")
    pixels = np.asarray(array)
    if pixels.dtype != np.uint8:
        raise ArgumentError(f"array: found {pixels.dtype}, uint8 is expected", "data")
    shape = pixels.shape
    if not (len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)):
        raise ArgumentError(f"array: found shape {list(shape)}, [H,W,3] or [H,W] is expected", "data")
    if 0 in shape:
        raise ArgumentError(f"array: found shape {list(shape)}: it has no pixels", "data")
    if max(shape) > 2**31 - 1:
        raise ArgumentError(f"array: found shape {list(shape)}: too large", "data")
    # The pixels of a row must lie side by side, the rows one after another without overlap.
    channels = 1 if len(shape) == 2 else 3
    row = shape[1] * channels
    tight = (shape[1] == 1 or pixels.strides[1] == channels) and (
        channels == 1 or pixels.strides[2] == 1
    )
    in_place = tight and (shape[0] == 1 or pixels.strides[0] >= row)
    return pixels if in_place else np.ascontiguousarray(pixels)
