"""What clients do wrong: each is answered with an error of one shape, costs little memory, and the
next request is served.

Arguments: bcnet, a tiny model, an image. With "idle" behind them: 10,000 idle connections; exit
code 77 and the reason where the system allows fewer."""

import json
import pathlib
import re
import resource
import socket
import struct
import sys
import threading
import time
import zlib

import cv2
import numpy

from running_server import Server, check_error, read_all, status_of, wait_until

program, tiny, sample = sys.argv[1:4]
image = pathlib.Path(sample).read_bytes()
jpeg = {"Content-Type": "image/jpeg"}


def post(path, body, *headers, length=None):
    lines = [f"POST {path} HTTP/1.1", "Host: a", "Connection: close", *headers,
             f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def expect(server, data, *statuses, close=False):
    status, head, body = status_of(server.raw(data, close))
    assert status in statuses, (status, statuses, data[:200], body[:200])
    check_error(status, body)
    assert "application/json" in head
    assert server.ask("/v2/health/ready")[0] == 200
    return head


def png(width, height, data=b""):
    def chunk(kind, content):
        return (struct.pack(">I", len(content)) + kind + content +
                struct.pack(">I", zlib.crc32(kind + content)))
    return (b"\x89PNG\r\n\x1a\n" +
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", data) + chunk(b"IEND", b""))


def check_heads(server):
    expect(server, b"nonsense\r\n\r\n", 400)
    expect(server, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(50), 400)
    expect(server, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400)  # no Host
    expect(server, b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n", 400)
    expect(server, b"GET / HTTP/9.9\r\nHost: a\r\n\r\n", 400)
    expect(server, b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 431)
    expect(server, b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 20_000 + b"\r\n", 431)
    expect(server, b"GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n", 400)
    for path in ("/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%5c..%5cetc", "//etc/passwd",
                 "/v2/models/..%2f..%2fetc%2fpasswd", "/v2/models/%00", "/%ff%fe", "/v2/models/" +
                 "a" * 1000):
        expect(server, f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode(), 404)
    # (a client that leaves in the middle of its head gets nothing, and nothing breaks)
    server.raw(b"GET / HT", close=True)


def check_lengths(server):
    url = "/v1/segment"
    expect(server, post(url, b""), 400)
    expect(server, post(url, image[:500], length=len(image)), 400, close=True)
    expect(server, post(url, b"", length=-1), 400)
    expect(server, post(url, b"", length="1e3"), 400)
    expect(server, post(url, b"", length=2 ** 64), 400, 413)
    expect(server, post(url, b"", length=2 ** 63), 413)
    expect(server, post(url, b"", length=40 << 20), 413)
    expect(server, post(url, b"", "Content-Length: 5"), 400)             # two lengths
    chunked = ("POST /v1/segment HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
               "Transfer-Encoding: chunked\r\n")
    expect(server, chunked.encode() + b"Content-Length: 5\r\n\r\n0\r\n\r\n", 400)
    expect(server, chunked.encode() + b"\r\nxyz\r\n", 400)
    expect(server, chunked.encode() + b"\r\nffffffffffffffffff\r\n", 400)
    expect(server, chunked.encode() + b"\r\n5\r\nab", 400, close=True)
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(image), image)
    assert status_of(server.raw(chunked.encode() + b"\r\n" + body))[0] == 200
    expect(server, chunked.encode() + b"\r\n" + b"%x\r\n" % (64 << 20) + bytes(40 << 20), 413)
    # A body that is too large is answered while the client is still sending it.
    expect(server, post(url, bytes(40 << 20)), 413)
    # Refused before the body is sent.
    status, _, body = status_of(server.raw(
        b"POST /v1/segment HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
        b"Content-Length: 99999999999\r\n\r\n"))
    assert status == 413, body
    with server.connect() as connection:
        connection.sendall(b"POST /v1/segment HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                           b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(image))
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue")
        connection.sendall(image)
        assert status_of(read_all(connection))[0] == 200
    expect(server, b"POST /v1/segment HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\n"
                   b"Content-Length: 5\r\n\r\n", 417)


def check_images(server):
    url = "/v1/segment"
    expect(server, post(url, image[: len(image) // 2]), 400)
    expect(server, post(url, b"GIF89a" + bytes(100)), 415)
    expect(server, post(url, image, "Content-Type: image/png"), 415)
    expect(server, post(url, image, "Content-Type: text/html"), 415)
    expect(server, post(url, image, "Content-Type: ;;;"), 415)
    expect(server, post(url, image, "Accept: text/html"), 406)
    expect(server, post(url, image, "Accept: image/png;q=7"), 400)
    before = server.memory()
    # A picture of 60,000 x 60,000 pixels in a few bytes, and a small one that unpacks to 200 MiB.
    expect(server, post(url, png(60_000, 60_000, zlib.compress(bytes(1000)))), 413)
    bomb = zlib.compress(bytes(200 << 20), 9)
    status, _, _ = status_of(server.raw(post(url, png(100, 100, bomb))))
    assert status in (200, 400), status  # what is behind the last row is not unpacked
    expect(server, post(url, png(0, 0)), 400)
    expect(server, post(url, png(2 ** 31 - 1, 2 ** 31 - 1)), 400, 413)
    assert server.memory() - before < 200, (before, server.memory())
    for form, boundary in ((b"", "B"), (b"--B", "B"), (b"--C--\r\n", "B"),
                           (b"--B\r\n\r\n" + image, "B"), (b"--B\r\n" * 10_000, "B"),
                           (b"--B--\r\n", "B" * 100), (b"--B--\r\n", "")):
        expect(server, post(url, form, f"Content-Type: multipart/form-data; boundary={boundary}"),
               400, 415)


def check_tensors(server):
    url = "/v2/models/bcnet-image/infer"
    for body in (b"", b"{", b"[]", b"null", b"[" * 100_000, b"{\"a\":" * 100_000, b"\xff\xfe",
                 b"{\"inputs\":[{\"name\":\"image\",\"datatype\":\"UINT8\",\"shape\":[1e99]}]}"):
        expect(server, post(url, body), 400)
    good = {"name": "image", "datatype": "UINT8", "shape": [1, 1, 3], "data": [1, 2, 3]}
    assert status_of(server.raw(post(url, json.dumps({"inputs": [good]}).encode())))[0] == 200
    for change in ({"name": "x"}, {"name": 1}, {"datatype": "FP32"}, {"datatype": "BYTES"},
                   {"shape": [1, 3]}, {"shape": [-1, 1, 3]}, {"shape": [0, 0, 3]},
                   {"shape": [2 ** 31, 2 ** 31, 3]}, {"shape": [2 ** 64, 1, 3]}, {"shape": "1"},
                   {"data": [1, 2]}, {"data": [-1, 2, 3]}, {"data": [1, 2, 1e300]},
                   {"data": [1, 2, "3"]}, {"data": None}, {"parameters": 3},
                   {"parameters": {"binary_data_size": 3}},
                   {"parameters": {"binary_data_size": -3}}):
        expect(server, post(url, json.dumps({"inputs": [{**good, **change}]}).encode()), 400)
    expect(server, post(url, json.dumps({"inputs": [{**good, "shape": [30000, 30000, 3]}]})
                        .encode()), 413)
    for length in (-1, "x", 2 ** 64, 10 ** 9, ""):
        expect(server, post(url, b"{}", f"Inference-Header-Content-Length: {length}"), 400)
    expect(server, post(url, b"{}", "Content-Type: text/plain"), 415)
    # Numbers without end: 32 MiB of JSON cost what they hold, not a multiple of 16.
    before = server.memory()
    many = (b"{\"inputs\":[{\"name\":\"image\",\"datatype\":\"UINT8\",\"shape\":[1,1,3],\"data\":["
            + b"1," * (15 << 20) + b"1]}]}")
    expect(server, post(url, many), 400)
    assert server.memory() - before < 300, (before, server.memory())


def check_slow(arguments):
    with Server(program, *arguments, "--header-timeout", "1", "--body-timeout", "1",
                "--idle-timeout", "2", "--answer-timeout", "3") as server:
        begin = time.monotonic()
        expect(server, b"GET / HTTP/1.1\r\nHo", 408)
        expect(server, post("/v1/segment", image[:100], length=len(image)), 408)
        # One that sends a byte now and then is not waited for either.
        with server.connect() as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nX: ")
            try:
                for _ in range(20):
                    connection.sendall(b"a")
                    time.sleep(0.2)
            except OSError:
                pass
            assert status_of(read_all(connection))[0] in (408, None)
        assert server.raw(b"") == b""  # says nothing: closed without a word
        assert time.monotonic() - begin < 30
        # One that does not read its answers: its connection ends, others are served.
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", server.port))
            connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" * 3000)
            connections = "bcnet_connections {}\n".format
            assert connections(2) in server.ask("/metrics")[2].decode()
            wait_until(lambda: connections(1) in server.ask("/metrics")[2].decode())
        assert server.ask("/v2/health/ready")[0] == 200


def check_overload(arguments):
    """A queue of one: others get 503, health is answered at once, and nothing stays behind."""
    with Server(program, *arguments, "--queue", "1", "--threads", "1") as server:
        statuses = []

        def ask():
            for _ in range(10):
                status, headers, body = server.ask("/v1/segment?output=overlay", image,
                                                   headers=jpeg)
                statuses.append(status)
                if status != 200:
                    assert check_error(status, body)["code"] == "unavailable"
                    assert int(headers["Retry-After"]) >= 1

        threads = [threading.Thread(target=ask) for _ in range(16)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            assert server.ask("/v2/health/ready")[0] == 200
        assert set(statuses) == {200, 503}, set(statuses)
        metrics = server.ask("/metrics")[2].decode()
        assert "bcnet_queue_length 0\n" in metrics, metrics
        assert "bcnet_buffered_bytes 0\n" in metrics, metrics
    with Server(program, *arguments, "--max-bodies", "1") as server:
        held = []
        for _ in range(12):
            connection = server.connect()
            connection.sendall(post("/v1/segment", bytes(100_000), length=200_000))
            held.append(connection)
        wait_until(lambda: "bcnet_buffered_bytes 0\n" not in server.ask("/metrics")[2].decode())
        status, _, body = status_of(server.raw(post("/v1/segment", bytes(900_000))))
        assert status == 503, body
        for connection in held:
            connection.close()
        wait_until(lambda: server.ask("/v1/segment", image, headers=jpeg)[0] == 200)


def check_unread_answers(arguments):
    """Answers that their clients do not read count as bodies do: over the limit are no more."""
    noise = numpy.random.default_rng(0).integers(0, 256, (1400, 1500, 3), numpy.uint8)
    picture = cv2.imencode(".jpg", noise, [cv2.IMWRITE_JPEG_QUALITY, 8])[1].tobytes()
    limit = 16 << 20
    with Server(program, *arguments, "--max-bodies", str(limit >> 20)) as server:
        def buffered():
            text = server.ask("/metrics")[2].decode()
            return int(re.search(r"^bcnet_buffered_bytes (\d+)$", text, re.MULTILINE).group(1))

        size = len(server.ask("/v1/segment?output=overlay", picture)[2])
        assert len(picture) * 4 < size < limit / 2, (len(picture), size)
        held = []
        for _ in range(limit // size):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", server.port))
            connection.sendall(post("/v1/segment?output=overlay", picture))
            assert connection.recv(12) == b"HTTP/1.1 200"
            held.append(connection)
            assert buffered() == size * len(held)  # and no request's body
        head = expect(server, post("/v1/segment?output=overlay", picture), 503)
        assert "Retry-After: 1" in head, head
        assert server.ask("/v1/segment", image, headers=jpeg)[0] == 200  # there is room for this
        assert server.ask("/v2/health/ready")[0] == 200
        for connection in held:
            connection.close()
        wait_until(lambda: buffered() == 0)
        assert server.ask("/v1/segment?output=overlay", picture)[0] == 200


def check_connections(arguments):
    """More connections than allowed: the longest idle one makes room."""
    with Server(program, *arguments, "--max-connections", "8") as server:
        held = [server.connect() for _ in range(30)]
        assert server.ask("/v2/health/ready")[0] == 200
        assert held[0].recv(10) == b""
        for connection in held:
            connection.close()


def check_idle(arguments):
    count = 10_000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + 200  # of this process and of the server, which inherits it
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), max(hard, wanted)))
    except (OSError, ValueError) as error:
        print(f"skipped: {count} connections need {wanted} open files, allowed are {hard} "
              f"(ulimit -Hn): {error}")
        sys.exit(77)
    with Server(program, *arguments) as server:
        assert server.ask("/v1/segment", image, headers=jpeg)[0] == 200
        before, threads = server.memory(), server.threads()
        held = [server.connect() for _ in range(count)]
        begin = time.monotonic()
        assert server.ask("/v2/health/ready")[0] == 200
        waited = time.monotonic() - begin
        wait_until(lambda: f"bcnet_connections {count + 1}\n" in
                   server.ask("/metrics")[2].decode())
        grown = server.memory() - before
        print(f"{count} idle connections: {grown:.1f} MiB, health in {waited * 1000:.1f} ms")
        assert grown < 200 and server.threads() == threads
        assert server.ask("/v1/segment", image, headers=jpeg)[0] == 200
        for connection in held:
            connection.close()


model = ["--model", tiny]
if sys.argv[4:] == ["idle"]:
    check_idle(model)
else:
    with Server(program, *model) as shared:
        for check in (check_heads, check_lengths, check_images, check_tensors):
            check(shared)
            print(check.__name__, "passed", flush=True)
    for check in (check_slow, check_overload, check_unread_answers, check_connections):
        check(model)
        print(check.__name__, "passed", flush=True)
