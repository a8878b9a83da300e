"""What the page's tests share: Debian's Chromium, the page opened as a user finds it, the
program's own masks to compare with."""

import base64
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

import cv2
import numpy
from playwright.sync_api import Error, sync_playwright

from site_server import SiteServer

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BCNET_BUILD", SOURCE / "build"))
SITE = pathlib.Path(os.environ.get("BCNET_SITE", BUILD / "share/bcnet/web"))
PROGRAM = pathlib.Path(os.environ.get("BCNET_PROGRAM", BUILD / "bin/bcnet"))
SHOTS = BUILD / "web-screenshots"
SAMPLES = SOURCE / "examples/samples/images"
MODEL = SOURCE / "models/bcnet-int8.onnx"
CHROMIUM = shutil.which("chromium")
PATIENCE = 120_000  # milliseconds: a busy machine is no failure


def dice(a, b):
    a, b = a > 127, b > 127
    total = a.sum() + b.sum()
    return 1.0 if total == 0 else 2.0 * (a & b).sum() / total


def read_gray(path):
    """A PNG that must have one channel of 8 bits."""
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert image is not None and image.ndim == 2 and image.dtype == numpy.uint8, path
    return image


def run_program(*words):
    result = subprocess.run([str(PROGRAM), *map(str, words)], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr + result.stdout
    return result.stdout


def predict(images, out):
    """The program's masks of images, as a dictionary by stem; polyps as predictions.jsonl has them.

    In float32, as a browser computes: bfloat16 moves the edge of a weak finding by a hundredth.
    """
    run_program(
        "predict", *images, "--out", out, "--model", MODEL, "--save", "mask,json", "--precision", "f32", "--quiet"
    )
    lines = (out / "predictions.jsonl").read_text().splitlines()
    found = {}
    for line in map(json.loads, lines):
        stem = pathlib.Path(line["image"]).stem
        found[stem] = {"mask": read_gray(out / f"{stem}_mask.png"), "polyps": line["polyps"]}
    return found


class BrowserTest(unittest.TestCase):
    """Opens pages and fails for any error that one logs and any request to elsewhere."""

    chromium_options = []

    @classmethod
    def setUpClass(cls):
        cls.cleanup = contextlib.ExitStack()
        cls.addClassCleanup(cls.cleanup.close)
        cls.folder = pathlib.Path(cls.cleanup.enter_context(tempfile.TemporaryDirectory()))
        cls.server = cls.cleanup.enter_context(SiteServer(SITE))
        playwright = cls.cleanup.enter_context(sync_playwright())
        # A container's root has no sandbox, its /dev/shm little room.
        options = ["--no-sandbox", "--disable-dev-shm-usage", *cls.chromium_options]
        cls.chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        cls.cleanup.callback(cls.chromium.close)

    def setUp(self):
        self.errors = []
        self.foreign = []

    def tearDown(self):
        self.assertEqual(self.errors, [])
        self.assertEqual(self.foreign, [])

    def open_page(self, address=None, ready=True, before=None, **options):
        """A new visitor's page: nothing kept from before. before(context) prepares the browser."""
        address = address or self.server.address
        options = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **options}
        context = self.chromium.new_context(**options)
        self.addCleanup(context.close)
        context.set_default_timeout(PATIENCE)
        origin = address.split("/")[2]

        def watch(request):
            if not request.url.startswith(("blob:", "data:")) and request.url.split("/")[2] != origin:
                self.foreign.append(request.url)

        context.on("request", watch)
        if before:
            before(context)
        page = context.new_page()
        page.on("console", lambda m: m.type == "error" and self.errors.append(m.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(address)
        if ready:
            page.wait_for_selector("html[data-ready]")
        return page

    def wait_for(self, page, expression, argument=None):
        """Waits until a JavaScript expression is true. Playwright's own way evaluates text in the
        page, which its content security policy forbids."""
        end = time.monotonic() + PATIENCE / 1000
        while not evaluate(page, expression, argument):
            self.assertLess(time.monotonic(), end, f"never true: {expression}")
            page.wait_for_timeout(50)

    def drop(self, page, *files):
        """Drops files on the page, as a file manager does."""
        given = [
            {"name": f.name, "bytes": base64.b64encode(f.read_bytes()).decode(), "type": mime(f)}
            for f in files
        ]
        transfer = page.evaluate_handle(
            """(files) => {
              const transfer = new DataTransfer();
              for (const { name, bytes, type } of files) {
                const data = Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0));
                transfer.items.add(new File([data], name, { type }));
              }
              return transfer;
            }""",
            given,
        )
        page.dispatch_event("#stage", "drop", {"dataTransfer": transfer})

    def choose(self, page, *files):
        with page.expect_file_chooser() as chooser:
            page.click("#choose")
        chooser.value.set_files([str(f) for f in files])

    def await_outlined(self, page, name):
        """Waits until the picture of this name is shown with its outline."""
        page.wait_for_selector(f'#pictures .open[aria-current="true"] .name:text-is("{name}")')
        page.wait_for_selector(f'#picture[aria-label^="{name}"]')
        self.await_outline(page)

    def await_outline(self, page):
        """Waits until the outline is that of threshold and corrections as they are now."""
        page.wait_for_selector('#picture[aria-busy="false"]')
        page.wait_for_selector("#save-mask:not([disabled])")

    def save(self, page, button):
        """Presses a button under Save; the file that comes."""
        with page.expect_download() as download:
            page.click(button)
        path = self.folder / download.value.suggested_filename
        download.value.save_as(path)
        return path

    def shot(self, page, name, for_docs=None):
        """for_docs: size of a JPEG of the picture's upper part, which docs/images has a copy of."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        file = SHOTS / f"{name}.png"
        page.screenshot(path=file)
        if for_docs:
            width, height = for_docs
            whole = cv2.imread(str(file))
            rows = round(whole.shape[1] * height / width)
            part = cv2.resize(whole[:rows], for_docs, interpolation=cv2.INTER_AREA)
            (SHOTS / "docs").mkdir(exist_ok=True)
            quality = [cv2.IMWRITE_JPEG_QUALITY, 88]
            assert cv2.imwrite(str(SHOTS / "docs" / f"{name}.jpg"), part, quality)


def evaluate(page, expression, argument):
    """None where the page was just left for another."""
    try:
        return page.evaluate(expression, argument)
    except Error as error:
        if "navigation" in str(error) or "context was destroyed" in str(error):
            return None
        raise


def mime(file):
    return {".png": "image/png", ".jpg": "image/jpeg", ".txt": "text/plain"}[file.suffix]


def main():
    """unittest's, but exit code 77, "skipped" to CTest, where there is no Chromium or no page."""
    for needed, there in (("chromium", CHROMIUM), ("the staged page", (SITE / "site.json").exists())):
        if not there:
            print(f"skipped: {needed} is not there")
            raise SystemExit(77)
    unittest.main(verbosity=2)
