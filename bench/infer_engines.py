"""The engines of bench/infer-peers: bcnet and what it is measured beside, each in processes of
its own, and the int8 files that the peers' own quantisers make."""

import json
import os
import pathlib
import statistics

from conditions import BCNET, ROOT, run

PEERS = ROOT / "bench" / "peers"
CALIBRATION_IMAGES = 64


def cache_environment(folder):
    """Where bcnet keeps compiled models: below this folder, or, for None, nowhere."""
    kept = {name: value for name, value in os.environ.items() if name not in ("HOME", "XDG_CACHE_HOME")}
    return {**kept, "XDG_CACHE_HOME": str(folder)} if folder else kept


class Ours:
    ours = True

    def __init__(self, model, precision, options, reduced=False):
        kind = "int8" if "int8" in model.name else "float"
        self.name = f"bcnet, {kind}, {precision}" + (", JPEG decoded reduced" if reduced else "")
        self.words = ["--model", model, "--precision", precision]
        self.options, self.reduced = options, reduced

    def measure(self, images, threads, repeat=None, mode="latency"):
        """Without a cache, as the peers: each compiles the model, which its memory includes."""
        words = [BCNET, "bench", "infer", *images, *self.words, "--threads", threads, "--mode", mode,
                 "--repeat", repeat or self.options.repeat, "--json", "-", "--quiet"]
        if self.reduced:
            words.append("--reduced")
        result = json.loads(run(words, env=cache_environment(None)))
        phases = {phase["phase"]: phase["ms"]["median"] for phase in result["phases"]}
        return {**phases, "memory_mb": result["peak_memory_mb"],
                "images_per_second": result["images_per_second"],
                "network_images_per_second": result["network_images_per_second"]}

    def cold(self, image, folder, cache):
        """Words and environment of a process that makes one mask."""
        return [BCNET, "predict", image, *self.words, "--out", folder, "--save", "mask",
                "--threads", 1, "--quiet"], cache_environment(cache)


class Peer:
    ours = False

    def __init__(self, name, words, python, options, size):
        self.name, self.options = name, options
        self.words = [python, PEERS / "infer.py", *words, "--size", size]

    def measure(self, images, threads):
        text = run([*self.words, "--threads", threads, "--repeat", self.options.repeat, *images])
        result = json.loads(text.splitlines()[-1])
        return {"all": statistics.median(result["all"]),
                "network": statistics.median(result["network"]), "memory_mb": result["memory_mb"]}

    def cold(self, image, _, cache):
        words = [*self.words, "--threads", 1, "--cold", image]
        return words + (["--cache", cache] if cache else []), None


class Files:
    """The model's files for one input size: the shipped ones, or made from them."""

    def __init__(self, options, size, shipped_size, folder):
        self.size = size
        self.float, self.int8 = options.models / "bcnet.onnx", options.models / "bcnet-int8.onnx"
        self.weights = options.models / "bcnet.safetensors"
        if size != shipped_size:
            self.float, self.int8 = folder / f"{size}.onnx", folder / f"{size}-int8.onnx"
            run([BCNET, "export", "--model", self.weights, "--size", size, "--out", self.float,
                 "--quiet"])
            # How well it outlines stands elsewhere; here it is its speed that counts.
            run([BCNET, "quantize", "--model", self.float, "--data", options.data, "--method", "mse",
                 "--max-drop", 1, "--out", self.int8, "--quiet", "--json", "-"])


def calibration_images(data):
    """Images to calibrate with: of a data set's training part, or of all of it."""
    for folder in (data / "train" / "images", data / "images"):
        if folder.is_dir():
            files = sorted(folder.iterdir())
            return files[::max(1, len(files) // CALIBRATION_IMAGES)][:CALIBRATION_IMAGES], folder
    return [], data


def quantised_by_peers(options, files, python, folder):
    """int8 files of the float model, by the peers' own quantisers."""
    chosen, _ = calibration_images(options.data)
    made = {"onnxruntime": folder / f"ort-{files.size}.onnx", "nncf": folder / f"nncf-{files.size}.xml"}
    for engine, out in made.items():
        run([python, PEERS / "infer.py", "--engine", f"quantize-{engine}", "--size", files.size,
             "--model", files.float, "--out", out, *chosen])
    return made


def our_engines(options, files, bf16, reduced=False):
    all_of_them = [Ours(files.float, "f32", options), Ours(files.int8, "auto", options)]
    if bf16:
        all_of_them.append(Ours(files.float, "bf16", options))
    if reduced:
        all_of_them.append(Ours(files.int8, "auto", options, reduced=True))
    return chosen(options, all_of_them)


def peer_names():
    return ["PyTorch eager, f32", "PyTorch compiled, f32", "ONNX Runtime, f32",
            "ONNX Runtime, int8 (its quantiser)", "ONNX Runtime, our int8", "OpenVINO, f32",
            "OpenVINO, bf16", "OpenVINO, int8 (NNCF)"]


def peer_engines(options, files, made, python, bf16):
    best = "openvino-bf16" if bf16 else "openvino-f32"
    words = [
        ["--engine", "torch-eager", "--weights", files.weights],
        ["--engine", "torch-compile", "--weights", files.weights],
        ["--engine", "onnxruntime", "--model", files.float],
        ["--engine", "onnxruntime", "--model", made["onnxruntime"]],
        ["--engine", "onnxruntime", "--model", files.int8],
        ["--engine", "openvino-f32", "--model", files.float],
        ["--engine", "openvino-bf16", "--model", files.float],
        ["--engine", best, "--model", made["nncf"]],
    ]
    return chosen(options, [Peer(name, line, python, options, files.size)
                            for name, line in zip(peer_names(), words)
                            if bf16 or not name.endswith(" bf16")])


def is_chosen(options, name):
    return not options.only or any(words in name for words in options.only)


def chosen(options, engines):
    return [engine for engine in engines if is_chosen(options, engine.name)]
