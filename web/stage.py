"""Puts the page together: web/, the WebAssembly runtime from npm and the models, as one folder
that any web server can serve. Writes site.json, which says what there is, and sw.js's list."""

import argparse
import hashlib
import json
import pathlib
import shutil

PAGE = ["index.html", "style.css", "manifest.webmanifest", "js", "icons"]
RUNTIME = ["ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"]
# Fetched with a progress bar and kept by js/files.js; everything else is kept by sw.js.
LARGE = {".wasm", ".onnx"}


def fields(data):
    """The fields of a protobuf message: (number, value), bytes or an integer."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = varint()
        kind = key & 7
        if kind == 0:
            yield key >> 3, varint()
            continue
        if kind not in (1, 2, 5):
            raise ValueError(f"protobuf: wire type {kind} is not expected")
        size = {1: 8, 5: 4}.get(kind)
        size = varint() if size is None else size
        yield key >> 3, data[at : at + size]
        at += size


def describe(model):
    """What the page needs of a model's bcnet.* metadata, see src/core/model_description.h."""
    metadata_props, key, value = 14, 1, 2
    data = model.read_bytes()
    found = {}
    for number, entry in fields(memoryview(data)):
        if number == metadata_props:
            pair = {n: bytes(v).decode() for n, v in fields(entry)}
            found[pair[key]] = pair.get(value, "")
    if found.get("bcnet.format") != "1":
        raise SystemExit(f"{model}: bcnet.format: found {found.get('bcnet.format')}, 1 is allowed")
    description = {"channel_order": found.get("bcnet.channel_order", "RGB")}
    for name in ("input_size", "mean", "std", "threshold"):
        description[name] = json.loads(found[f"bcnet.{name}"])
    for name, default in (
        ("temperature", "1"),
        ("region_calibration", "[1,0]"),
        ("region_threshold", "0"),
        ("field_of_view", "true"),
    ):
        description[name] = json.loads(found.get(f"bcnet.{name}", default))
    description["bits"] = 8 if b"QuantizeLinear" in data else 32
    return description


def entry(root, path):
    data = path.read_bytes()
    return {
        "file": path.relative_to(root).as_posix(),
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def stage(source, runtime, models, out):
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for name in PAGE:
        copy = shutil.copytree if (source / name).is_dir() else shutil.copyfile
        copy(source / name, out / name)
    (out / "ort").mkdir()
    for name in RUNTIME:
        shutil.copyfile(runtime / "dist" / name, out / "ort" / name)
    shutil.copyfile(source / "onnxruntime-license.txt", out / "ort" / "LICENSE.txt")
    (out / "models").mkdir()
    for model in models:
        shutil.copyfile(model, out / "models" / model.name)

    wasm = out / "ort" / RUNTIME[-1]
    site = {
        "runtime": {
            "version": json.loads((runtime / "package.json").read_text())["version"],
            **entry(out, wasm),
        },
        "models": [
            {"name": model.stem, **entry(out, out / "models" / model.name), "description": describe(model)}
            for model in models
        ],
    }
    (out / "site.json").write_text(json.dumps(site, indent=1) + "\n")

    kept = sorted(p for p in out.rglob("*") if p.is_file() and p.suffix not in LARGE)
    digest = hashlib.sha256()
    for path in kept:
        digest.update(path.relative_to(out).as_posix().encode() + b"\0" + path.read_bytes())
    names = ["./"] + [p.relative_to(out).as_posix() for p in kept]
    worker = (source / "sw.js").read_text()
    worker = worker.replace("@VERSION@", digest.hexdigest()[:12])
    worker = worker.replace("/* @FILES@ */", ", ".join(f"'{name}'" for name in names))
    (out / "sw.js").write_text(worker)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runtime", type=pathlib.Path, required=True, help="npm's onnxruntime-web")
    parser.add_argument("--model", type=pathlib.Path, action="append", required=True, help="the first is the default")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    given = parser.parse_args()
    stage(pathlib.Path(__file__).parent, given.runtime, given.model, given.out)
