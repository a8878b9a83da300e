"""A `bcnet serve` of its own for a test."""

import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request


class Server:
    """Runs until the end of the with block: its port, and all lines of its stderr and stdout.

    on_start: a signal that it gets while it loads its models."""

    def __init__(self, program, *arguments, environment=None, port=0, on_start=None):
        command = [program, "serve", "--port", str(port), *map(str, arguments)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **(environment or {})})
        self.messages, self.log, self.port = [], [], None
        self._heard = threading.Condition()
        self._readers = [threading.Thread(target=self._read, args=(stream, lines), daemon=True)
                         for stream, lines in ((self.process.stderr, self.messages),
                                               (self.process.stdout, self.log))]
        for reader in self._readers:
            reader.start()
        self.wait_for_message(r":(\d+): loading ")
        self.port = int(re.search(r":(\d+): loading ", "\n".join(self.messages)).group(1))
        if on_start:
            self.process.send_signal(on_start)
        self.wait_for_message(r"ready on port")

    def _read(self, stream, lines):
        for line in stream:
            with self._heard:
                lines.append(line.rstrip("\n"))
                self._heard.notify_all()
        with self._heard:
            self._heard.notify_all()

    def wait_for_message(self, pattern, seconds=60):
        with self._heard:
            found = self._heard.wait_for(
                lambda: any(re.search(pattern, line) for line in self.messages) or
                self.process.poll() is not None, seconds)
        assert found and any(re.search(pattern, line) for line in self.messages), \
            f"no message {pattern!r} in {self.messages}"

    def wait_for_log(self, pattern, seconds=20):
        with self._heard:
            found = self._heard.wait_for(
                lambda: any(re.search(pattern, line) for line in self.log), seconds)
        assert found, f"no line {pattern!r} in {self.log}"
        return next(line for line in self.log if re.search(pattern, line))

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            code = self.stop()
            assert kind or code == 0, f"exit code {code}: {self.messages[-3:]}"

    def stop(self, sent=signal.SIGTERM, seconds=60):
        self.process.send_signal(sent)
        code = self.process.wait(seconds)
        for reader in self._readers:
            reader.join()
        return code

    def signal(self, sent):
        self.process.send_signal(sent)

    def memory(self):
        """MiB that are resident."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) / 1024

    def threads(self):
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def ask(self, path, body=None, method=None, headers=None):
        """(status, headers, bytes)"""
        request = urllib.request.Request(self.url(path), data=body, method=method,
                                         headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read()

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        return connection

    def raw(self, data, close=False):
        """Everything that comes back for these bytes until the server closes."""
        with self.connect() as connection:
            try:
                connection.sendall(data)
                if close:
                    connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # it has answered already
            return read_all(connection)


def read_all(connection):
    received = b""
    while True:
        try:
            piece = connection.recv(65536)
        except ConnectionResetError:
            return received
        if not piece:
            return received
        received += piece


def status_of(answer):
    """Status and JSON of a raw answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    match = re.match(rb"HTTP/1\.1 (\d+)", head)
    return (int(match.group(1)), head.decode("latin-1"), body) if match else (None, "", answer)


def check_error(status, body):
    """The one shape of errors."""
    error = json.loads(body)
    assert set(error) == {"error", "code", "request_id"}, error
    assert all(isinstance(value, str) and value for value in error.values()), error
    assert "/" not in error["error"].replace("multipart/form-data", "").replace("image/", "") \
        .replace("text/html", "") \
        .replace("application/", "").replace("HTTP/1.1", ""), error
    assert status >= 400, status
    return error


def wait_until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)
