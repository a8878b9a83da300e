"""Makes camera-size frames out of images: JPEGs of 1920×1080 as endoscopy systems show them, the
picture 1350×1080 at the right, the rest black; with --fill the picture alone. The same images give
the same bytes.

    camera_frames.py --out FOLDER [--fill] IMAGE...
"""

import argparse
import pathlib

import cv2
import numpy

WIDTH, HEIGHT, PICTURE = 1920, 1080, 1350
QUALITY = 92


def frame_of(image, fill):
    if fill:
        return cv2.resize(image, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    frame = numpy.zeros((HEIGHT, WIDTH, 3), numpy.uint8)
    frame[:, WIDTH - PICTURE:] = cv2.resize(image, (PICTURE, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return frame


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", nargs="+", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--fill", action="store_true")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for number, image in enumerate(options.images, 1):
        frame = frame_of(cv2.imread(str(image)), options.fill)
        cv2.imwrite(str(options.out / f"{number:03}.jpg"), frame, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])


if __name__ == "__main__":
    main()
