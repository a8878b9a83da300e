"""Open Inference Protocol v2 by the real client, and the endpoint of our own against `predict`.

Arguments: bcnet, a tiny model whose output is its input's first channel, a sample, a folder."""

import concurrent.futures
import json
import pathlib
import subprocess
import sys

import cv2
import numpy
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from running_server import Server

program, tiny, sample, folder = sys.argv[1], sys.argv[2], sys.argv[3], pathlib.Path(sys.argv[4])


def infer(client, model, name, array, datatype, output, binary):
    tensor = triton.InferInput(name, array.shape, datatype)
    tensor.set_data_from_numpy(array, binary_data=binary)
    outputs = [triton.InferRequestedOutput(output, binary_data=binary)]
    return client.infer(model, [tensor], outputs=outputs, request_id="r7").as_numpy(output)


def check_protocol():
    with Server(program, "--model", f"tiny={tiny}", "--precision", "f32") as server:
        client = triton.InferenceServerClient(f"127.0.0.1:{server.port}", concurrency=4)
        assert client.is_server_live() and client.is_server_ready()
        assert client.is_model_ready("tiny") and client.is_model_ready("tiny-image", "1")
        assert not client.is_model_ready("other")
        assert client.get_server_metadata()["name"] == "bcnet"
        assert client.get_model_metadata("tiny")["inputs"][0]["shape"] == [1, 3, 32, 64]
        assert client.get_model_metadata("tiny-image")["outputs"][0]["datatype"] == "UINT8"

        numbers = numpy.random.default_rng(1).normal(size=(1, 3, 32, 64)).astype(numpy.float32)
        image = numpy.zeros((40, 80, 3), numpy.uint8)
        image[10:30, 20:60, 0] = 255
        for binary in (True, False):
            output = infer(client, "tiny", "input", numbers, "FP32", "output", binary)
            numpy.testing.assert_allclose(output[:, 0], numbers[:, 0], atol=1e-5)
            mask = infer(client, "tiny-image", "image", image, "UINT8", "mask", binary)
            assert mask.dtype == numpy.uint8 and mask.shape == (40, 80)
            agreement = numpy.mean((mask == 255) == (image[..., 0] == 255))
            assert agreement > 0.97, agreement
        # Without a word on outputs, this client wants them binary.
        tensor = triton.InferInput("image", image.shape, "UINT8")
        tensor.set_data_from_numpy(image)
        assert client.infer("tiny-image", [tensor]).as_numpy("mask").shape == (40, 80)

        for wrong in (lambda: infer(client, "other", "input", numbers, "FP32", "output", True),
                      lambda: infer(client, "tiny", "inputs", numbers, "FP32", "output", True),
                      lambda: infer(client, "tiny", "input", numbers, "FP32", "mask", True),
                      lambda: infer(client, "tiny", "input", numbers[:, :, :16], "FP32", "output",
                                    True)):
            try:
                wrong()
            except InferenceServerException as error:
                assert error.message(), error
            else:
                raise AssertionError("no error")

        # Many at a time, each with its own answer.
        def one(i):
            own = numpy.full_like(numbers, i)
            with triton.InferenceServerClient(f"127.0.0.1:{server.port}") as mine:
                return float(infer(mine, "tiny", "input", own, "FP32", "output", True).mean()) - i

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            assert max(map(abs, pool.map(one, range(64)))) < 1e-4
        client.close()


def predict(out, *flags):
    """What the program writes of the sample: its line."""
    subprocess.run([program, "predict", sample, "--out", out, "--quiet", "--threads", "1",
                    "--precision", "f32", "--save", "mask,overlay,probability,json", *flags],
                   check=True)
    return json.loads((out / "predictions.jsonl").read_text())


def check_line(found, expected):
    """The service's JSON is the program's line, and what only a service can say."""
    assert set(found) == set(expected) | {"milliseconds_by_phase", "model"}, (found, expected)
    for key in ("width", "height"):
        assert found[key] == expected[key], key
    assert len(found["polyps"]) == len(expected["polyps"]) > 0
    for ours, theirs in zip(found["polyps"], expected["polyps"]):
        assert set(ours) == set(theirs), (ours, theirs)
        assert ours["polygon"] == theirs["polygon"] and ours["box"] == theirs["box"]
        for key in ("area_percent", "confidence"):
            assert abs(ours[key] - theirs[key]) < 1e-4, (key, ours[key], theirs[key])


def check_segment_with_flags():
    """Threshold and confidence mean to the service what they mean to the program."""
    flags = ("--threshold", "0.2", "--min-confidence", "0", "--whole-frame")
    expected = predict(folder / "flags", *flags)
    with Server(program, "--precision", "f32", "--threads", "1", *flags) as server:
        status, _, body = server.ask("/v1/segment", pathlib.Path(sample).read_bytes())
        assert status == 200, body
        check_line(json.loads(body), expected)
    default = json.loads((folder / "out/predictions.jsonl").read_text())
    assert default["polyps"] != expected["polyps"]


def check_segment():
    expected = predict(folder / "out")
    bytes_of_sample = pathlib.Path(sample).read_bytes()
    stem = pathlib.Path(sample).stem
    with Server(program, "--precision", "f32", "--threads", "1") as server:
        url = "/v1/segment"
        jpeg = {"Content-Type": "image/jpeg"}
        status, _, body = server.ask(url, bytes_of_sample, headers=jpeg)
        assert status == 200, body
        check_line(json.loads(body), expected)
        for accept, name in (("image/png", "mask"), ("image/png; output=overlay", "overlay"),
                             ("image/png; output=probability", "probability")):
            status, headers, body = server.ask(url, bytes_of_sample,
                                               headers={**jpeg, "Accept": accept})
            assert status == 200 and headers["Content-Type"] == "image/png"
            decoded = cv2.imdecode(numpy.frombuffer(body, numpy.uint8), cv2.IMREAD_UNCHANGED)
            written = cv2.imread(str(folder / f"out/{stem}_{name}.png"), cv2.IMREAD_UNCHANGED)
            assert decoded.shape == written.shape, (decoded.shape, written.shape)
            assert numpy.mean(decoded != written) < 0.001, name
        image = cv2.imread(sample)
        for kind in ("png", "tiff", "webp"):
            encoded = cv2.imencode("." + kind, image, [cv2.IMWRITE_WEBP_QUALITY, 101])[1].tobytes()
            status, _, body = server.ask(url, encoded, headers={"Content-Type": f"image/{kind}"})
            assert status == 200, (kind, body)
            assert json.loads(body)["width"] == expected["width"]
        form = (b"--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n"
                b"Content-Type: image/jpeg\r\n\r\n" + bytes_of_sample + b"\r\n--B--\r\n")
        status, _, body = server.ask(url, form,
                                     headers={"Content-Type": "multipart/form-data; boundary=B"})
        assert status == 200 and json.loads(body)["image"] == "a.jpg", body


check_protocol()
check_segment()
check_segment_with_flags()
