"""schemathesis against a running server: what /openapi.json says is what the server does.

Arguments: bcnet, a tiny model, an image, a folder to write to. Needs schemathesis."""

import os
import pathlib
import subprocess
import sys

from running_server import Server

program, tiny, sample, folder = map(os.path.abspath, sys.argv[1:5])
folder = pathlib.Path(folder)

# What is sent where the description says "an image", or JSON with bytes behind it: then the header
# that says how long the JSON is, too.
HOOKS = f"""
import json, pathlib
import cv2, schemathesis
from hypothesis import strategies as st

image = cv2.resize(cv2.imread({sample!r}), (96, 64))
for media_type, kind in (("image/jpeg", ".jpg"), ("image/png", ".png"), ("image/tiff", ".tiff"),
                         ("image/webp", ".webp"), ("image/bmp", ".bmp")):
    schemathesis.openapi.media_type(media_type, st.just(cv2.imencode(kind, image)[1].tobytes()))

tensor = dict(name="image", datatype="UINT8", shape=[*image.shape],
              parameters=dict(binary_data_size=image.nbytes))
head = json.dumps(dict(inputs=[tensor], parameters=dict(binary_data_output=True))).encode()
binary = head + image.tobytes()
schemathesis.openapi.media_type(
    "application/octet-stream",
    st.sampled_from([cv2.imencode(".png", image)[1].tobytes(), binary]))

@schemathesis.hook
def before_call(context, case, kwargs):
    if case.body == binary and not case.meta.generation.mode.is_negative:
        case.headers["Inference-Header-Content-Length"] = str(len(head))

@schemathesis.hook
def after_call(context, case, response):
    if case.body == binary and response.status_code == 200:
        pathlib.Path({str(folder / "binary")!r}).write_bytes(response.content)
"""

(folder / "serve_hooks.py").write_text(HOOKS)
with Server(program, "--model", tiny) as server:
    result = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", server.url("/openapi.json"),
         "--checks", "all",
         # That a tensor's elements fit its shape, and that a form's file is an image, no schema can
         # say: a request of the right form may well be refused.
         "--exclude-checks", "positive_data_acceptance",
         # (nothing is kept from request to request: no stateful phase)
         "--phases", "examples,coverage,fuzzing", "--max-examples", "60",
         "--seed", "1", "--no-color", "--continue-on-failure", *sys.argv[5:]],
        cwd=folder, text=True, capture_output=True,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "serve_hooks", "PYTHONPATH": str(folder)})
    print(result.stdout[-20000:], result.stderr[-3000:])
    assert result.returncode == 0, result.returncode
    assert b'"binary_data_size":6144}' in (folder / "binary").read_bytes()  # of 96 x 64 pixels
    assert server.ask("/v2/health/ready")[0] == 200
    assert not any("error" in line for line in server.messages), server.messages
