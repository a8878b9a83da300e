#!/usr/bin/env python3
"""Whether `bcnet serve` gives back what one large image took.

    check_memory.py PROGRAM
"""

import struct
import sys
import zlib

from running_server import Server


def png(width, height):
    """All black."""
    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    compressor = zlib.compressobj(1)
    line = bytes(1 + 3 * width)
    data = b"".join(compressor.compress(line) for _ in range(height)) + compressor.flush()
    return (b"\x89PNG\r\n\x1a\n" + part(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            part(b"IDAT", data) + part(b"IEND", b""))


def segment(server, body):
    status, _, answer = server.ask("/v1/segment", body, headers={"Content-Type": "image/png"})
    assert status == 200, answer


def main():
    with Server(sys.argv[1]) as server:
        for _ in range(3):
            segment(server, png(640, 480))
        before = server.memory()
        segment(server, png(7000, 7000))  # a server that keeps has 47 MiB more
        after = server.memory()
        print(f"{before:.0f} MiB before, {after:.0f} after")
        assert after < before + 25, f"{before} MiB before, {after} after"


main()
