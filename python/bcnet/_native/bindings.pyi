import os
from typing import Any

import numpy as np
import numpy.typing as npt

_Region = tuple[npt.NDArray[np.int32], tuple[int, int, int, int], float, float]

class Segmenter:
    def __init__(
        self,
        model: str | os.PathLike[str],
        threshold: float | None,
        min_confidence: float | None,
        threads: int,
        precision: str,
        whole_frame: bool,
        mode: str,
        cache: str | os.PathLike[str],
    ) -> None: ...
    def segment(
        self, pixels: npt.NDArray[np.uint8], bgr: bool, probability: bool
    ) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32] | None, list[_Region], float]: ...
    def info(self) -> dict[str, Any]: ...
