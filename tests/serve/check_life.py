"""Start, end, reload, token, TLS, log and metrics of a server.

Arguments: bcnet, a tiny model, an image, a folder to write to."""

import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

from prometheus_client.parser import text_string_to_metric_families

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "web"))
import site_server
from running_server import Server, check_error, read_all, status_of, wait_until

program, tiny, sample, folder = sys.argv[1], sys.argv[2], sys.argv[3], pathlib.Path(sys.argv[4])
image = pathlib.Path(sample).read_bytes()
jpeg = {"Content-Type": "image/jpeg"}


def check_shipped_model():
    """Without --model, as the README starts it."""
    with Server(program, environment={"BCNET_MODEL": ""}) as server:
        assert server.ask("/v2/models/bcnet/ready")[0] == 200
        assert server.ask("/v1/segment", image, headers=jpeg)[0] == 200


def check_log_and_metrics():
    with Server(program, "--model", tiny) as server:
        status, headers, body = server.ask("/v1/segment", image,
                                           headers={**jpeg, "X-Request-Id": "jane-7"})
        assert status == 200 and headers["X-Request-Id"] == "jane-7"
        assert headers["X-Content-Type-Options"] == "nosniff"
        entry = json.loads(server.wait_for_log("jane-7"))
        assert entry["status"] == 200 and entry["route"] == "/v1/segment", entry
        assert entry["bytes_in"] == len(image) and entry["phases"]["network"] > 0
        form = (b"--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"mrs-secret.jpg\""
                b"\r\n\r\n" + image + b"\r\n--B--\r\n")
        assert server.ask("/v1/segment", form,
                          headers={"Content-Type": "multipart/form-data; boundary=B"})[0] == 200
        assert server.ask("/mrs-secret.jpg?mrs-secret")[0] == 404
        assert server.ask("/v1/segment", b"mrs-secret", headers=jpeg)[0] == 415
        status, headers, body = server.ask("/metrics")
        assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
        families = {family.name: family for family in text_string_to_metric_families(body.decode())}
        requests = {(s.labels["route"], s.labels["code"]): s.value
                    for s in families["bcnet_requests"].samples}
        assert requests[("/v1/segment", "200")] == 2, requests
        assert requests[("/v1/segment", "415")] == 1 and requests[("unknown", "404")] == 1
        assert families["bcnet_phase_seconds"].type == "histogram"
        assert families["bcnet_requests_in_flight"].samples[0].value == 1  # this one
        assert families["bcnet_queue_length"].samples[0].value == 0
        server.stop()
        assert "secret" not in "\n".join(server.log + server.messages)


def slow_request(server):
    """A request whose body is half sent, and its socket."""
    connection = server.connect()
    head = f"POST /v1/segment HTTP/1.1\r\nHost: a\r\nContent-Type: image/jpeg\r\n" \
           f"Content-Length: {len(image)}\r\n\r\n"
    connection.sendall(head.encode() + image[:100])
    return connection


def check_draining():
    with Server(program, "--model", tiny, "--drain-delay", "3") as server:
        begun = slow_request(server)
        wait_until(lambda: server.ask("/v2/health/ready")[0] == 200)
        server.signal(signal.SIGTERM)
        wait_until(lambda: server.ask("/v2/health/ready")[0] == 503)
        assert server.ask("/v2/health/live")[0] == 200
        assert server.ask("/v1/segment", image, headers=jpeg)[0] == 200
        begun.sendall(image[100:])
        status, head, _ = status_of(read_all(begun))
        assert status == 200 and "connection: close" in head.lower(), head
        assert server.process.wait(30) == 0
    # A client that only holds its connection keeps nobody up.
    with Server(program, "--model", tiny) as server:
        idle = server.connect()
        begin = time.monotonic()
        assert server.stop(signal.SIGINT) == 0
        assert time.monotonic() - begin < 20
        idle.close()


def check_nothing_is_lost():
    """Requests in flight when the server is told to end are answered."""
    with Server(program, "--model", tiny, "--drain-delay", "1") as server:
        answers, failures = [], []

        def ask():
            while True:
                try:
                    connection = server.connect()
                except OSError:
                    return  # it listens no more: refused, not lost
                with connection:
                    try:
                        connection.sendall(
                            f"POST /v1/segment HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                            f"Content-Length: {len(image)}\r\n\r\n".encode() + image)
                        answers.append(status_of(read_all(connection))[0])
                    except OSError as error:
                        failures.append(error)
                        return

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(answers) > 8)
        assert server.stop() == 0
        for thread in threads:
            thread.join()
        lost = [answer for answer in answers if answer not in (200, 503, None)]
        assert not lost, lost
        # In the kernel's queue when the socket closed: at most one a client, and never accepted.
        assert answers.count(None) + len(failures) <= len(threads), (answers[-9:], failures)


