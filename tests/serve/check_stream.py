"""GET /v1/stream of a server that shows a video.

Arguments: bcnet, a tiny model, an image, a video file."""

import functools
import http.server
import os
import signal
import sys
import threading

import cv2
import numpy as np
from running_server import Server, read_all

program, tiny, video = sys.argv[1], sys.argv[2], sys.argv[4]


def watch(server):
    connection = server.connect()
    connection.sendall(b"GET /v1/stream HTTP/1.1\r\nHost: a\r\n\r\n")
    return connection


def pictures(connection, count):
    """What comes until so many pictures were there."""
    data = b""
    while data.count(b"--picture\r\n") <= count:
        piece = connection.recv(65536)
        assert piece, f"ended after {len(data)} bytes"
        data += piece
    return data


def decoded(data):
    """Every whole picture of a stream's bytes, BGR."""
    found = []
    for piece in data.split(b"--picture\r\n")[1:-1]:  # the last one may not be whole
        head, _, body = piece.partition(b"\r\n\r\n")
        length = int(head.lower().rsplit(b"content-length: ", 1)[1].split(b"\r\n")[0])
        image = cv2.imdecode(np.frombuffer(body[:length], np.uint8), cv2.IMREAD_COLOR)
        assert image is not None, head
        found.append(image)
    return found


def outlined(image):
    """Pixels of the outline's green, which nothing in the video has."""
    blue, green, red = (image[..., c].astype(int) for c in range(3))
    return (green > red + 60) & (green > blue + 60)


def check_outline(image):
    """Around the red square of 48 x 48 pixels, half of the picture's height, and nowhere else."""
    assert image.shape == (96, 128, 3), image.shape
    ys, xs = np.nonzero(outlined(image[20:]))  # without the line of text at the top
    assert len(ys) >= 100, len(ys)
    ys += 20
    assert abs(ys.min() - 24) <= 6 and abs(ys.max() - 71) <= 6, (ys.min(), ys.max())
    assert 30 <= xs.max() - xs.min() <= 60, (xs.min(), xs.max())
    inside = image[ys.min() + 12:ys.max() - 11, xs.min() + 12:xs.max() - 11]
    assert not outlined(inside).any()
    blue, green, red = inside.reshape(-1, 3).mean(axis=0)
    assert red > 150 and green < 80 and blue < 80, (red, green, blue)


with Server(program, "--model", tiny, "--source", video) as server:
    first, second = watch(server), watch(server)
    for connection in (first, second):
        head, _, body = pictures(connection, 3).partition(b"\r\n\r\n")
        lines = head.decode().lower().split("\r\n")
        assert lines[0].startswith("http/1.1 200"), head
        assert "content-type: multipart/x-mixed-replace; boundary=picture" in lines, head
        assert "connection: close" in lines and b"content-length" not in head.lower(), head
        part, _, rest = body.partition(b"\r\n\r\n")
        assert part.startswith(b"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: "), part
        length = int(part.rsplit(b" ", 1)[1])
        assert rest[:2] == b"\xff\xd8" and rest[length - 2:length] == b"\xff\xd9"
        assert rest[length:length + 11] == b"\r\n--picture", rest[length:length + 20]
    # A watcher that leaves disturbs nobody, and other requests are answered meanwhile.
    first.close()
    assert server.ask("/v2/health/ready")[0] == 200
    assert "/v1/stream" in server.ask("/openapi.json")[2].decode()
    shown = decoded(pictures(second, 20))  # more than the video has: it is shown again
    assert len(shown) >= 19, len(shown)
    # Each time that the video begins anew the square has to last before it is shown.
    with_outline = [image for image in shown if outlined(image[20:]).any()]
    assert len(with_outline) >= 5, len(with_outline)
    for image in with_outline:
        check_outline(image)
    server.signal(signal.SIGTERM)
    ended = threading.Thread(target=lambda: read_all(second))
    ended.start()
    assert server.process.wait(20) == 0
    ended.join(20)
    assert not ended.is_alive()

# Without a source there is nothing to show; one that is not there is tried again, and says so.
with Server(program, "--model", tiny) as server:
    assert server.ask("/v1/stream")[0] == 404
with Server(program, "--model", tiny, "--source", "/dev/video97") as server:
    server.wait_for_message("--source: /dev/video97: cannot be opened")
    watcher = watch(server)
    watcher.settimeout(20)
    pictures(watcher, 1)  # that there is no signal
    watcher.close()
    assert server.ask("/v2/health/ready")[0] == 200

# One that dies and returns is shown again, and a model that was loaded anew looks at it.


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def host(port=0):
    """The video's folder over HTTP."""
    served = http.server.ThreadingHTTPServer(
        ("127.0.0.1", port), functools.partial(Quiet, directory=os.path.dirname(video)))
    threading.Thread(target=served.serve_forever, daemon=True).start()
    return served


hosted = host()
address = f"http://127.0.0.1:{hosted.server_port}/{os.path.basename(video)}"
with Server(program, "--model", tiny, "--source", address) as server:
    watcher = watch(server)
    pictures(watcher, 3)
    port = hosted.server_port
    hosted.shutdown()
    hosted.server_close()
    server.wait_for_message(r"--source: .*; trying again in 1 s")
    hosted = host(port)
    pictures(watcher, 40)
    server.signal(signal.SIGHUP)
    server.wait_for_message("models are loaded anew")
    pictures(watcher, 40)
    hosted.shutdown()
    watcher.close()
