"""Pictures that the page's tests make: of a camera's size, turned, tiny; and a camera's film."""

import struct

import cv2
import numpy

from browser import SAMPLES


def sample(name):
    return cv2.imread(str(SAMPLES / f"{name}.jpg"))


def write(path, image):
    assert cv2.imwrite(str(path), image)
    return path


def endoscope_frame(path):
    """1920x1080: a sample in the middle of a dark border with text on it."""
    frame = numpy.full((1080, 1920, 3), 12, numpy.uint8)
    frame[60:1020, 500:1460] = cv2.resize(sample("9"), (960, 960), interpolation=cv2.INTER_CUBIC)
    cv2.putText(frame, "NAME 01.01.1970", (40, 120), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (230,) * 3, 2)
    return write(path, frame)


def frame_with_map(path):
    """1280x960: a sample, over whose corner the map of the instrument's position is drawn."""
    frame = numpy.full((960, 1280, 3), 3, numpy.uint8)
    frame[20:940, 340:1260] = cv2.resize(sample("9"), (920, 920), interpolation=cv2.INTER_CUBIC)
    frame[660:940, 20:220] = (155, 189, 24)
    frame[660:940, 220:420] = (204, 115, 82)
    cv2.polylines(frame, [numpy.array([[90, 900], [150, 800], [160, 720]])], False, (10,) * 3, 6)
    return write(path, frame)


def small(path):
    """Smaller than the network's input, in height and width by different factors."""
    return write(path, cv2.resize(sample("31"), (300, 201), interpolation=cv2.INTER_AREA))


def narrow(path):
    """Wider than the network's input, and lower."""
    return write(path, cv2.resize(sample("95"), (700, 300), interpolation=cv2.INTER_LINEAR))


def gray(path):
    return write(path, cv2.cvtColor(sample("9"), cv2.COLOR_BGR2GRAY))


def turned(path):
    """A phone's photo: stored on its side, upright by its EXIF orientation 6."""
    stored = cv2.rotate(cv2.resize(sample("9"), (420, 352)), cv2.ROTATE_90_COUNTERCLOCKWISE)
    write(path, stored)
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0)
    tiff = b"MM" + struct.pack(">HIH", 42, 8, 1) + entry + struct.pack(">I", 0)
    body = b"Exif\0\0" + tiff
    jpeg = path.read_bytes()
    path.write_bytes(jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:])
    return path


def in_camera(name="9", size=(640, 480)):
    """A sample as a camera's frame: with dark sides."""
    frame = numpy.zeros((size[1], size[0], 3), numpy.uint8)
    edge = min(size)
    left = (size[0] - edge) // 2
    frame[:, left : left + edge] = cv2.resize(sample(name), (edge, edge))
    return frame


def without_polyp(size=(640, 480)):
    """A smooth bluish wall, as no colon is."""
    across, down = numpy.meshgrid(numpy.linspace(0, 1, size[0]), numpy.linspace(0, 1, size[1]))
    frame = numpy.stack([140 + 60 * across, 90 + 40 * down, 60 + 20 * across], axis=2)
    return frame.astype(numpy.uint8)


def film(path, frames=None, rate=30):
    """A y4m file for Chromium's fake camera, which shows it again and again."""
    frames = frames or [in_camera()] * 30
    height, width = frames[0].shape[:2]
    with open(path, "wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{rate}:1 Ip A1:1 C420jpeg\n".encode())
        for frame in frames:
            file.write(b"FRAME\n" + cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420).tobytes())
    return path