def check_reload():
    model = folder / "model.onnx"
    shutil.copy(tiny, model)
    with Server(program, "--model", model) as server:
        server.signal(signal.SIGHUP)
        server.wait_for_message("loaded anew")
        model.write_bytes(b"no model")
        server.signal(signal.SIGHUP)
        server.wait_for_message("the models before stay: .*model.onnx")
        assert server.ask("/v1/segment", image, headers=jpeg)[0] == 200
        assert server.ask("/v2/health/ready")[0] == 200


def check_reload_loses_nothing():
    """Clients that ask without a pause while models are loaded anew, a bad one among them: each
    request is answered with what was found, on connections that are kept and on new ones."""
    model = folder / "reloaded.onnx"
    shutil.copy(tiny, model)
    with Server(program, "--model", model) as server:
        answers, lost, ends = [], [], threading.Event()

        def ask(keeps):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            try:
                while not ends.is_set():
                    connection.request("POST", "/v1/segment", image, jpeg)
                    answer = connection.getresponse()
                    body = answer.read()
                    if answer.status != 200 or "polyps" not in json.loads(body):
                        lost.append((answer.status, body))
                    answers.append(answer.status)
                    if not keeps:
                        connection.close()
            except (OSError, http.client.HTTPException) as error:
                lost.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=ask, args=(i % 2 == 0,)) for i in range(6)]
        for thread in threads:
            thread.start()
        try:
            for i in range(8):
                bad = i == 4
                new = folder / "new.onnx"
                new.write_bytes(b"no model" if bad else pathlib.Path(tiny).read_bytes())
                new.rename(model)
                line = "the models before stay" if bad else "loaded anew"
                before = sum(line in message for message in server.messages)
                server.signal(signal.SIGHUP)
                wait_until(lambda: sum(line in m for m in server.messages) > before, 60)
                count = len(answers)
                wait_until(lambda: len(answers) > count + 12 or lost, 60)
        finally:
            ends.set()
            for thread in threads:
                thread.join()
        assert not lost, lost[:3]
        print(f"{len(answers)} answered while models were loaded 8 times")


def check_reload_while_loading():
    """A signal that comes while models are being loaded is about what they were not read from."""
    shipped = pathlib.Path(__file__).parents[2] / "models/bcnet-int8.onnx"
    model, next_model = folder / "changing.onnx", folder / "next.onnx"
    with Server(program, "--model", tiny, on_start=signal.SIGHUP) as server:
        server.wait_for_message("loaded anew")

    def shape(server):
        return json.loads(server.ask("/v2/models/bcnet")[2])["inputs"][0]["shape"]

    shutil.copy(tiny, model)
    with Server(program, "--model", model) as server:
        small = shape(server)
        shutil.copy(shipped, next_model)
        next_model.rename(model)
        server.signal(signal.SIGHUP)
        time.sleep(0.2)  # it is read by now, and not yet compiled
        shutil.copy(tiny, next_model)
        next_model.rename(model)
        server.signal(signal.SIGHUP)
        server.wait_for_message("loaded anew")
        wait_until(lambda: shape(server) == small, 60)
        wait_until(lambda: len([line for line in server.messages if "loaded anew" in line]) == 2)


def check_refusals():
    def error_of(*arguments, environment=None, folder=None):
        port = [] if "--port" in arguments else ["--port", "0"]
        result = subprocess.run([program, "serve", *port, *map(str, arguments)],
                                capture_output=True, text=True, timeout=60,
                                env=environment, cwd=folder)
        return result.returncode, result.stderr

    code, message = error_of("--model", folder / "none.onnx")
    assert code == 4 and "none.onnx" in message, message
    (folder / "bad.onnx").write_bytes(b"no model")
    assert error_of("--model", folder / "bad.onnx")[0] == 4
    assert error_of("--model", f"a={tiny}", "--model", f"a={tiny}")[0] == 2
    assert error_of("--model", f"a-image={tiny}")[0] == 2
    code, message = error_of("--model", f"a/b={tiny}")  # a path: a name holds no '/'
    assert code == 4 and f"a/b={tiny}" in message, message
    with_equals = folder / "fold=1"
    with_equals.mkdir()
    shutil.copy(tiny, with_equals)
    with Server(program, "--model", with_equals / pathlib.Path(tiny).name) as server:
        assert server.ask("/v2/models/bcnet/ready")[0] == 200
    code, message = error_of("--model", "bcnet=")
    assert code == 2 and "found 'bcnet='" in message, message
    code, message = error_of("--model", tiny, "--site", folder / "typo")
    assert code == 2 and "--site: " in message and "typo" in message, message
    code, message = error_of("--model", tiny,
                             environment={**os.environ, "BCNET_WEB": str(folder / "typo")})
    assert code == 2 and "$BCNET_WEB: " in message and "typo" in message, message
    assert error_of("--model", tiny, "--host", "nowhere")[0] == 2
    assert error_of("--model", tiny, "--tls-cert", folder / "none.pem")[0] == 2
    assert error_of("--model", tiny, "--token-file", folder / "none")[0] == 2
    (folder / "empty").write_text("\n")
    assert error_of("--model", tiny, "--token-file", folder / "empty")[0] == 2
    code, message = error_of("--export-site", folder / "site", "--site", folder / "no-page")
    assert code == 2 and "not built" in message, message
    site = folder / "page"
    site.mkdir()
    (site / "index.html").write_text("<!doctype html>")
    (site / "manifest.webmanifest").write_text("{}")
    for inside in (site, site / "sub", site / "." / "a" / ".." / "b"):
        code, message = error_of("--export-site", inside, "--site", site)
        assert code == 2 and str(site) in message and "itself" in message, message
    code, message = error_of("--export-site", "sub", "--site", ".", folder=site)
    assert code == 2 and "itself" in message, message
    assert sorted(os.listdir(site)) == ["index.html", "manifest.webmanifest"]
    code, message = error_of("--export-site", folder / "elsewhere", "--site", site,
                             "--model", tiny)
    assert code == 2 and "--model" in message, message
    assert error_of("--export-site", folder / "elsewhere", "--site", site)[0] == 0
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, message = error_of("--model", tiny, "--port", taken.getsockname()[1])
        assert code == 1 and "cannot be listened on" in message, message


