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


def film(path, name="9", frames=30, size=(640, 480)):
    """A y4m file for Chromium's fake camera: a sample in a dark frame."""
    frame = numpy.zeros((size[1], size[0], 3), numpy.uint8)
    edge = min(size)
    left = (size[0] - edge) // 2
    frame[:, left : left + edge] = cv2.resize(sample(name), (edge, edge))
    planes = cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420).tobytes()
    header = f"YUV4MPEG2 W{size[0]} H{size[1]} F30:1 Ip A1:1 C420jpeg\n".encode()
    path.write_bytes(header + (b"FRAME\n" + planes) * frames)
    return path
