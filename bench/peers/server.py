"""The server that people would write around the model: FastAPI, uvicorn, OpenCV, OpenVINO.

    BCNET_MODEL=models/bcnet-int8.onnx uvicorn server:app --app-dir bench/peers

Handlers are plain functions on FastAPI's threads, each with an infer request of its own, and
OpenVINO's throughput hint: what its documentation advises for many clients."""

import json
import os
import threading

import cv2
import fastapi
import numpy
import onnx
import openvino

cv2.setNumThreads(1)
path = os.environ["BCNET_MODEL"]
properties = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
threshold = float(properties.get("bcnet.threshold", 0.5))
slope, intercept = json.loads(properties.get("bcnet.region_calibration", "[1,0]"))
min_confidence = float(properties.get("bcnet.region_threshold", 0))
mean = numpy.array([0.485, 0.456, 0.406], numpy.float32)
std = numpy.array([0.229, 0.224, 0.225], numpy.float32)

core = openvino.Core()
compiled = core.compile_model(path, "CPU", {"PERFORMANCE_HINT": "THROUGHPUT",
                                            "INFERENCE_NUM_THREADS": len(os.sched_getaffinity(0))})
_, _, height, width = compiled.input(0).shape
# Where the first calls come from several threads at once, OpenVINO 2026.4's Python module stops for
# ever: one thread holds the interpreter and waits for what another begins and cannot end without it.
compiled.create_infer_request().infer([numpy.zeros((1, 3, height, width), numpy.float32)])
own = threading.local()
app = fastapi.FastAPI()


def infer(image):
    """Probabilities at the image's size."""
    if not hasattr(own, "request"):
        own.request = compiled.create_infer_request()
    rgb = cv2.cvtColor(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA),
                       cv2.COLOR_BGR2RGB)
    tensor = ((rgb.astype(numpy.float32) / 255 - mean) / std).transpose(2, 0, 1)[None]
    logits = own.request.infer([numpy.ascontiguousarray(tensor)])[compiled.output(0)][0, 0]
    logits = cv2.resize(logits, (image.shape[1], image.shape[0]))
    return 1 / (1 + numpy.exp(-logits))


def polyps(probability):
    mask = (probability >= threshold).astype(numpy.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    found = []
    for i in range(1, count):
        region = labels == i
        p = numpy.clip(probability[region].mean(), 1e-6, 1 - 1e-6)
        confidence = float(1 / (1 + numpy.exp(-(slope * numpy.log(p / (1 - p)) + intercept))))
        if confidence < min_confidence:
            continue
        contours, _ = cv2.findContours(region.astype(numpy.uint8), cv2.RETR_EXTERNAL,
                                       cv2.CHAIN_APPROX_SIMPLE)
        x, y, w, h, area = stats[i]
        found.append({"polygon": max(contours, key=len)[:, 0].tolist(),
                      "box": [int(x), int(y), int(w), int(h)],
                      "area_percent": 100 * float(area) / mask.size, "confidence": confidence})
    return found


async def body_of(request: fastapi.Request):
    return await request.body()


@app.post("/v1/segment")
def segment(body: bytes = fastapi.Depends(body_of)):
    image = cv2.imdecode(numpy.frombuffer(body, numpy.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise fastapi.HTTPException(400, "no image")
    return {"width": image.shape[1], "height": image.shape[0], "polyps": polyps(infer(image))}


@app.get("/v2/health/ready")
def ready():
    return {}