def check_token():
    (folder / "token").write_text("s3cret\n")
    with Server(program, "--model", tiny, "--token-file", folder / "token") as server:
        status, headers, body = server.ask("/v1/segment", image, headers=jpeg)
        assert status == 401 and headers["WWW-Authenticate"] == "Bearer"
        assert check_error(status, body)["code"] == "unauthorized"
        with_token = {**jpeg, "Authorization": "Bearer s3cret"}
        assert server.ask("/v1/segment", image, headers=with_token)[0] == 200
        assert server.ask("/v2/models/bcnet")[0] == 401
        assert server.ask("/v2/health/ready")[0] == 200
        server.stop()
        assert "s3cret" not in "\n".join(server.log + server.messages)
    with Server(program, "--model", tiny, environment={"BCNET_TOKEN": "other"}) as server:
        assert server.ask("/v2", headers={"Authorization": "Bearer other"})[0] == 200
        assert server.ask("/v2")[0] == 401


def check_limits_are_told():
    """A client that makes its own masks of probabilities learns what this server goes by."""
    with Server(program, "--model", f"one={tiny}", "--threshold", "0.4",
                "--min-confidence", "0.25") as server:
        url = "/v1/segment?output=probability"
        model = json.loads(server.ask(url, image, headers=jpeg)[1]["Bcnet-Model"])
        assert (model["name"], model["threshold"], model["region_threshold"]) == \
            ("one", 0.4, 0.25), model
        assert model["region_calibration"] == [1, 0], model
        assert "Bcnet-Model" not in server.ask("/v1/segment", image, headers=jpeg)[1]


def check_headers_of_the_page():
    """The page's tests serve it with the very headers that the program sends."""
    site = folder / "headers"
    site.mkdir()
    (site / "index.html").write_text("<!doctype html>")
    # (what an answer says of itself)
    own = {"Content-Type", "Content-Length", "ETag", "X-Request-Id", "Date", "Server", "Connection"}
    with Server(program, "--model", tiny, "--site", site) as server:
        status, headers, _ = server.ask("/")
        assert status == 200
        assert {k: v for k, v in headers.items() if k not in own} == site_server.HEADERS, headers


def check_tls():
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", certificate,
                    "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    with Server(program, "--model", tiny, "--tls-cert", certificate, "--tls-key", key) as server:
        context = ssl.create_default_context(cafile=certificate)
        with context.wrap_socket(server.connect(), server_hostname="127.0.0.1") as connection:
            assert connection.version() in ("TLSv1.2", "TLSv1.3")
            for _ in range(2):
                connection.sendall(f"POST /v1/segment HTTP/1.1\r\nHost: a\r\n"
                                   f"Content-Length: {len(image)}\r\n\r\n".encode() + image)
                received = b""
                while b"milliseconds_by_phase" not in received:
                    received += connection.recv(65536)
                assert status_of(received)[0] == 200
            connection.sendall(b"GET /v2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert b"bcnet" in read_all(connection)
        assert server.raw(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", close=True)[:4] != b"HTTP"
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        try:
            old.wrap_socket(server.connect())
            raise AssertionError("TLS 1.1 is taken")
        except (ssl.SSLError, ConnectionError):
            pass


def check_addresses():
    with Server(program, "--model", tiny) as server:
        assert not any("whoever reaches" in line for line in server.messages)
    with Server(program, "--model", tiny, "--host", "0.0.0.0") as server:
        assert sum("whoever reaches" in line for line in server.messages) == 1
        assert any("neither --token-file nor --tls-cert" in line for line in server.messages)
    with Server(program, "--model", tiny, "--host", "0.0.0.0",
                environment={"BCNET_TOKEN": "x"}) as server:
        assert not any("neither" in line for line in server.messages)


for check in (check_shipped_model, check_log_and_metrics, check_draining, check_nothing_is_lost,
              check_reload, check_reload_loses_nothing, check_reload_while_loading,
              check_refusals, check_token, check_limits_are_told, check_headers_of_the_page,
              check_tls, check_addresses):
    check()
    print(check.__name__, "passed", flush=True)
