"""Two replicas behind nginx with deploy/nginx.conf: one killed under load, then one drained; a
burst that fills both; one that hangs.

Arguments: bcnet, a tiny model, an image, the source tree, a folder to write to."""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

from running_server import Server, wait_until

program, tiny, sample, source, folder = sys.argv[1:6]
image = pathlib.Path(sample).read_bytes()
folder = pathlib.Path(folder)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def nginx(ports, read_timeout=None):
    """Runs it with the shipped configuration on other ports; gives the process and its port.
    read_timeout: for a test that would wait long for the shipped one."""
    port = free_port()
    shipped = pathlib.Path(source, "deploy/nginx.conf").read_text()
    for shipped_port, own in zip((8081, 8082, 8080), (*ports, port)):
        assert f"127.0.0.1:{shipped_port}" in shipped
        shipped = shipped.replace(f"127.0.0.1:{shipped_port}", f"127.0.0.1:{own}")
    if read_timeout:
        shipped, count = re.subn(r"proxy_read_timeout \d+s;  ", f"proxy_read_timeout {read_timeout}s;",
                                 shipped)
        assert count == 1, shipped
    paths = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in
                    ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    whole = folder / "nginx.conf"
    # Where it runs as root its workers are another user, to whom the test's folder is closed.
    user = "user root;\n" if os.geteuid() == 0 else ""
    whole.write_text(f"{user}daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log warn;\n"
                     f"worker_processes 1;\nevents {{}}\nhttp {{\naccess_log off;\n{paths}"
                     f"{shipped}}}\n")
    (folder / "error.log").unlink(missing_ok=True)  # of the check before
    command = [shutil.which("nginx") or "/usr/sbin/nginx", "-p", folder, "-c", whole]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    return subprocess.Popen(command, stderr=subprocess.DEVNULL), port


class Load:
    """Clients that ask without a pause."""

    clients = 6

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}/v1/segment"
        self.good, self.bad, self.ends = 0, [], False
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.ask, daemon=True) for _ in range(self.clients)]
        for thread in self.threads:
            thread.start()

    def ask(self):
        while not self.ends:
            request = urllib.request.Request(self.url, image, {"Content-Type": "image/jpeg"})
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    answer.read()
                    status = answer.status
            except urllib.error.HTTPError as error:
                status = error.code
            except OSError as error:
                status = str(error)
            with self.lock:
                if status == 200:
                    self.good += 1
                else:
                    self.bad.append(status)

    def more(self, count):
        wanted = self.good + count
        try:
            wait_until(lambda: self.good >= wanted, 120)
        except AssertionError:
            raise AssertionError(f"{self.good} answered, then none; {self.bad[-9:]}") from None

    def end(self):
        self.ends = True
        for thread in self.threads:
            thread.join()


def is_ready(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/health/ready") as answer:
            return answer.status == 200
    except OSError:
        return False


def segmented(server):
    """Whether a replica has answered with what it found."""
    return 'route="/v1/segment",code="200"' in server.ask("/metrics")[2].decode()


def check_death_and_drain():
    with Server(program, "--model", tiny) as first, Server(program, "--model", tiny,
                                                          "--drain-delay", "1") as second:
        process, port = nginx((first.port, second.port))
        try:
            wait_until(lambda: is_ready(port))
            load = Load(port)
            load.more(30)
            first.process.send_signal(signal.SIGKILL)
            first.process.wait()
            load.more(60)
            # What was in flight there may be lost, and is asked again of the other: no more is.
            assert len(load.bad) <= load.clients, load.bad
            lost = len(load.bad)
            third = Server(program, "--model", tiny, port=first.port)
            # It was left out; it is tried again, and back.
            wait_until(lambda: segmented(third), 120)
            load.more(60)
            assert second.stop() == 0  # drained under load
            load.more(30)
            load.end()
            assert len(load.bad) == lost, load.bad[lost:]
            assert third.stop() == 0
            print(f"{load.good} answered, {lost} lost when a replica was killed")
        finally:
            process.terminate()
            process.wait()
        first.process.wait()


def check_burst():
    """Both replicas are full: clients are told so by them, and whoever asks next is served."""
    small = ("--model", tiny, "--queue", "1", "--threads", "1")
    with Server(program, *small) as first, Server(program, *small) as second:
        process, port = nginx((first.port, second.port))
        answers = []

        def ask():
            request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/segment?output=overlay",
                                             image, {"Content-Type": "image/jpeg"})
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    answers.append((answer.status, answer.headers, answer.read()))
            except urllib.error.HTTPError as error:
                answers.append((error.code, error.headers, error.read()))

        try:
            wait_until(lambda: is_ready(port))
            for _ in range(20):
                threads = [threading.Thread(target=ask) for _ in range(24)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                if any(status == 503 for status, _, _ in answers):
                    break
            assert {status for status, _, _ in answers} == {200, 503}, answers
            for status, headers, body in answers:
                if status == 503:
                    assert headers["Retry-After"] == "1", headers
                    assert json.loads(body)["code"] == "unavailable", body
            answers.clear()
            for _ in range(6):
                ask()
            assert [status for status, _, _ in answers] == [200] * 6, answers
        finally:
            process.terminate()
            process.wait()


def check_hang():
    """A replica that accepts connections and says nothing: the first requests wait for it in vain
    and are asked of the other, then it is left out until it answers again."""
    timed_out = "upstream timed out"
    left_out = "upstream server temporarily disabled"
    with Server(program, "--model", tiny) as first, Server(program, "--model", tiny) as second:
        process, port = nginx((first.port, second.port), read_timeout=1)

        def ask():
            request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/segment", image,
                                             {"Content-Type": "image/jpeg"})
            with urllib.request.urlopen(request, timeout=60) as answer:
                answer.read()
                return answer.status

        def told(what):
            return (folder / "error.log").read_text().count(what)

        try:
            wait_until(lambda: is_ready(port))
            first.signal(signal.SIGSTOP)
            for _ in range(60):
                assert ask() == 200
                if told(left_out):
                    break
            assert told(left_out) == 1 and told(timed_out) == 3, told(timed_out)
            begin = time.monotonic()
            for _ in range(40):
                assert ask() == 200
            # One in ten seconds tries whether it is back.
            tried = told(timed_out) - 3
            assert tried <= 1 + (time.monotonic() - begin) // 10, tried
            print(f"40 requests later {tried} were asked of the replica that hangs")
            first.signal(signal.SIGCONT)
            wait_until(lambda: ask() == 200 and segmented(first), 120)
        finally:
            first.signal(signal.SIGCONT)
            process.terminate()
            process.wait()


for check in (check_death_and_drain, check_burst, check_hang):
    check()
    print(check.__name__, "passed", flush=True)
