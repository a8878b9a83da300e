"""Everything on the page by a user's steps, in Chromium."""

import json
import os
import pathlib
import re
import subprocess
import time
import unittest
import zipfile

import cv2
import jsonschema
import numpy
from axe_playwright_python.sync_playwright import Axe

import pictures
from browser import MODEL, PROGRAM, SAMPLES, SITE, SOURCE, BrowserTest, dice, main, predict, read_gray, run_program
from site_server import SiteServer

NINE = SAMPLES / "9.jpg"


def green(page, shot=None):
    """The pixels of the outline's colour in a screenshot of the picture: of now, or shot."""
    shot = shot or page.locator("#stage").screenshot()
    shot = cv2.imdecode(numpy.frombuffer(shot, numpy.uint8), 1)
    b, g, r = (shot[..., i].astype(int) for i in range(3))
    return (g > 230) & (r < 60) & (b < 150)


def green_box(page):
    ys, xs = numpy.nonzero(green(page))
    return xs.min(), ys.min(), xs.max() - xs.min(), ys.max() - ys.min()


NOTICE = {
    "en-GB": "For research and teaching. Not a medical device.",
    "zh-CN": "仅供科研与教学，不是医疗器械。",
}


def settled(page):
    """Two frames later: what was asked for is drawn."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


class Outlines(BrowserTest):
    def test_every_sample_has_the_mask_and_the_polyps_of_the_program(self):
        samples = sorted(SAMPLES.glob("*.jpg"))
        expected = predict(samples, self.folder / "samples")
        page = self.open_page()
        self.choose(page, *samples)
        schema = json.loads((SOURCE / "docs/reference/schemas/prediction-line.schema.json").read_text())
        for sample in samples:
            with self.subTest(sample.name):
                # Eight come in at once; the list fills while the first is shown.
                item = page.locator(f'#pictures .open:has(.name:text-is("{sample.name}"))')
                item.filter(has_text="polyp").click()
                self.await_outlined(page, sample.name)
                mask = read_gray(self.save(page, "#save-mask"))
                self.assertEqual(set(numpy.unique(mask)), {0, 255})
                self.assertGreaterEqual(dice(mask, expected[sample.stem]["mask"]), 0.99)
                line = json.loads(self.save(page, "#save-json").read_text())
                jsonschema.validate(line, schema)
                self.assertEqual(len(line["polyps"]), len(expected[sample.stem]["polyps"]))
                # Of a weak finding the thin ends of its outline come and go with the rounding.
                near = max(4, 0.025 * max(mask.shape))
                for ours, theirs in zip(line["polyps"], expected[sample.stem]["polyps"]):
                    self.assertLessEqual(max(abs(a - b) for a, b in zip(ours["box"], theirs["box"])), near)
                    self.assertAlmostEqual(ours["area_percent"], theirs["area_percent"], delta=0.5)
                    self.assertAlmostEqual(ours["confidence"], theirs["confidence"], delta=0.03)
        self.shot(page, "samples")

    def test_sizes_orientation_and_colours_are_read_as_the_program_reads_them(self):
        made = [
            pictures.endoscope_frame(self.folder / "frame.png"),
            pictures.frame_with_map(self.folder / "map.png"),
            pictures.small(self.folder / "small.png"),
            pictures.narrow(self.folder / "narrow.png"),
            pictures.gray(self.folder / "gray.jpg"),
            pictures.turned(self.folder / "turned.jpg"),
        ]
        expected = predict(made, self.folder / "made")
        page = self.open_page()
        for file in made:
            with self.subTest(file.name):
                self.drop(page, file)
                self.await_outlined(page, file.name)
                mask = read_gray(self.save(page, "#save-mask"))
                self.assertEqual(mask.shape, expected[file.stem]["mask"].shape)
                self.assertTrue(expected[file.stem]["mask"].any())
                self.assertGreaterEqual(dice(mask, expected[file.stem]["mask"]), 0.99)

    def test_the_outline_of_a_mask_is_that_of_the_program(self):
        """The polygon is checked corner by corner where the masks are the same."""
        made = self.folder / "probability.png"
        expected = predict([NINE], self.folder / "nine")["9"]
        cv2.imwrite(str(made), expected["mask"])
        page = self.open_page(ready=False)
        polyps = page.evaluate(
            """async (bytes) => {
              const { findPolyps } = await import('/js/segment/regions.js');
              const { ByteMap } = await import('/js/segment/probability.js');
              const image = await createImageBitmap(new Blob([Uint8Array.from(bytes)]));
              const canvas = new OffscreenCanvas(image.width, image.height);
              const context = canvas.getContext('2d');
              context.drawImage(image, 0, 0);
              const { data } = context.getImageData(0, 0, image.width, image.height);
              const mask = Uint8Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]);
              return findPolyps(mask, new ByteMap(mask, image.width, image.height), 0, [1, 0]);
            }""",
            list(made.read_bytes()),
        )
        self.assertEqual(
            [(p["polygon"], p["box"]) for p in polyps],
            [(p["polygon"], p["box"]) for p in expected["polyps"]],
        )

    def test_the_threshold_acts_at_once_and_as_in_the_program(self):
        out = self.folder / "low"
        run_program("predict", NINE, "--out", out, "--model", MODEL, "--save", "mask", "--threshold", "0.1", "--quiet")
        page = self.open_page()
        self.drop(page, NINE)
        self.await_outlined(page, "9.jpg")
        area = page.inner_text("#status")
        page.fill("#threshold", "0.1")
        self.await_outline(page)
        self.assertNotEqual(page.inner_text("#status"), area)
        self.assertEqual(page.inner_text("#threshold-value"), "0.10")
        mask = read_gray(self.save(page, "#save-mask"))
        self.assertGreaterEqual(dice(mask, read_gray(out / "9_mask.png")), 0.99)
        # The same by keys, all the way up: nothing is that sure.
        page.focus("#threshold")
        page.keyboard.press("End")
        self.await_outline(page)
        self.assertLess(read_gray(self.save(page, "#save-mask")).sum(), mask.sum())

    def test_files_that_are_no_images_are_named_and_the_others_are_done(self):
        text = self.folder / "notes.txt"
        text.write_text("no image")
        cut = self.folder / "cut.jpg"
        cut.write_bytes(NINE.read_bytes()[:200])
        empty = self.folder / "empty.png"
        empty.write_bytes(b"")
        page = self.open_page()
        self.drop(page, text, cut, NINE, empty)
        self.await_outlined(page, "9.jpg")
        self.wait_for(page, "document.querySelectorAll('#pictures .facts').length === 4")
        page.locator("#problem", has_text="empty.png").wait_for()
        problem = page.inner_text("#problem")
        for name in ("notes.txt", "cut.jpg", "empty.png"):
            self.assertIn(name, problem)
        self.assertNotIn("9.jpg", problem)
        # One that is taken away leaves the rest.
        page.click('[aria-label="Remove notes.txt"]')
        self.assertEqual(page.locator("#pictures li").count(), 3)

    def test_paste(self):
        page = self.open_page()
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        png = cv2.imencode(".png", pictures.sample("9"))[1].tobytes()
        page.evaluate(
            """async (bytes) => {
              const image = new Blob([Uint8Array.from(bytes)], { type: 'image/png' });
              await navigator.clipboard.write([new ClipboardItem({ 'image/png': image })]);
            }""",
            list(png),
        )
        page.keyboard.press("Control+v")
        page.wait_for_selector("#polyps:not([hidden])")
        self.assertIn("1 polyp", page.inner_text("#status"))

    def test_photograph(self):
        page = self.open_page()
        self.assertEqual(page.get_attribute("#photo", "capture"), "environment")
        with page.expect_file_chooser() as chooser:
            page.click("#photograph")
        chooser.value.set_files(str(NINE))
        self.await_outlined(page, "9.jpg")


class Viewing(BrowserTest):
    def setUp(self):
        super().setUp()
        self.page = self.open_page()
        self.drop(self.page, NINE)
        self.await_outlined(self.page, "9.jpg")
        settled(self.page)

    def test_before_and_after(self):
        self.assertTrue(green(self.page).any())
        self.page.click("#before")
        settled(self.page)
        self.assertFalse(green(self.page).any())
        self.page.focus("#picture")
        self.page.keyboard.press("b")
        settled(self.page)
        self.assertTrue(green(self.page).any())

    def test_opacity(self):
        outline = green(self.page).sum()
        self.page.fill("#opacity", "1")
        settled(self.page)
        self.assertGreater(green(self.page).sum(), 3 * outline)
        self.assertEqual(self.page.inner_text("#opacity-value"), "100%")

    def test_zoom_by_wheel_keys_and_buttons_and_move(self):
        page = self.page
        fitted = green_box(page)
        box = page.locator("#stage").bounding_box()
        middle = (box["x"] + fitted[0] + fitted[2] / 2, box["y"] + fitted[1] + fitted[3] / 2)
        page.mouse.move(*middle)
        page.mouse.wheel(0, -300)
        settled(page)
        wheeled = green_box(page)
        self.assertGreater(wheeled[2], 2 * fitted[2])
        # What is under the pointer stays there.
        self.assertAlmostEqual(wheeled[0] + wheeled[2] / 2, fitted[0] + fitted[2] / 2, delta=8)
        page.mouse.down()
        page.mouse.move(middle[0] + 50, middle[1] + 30)
        page.mouse.up()
        settled(page)
        self.assertAlmostEqual(green_box(page)[0], wheeled[0] + 50, delta=3)
        page.focus("#picture")
        page.keyboard.press("ArrowRight")
        settled(page)
        self.assertLess(green_box(page)[0], wheeled[0] + 45)
        page.keyboard.press("0")
        settled(page)
        self.assertEqual(green_box(page), fitted)
        page.click("#zoom-in")
        settled(page)
        self.assertGreater(green_box(page)[2], 1.3 * fitted[2])
        page.click("#zoom-out")
        page.focus("#picture")
        page.keyboard.press("+")
        settled(page)
        self.assertGreater(green_box(page)[2], 1.1 * fitted[2])
        page.click("#fit")
        settled(page)
        self.assertEqual(green_box(page), fitted)

    def test_next_and_previous_by_keys(self):
        page = self.page
        self.drop(page, SAMPLES / "5.jpg")
        self.await_outlined(page, "5.jpg")
        page.focus("#picture")
        page.keyboard.press("n")
        self.await_outlined(page, "9.jpg")
        page.keyboard.press("p")
        self.await_outlined(page, "5.jpg")

    def test_every_control_is_reached_by_tab_and_shows_it(self):
        page = self.page
        wanted = set(
            page.evaluate(
                """() => [...document.querySelectorAll('button, select, input:not([type=file]), summary, canvas[tabindex]')]
                  .filter((e) => !e.disabled && e.offsetParent !== null).map((e) => e.id || e.outerHTML)"""
            )
        )
        reached = set()
        for _ in range(60):
            page.keyboard.press("Tab")
            name, outline = page.evaluate(
                """() => { const e = document.activeElement;
                  return [e.id || e.outerHTML, getComputedStyle(e).outlineStyle]; }"""
            )
            if name in wanted:
                self.assertNotEqual(outline, "none", name)
            reached.add(name)
        # Of a group of radio buttons Tab reaches the one that is chosen.
        missed = [name for name in wanted - reached if 'type="radio"' not in name]
        self.assertEqual(missed, [])


class Corrections(BrowserTest):
    def setUp(self):
        super().setUp()
        self.page = self.open_page()
        self.drop(self.page, NINE)
        self.await_outlined(self.page, "9.jpg")
        self.found = self.mask()

    def mask(self):
        self.await_outline(self.page)
        return read_gray(self.save(self.page, "#save-mask"))

    def at(self, x, y):
        """Where a pixel of the picture (352 x 352, fitted) lies on the page."""
        box = self.page.locator("#picture").bounding_box()
        scale = min(box["width"], box["height"]) / 352
        left = box["x"] + (box["width"] - 352 * scale) / 2
        top = box["y"] + (box["height"] - 352 * scale) / 2
        return left + (x + 0.5) * scale, top + (y + 0.5) * scale

    def stroke(self, start, end):
        self.page.mouse.move(*self.at(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.at(*end), steps=5)
        self.page.mouse.up()

    def test_brush_eraser_undo_and_redo(self):
        page = self.page
        page.click("#brush")
        page.fill("#size", "10")
        self.stroke((40, 60), (80, 60))
        page.locator("#status", has_text="corrected by hand").wait_for()
        painted = self.mask()
        added = (painted > 0) & (self.found == 0)
        # A line of 40 pixels with two half discs of radius 10.
        self.assertAlmostEqual(added.sum(), 40 * 20 + 3.14159 * 100, delta=80)
        self.assertTrue(added[60, 60])
        self.assertEqual(page.locator("#polyps tbody tr").count(), 2)
        self.shot(page, "corrected")

        page.click("#eraser")
        self.stroke((184, 164), (184, 164.4))
        erased = self.mask()
        self.assertEqual(erased[164, 184], 0)
        self.assertEqual(self.found[164, 184], 255)

        page.keyboard.press("Control+z")
        numpy.testing.assert_array_equal(self.mask(), painted)
        page.click("#undo")
        numpy.testing.assert_array_equal(self.mask(), self.found)
        self.assertTrue(page.is_disabled("#undo"))
        page.keyboard.press("Control+y")
        page.keyboard.press("Control+Shift+z")
        numpy.testing.assert_array_equal(self.mask(), erased)
        self.assertTrue(page.is_disabled("#redo"))

        # The threshold moves what was found, and not what was painted.
        page.fill("#threshold", "0.9")
        strict = self.mask()
        self.assertLess((strict > 0).sum(), (erased > 0).sum())
        self.assertTrue(strict[60, 60])
        self.assertEqual(strict[164, 184], 0)

    def test_corrections_stay_with_their_picture(self):
        page = self.page
        page.click("#brush")
        self.stroke((40, 60), (80, 60))
        painted = self.mask()
        self.drop(page, SAMPLES / "5.jpg")
        self.await_outlined(page, "5.jpg")
        self.assertNotIn("corrected", page.inner_text("#status"))
        page.click('#pictures .open:has-text("9.jpg")')
        self.await_outlined(page, "9.jpg")
        numpy.testing.assert_array_equal(self.mask(), painted)

    def test_the_brush_by_keys(self):
        page = self.page
        page.focus("#picture")
        page.keyboard.press("d")
        self.assertEqual(page.get_attribute("#brush", "aria-pressed"), "true")
        for _ in range(12):
            page.keyboard.press("ArrowUp")
        page.keyboard.press("Space")
        painted = self.mask()
        x, y = 176, 176 - 12 * 6
        self.assertEqual(self.found[y, x], 0)
        self.assertEqual(painted[y, x], 255)

    def test_saved_files_are_what_bcnet_reads(self):
        page = self.page
        page.click("#brush")
        self.stroke((40, 60), (80, 60))
        mask = self.mask()
        self.drop(page, SAMPLES / "93.jpg")
        self.await_outlined(page, "93.jpg")
        small = self.mask()
        page.click('#pictures .open:has-text("9.jpg")')
        self.await_outlined(page, "9.jpg")

        folder = self.folder / "zip"
        with zipfile.ZipFile(self.save(page, "#save-all")) as archive:
            self.assertIsNone(archive.testzip())
            archive.extractall(folder)
        self.assertEqual((folder / "images/9.jpg").read_bytes(), NINE.read_bytes())
        numpy.testing.assert_array_equal(read_gray(folder / "masks/9.png"), mask)
        numpy.testing.assert_array_equal(read_gray(folder / "masks/93.png"), small)
        run_program("data", "check", "--data", folder)

        # COCO holds all pictures, LabelMe the one that is shown.
        for layout, save, names in (("coco", "#save-coco", ("9", "93")), ("labelme", "#save-labelme", ("9",))):
            with self.subTest(layout):
                data = self.folder / layout
                data.mkdir()
                self.save(page, save).rename(data / "9.json")
                for name in names:
                    (data / f"{name}.jpg").write_bytes((SAMPLES / f"{name}.jpg").read_bytes())
                flat = self.folder / f"{layout}-flat"
                run_program("data", "convert", "--data", data, "--layout", "flat", "--out", flat)
                for name, saved in zip(names, (mask, small)):
                    numpy.testing.assert_array_equal(read_gray(flat / f"masks/{name}.png"), saved)

        # Another picture of the same name gets another one in what holds both.
        other = self.folder / "other/9.jpg"
        other.parent.mkdir()
        other.write_bytes((SAMPLES / "31.jpg").read_bytes())
        self.drop(page, other)
        page.locator("#pictures .facts", has_text="polyp").nth(2).wait_for()
        names = [image["file_name"] for image in json.loads(self.save(page, "#save-coco").read_text())["images"]]
        self.assertEqual(names, ["9.jpg", "93.jpg", "9-2.jpg"])
        with zipfile.ZipFile(self.save(page, "#save-all")) as archive:
            self.assertIn("masks/9-2.png", archive.namelist())
            self.assertEqual(archive.read("images/9-2.jpg"), other.read_bytes())
        page.locator("#pictures .open").first.click()
        self.wait_for(page, "document.querySelector('#pictures .open').ariaCurrent === 'true'")
        page.locator("#status", has_text="corrected by hand").wait_for()

        overlay = cv2.imread(str(self.save(page, "#save-overlay")))
        self.assertEqual(overlay.shape, (352, 352, 3))
        outside = cv2.dilate(mask, numpy.ones((9, 9), numpy.uint8)) == 0
        difference = cv2.absdiff(overlay, cv2.imread(str(NINE))).max(axis=2)
        self.assertLessEqual(difference[outside].max(), 3)
        self.assertGreater(difference[mask > 0].mean(), 20)


class CameraTest(BrowserTest):
    """With a camera that shows film_frames again and again, rate of them a second."""

    film_frames, rate = None, 30

    @classmethod
    def setUpClass(cls):
        import tempfile

        cls.film = pathlib.Path(tempfile.mkdtemp()) / "film.y4m"
        cls.addClassCleanup(lambda: (cls.film.unlink(), cls.film.parent.rmdir()))
        pictures.film(cls.film, cls.film_frames, cls.rate)
        cls.chromium_options = [
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={cls.film}",
        ]
        super().setUpClass()


class Live(CameraTest):
    def test_the_camera_is_outlined_frame_by_frame_and_a_frame_is_kept(self):
        page = self.open_page()
        page.click("#live")
        page.locator("#figures", has_text=re.compile(r"[\d.]+ frames/s, \d+ ms")).wait_for()
        page.wait_for_selector("#polyps:not([hidden])")
        self.wait_for(page, "parseFloat(document.querySelector('#figures').textContent) > 0")
        settled(page)
        self.assertTrue(green(page).any())
        self.assertTrue(page.is_disabled("#save-mask"))
        figures = page.inner_text("#figures")
        for _ in range(8):  # for the rate to be that of several frames
            self.wait_for(page, "(before) => document.querySelector('#figures').textContent !== before", figures)
            figures = page.inner_text("#figures")
        self.shot(page, "page-live", for_docs=(1024, 640))
        page.click("#keep")
        page.wait_for_selector('#picture[aria-label^="frame-"]')
        page.wait_for_selector("#save-mask:not([disabled])")
        self.assertFalse(page.is_visible("#keep"))
        self.assertEqual(page.inner_text("#live"), "Live camera")
        folder = self.folder / "kept"
        with zipfile.ZipFile(self.save(page, "#save-all")) as archive:
            archive.extractall(folder)
        (frame,) = (folder / "images").iterdir()
        (mask,) = (folder / "masks").iterdir()
        expected = predict([frame], self.folder / "frame")[frame.stem]["mask"]
        self.assertEqual(expected.shape, (480, 640))
        self.assertTrue(expected.any())
        self.assertGreaterEqual(dice(read_gray(mask), expected), 0.99)
        # On and off again; the camera's lamp goes out.
        page.click("#live")
        page.wait_for_selector("#keep:not([hidden])")
        page.click("#live")
        self.assertIsNone(page.evaluate("document.querySelector('#video').srcObject"))
        self.await_outlined(page, frame.name)


class ChangingScene(CameraTest):
    """Four seconds with a polyp, four without."""

    rate = 5
    film_frames = [pictures.in_camera()] * 20 + [pictures.without_polyp()] * 20

    def test_the_outline_follows_what_the_camera_sees(self):
        empty = pictures.write(self.folder / "empty.png", pictures.without_polyp())
        self.assertEqual(predict([empty], self.folder / "empty")["empty"]["polyps"], [])
        page = self.open_page()
        page.click("#live")
        page.locator("#figures", has_text="frames/s").wait_for()
        seen = []  # whether there is a polyp in the scene, each change of it
        end = time.monotonic() + 120
        while len(seen) < 4:
            self.assertLess(time.monotonic(), end, seen)
            shot = page.locator("#stage").screenshot()
            colours = cv2.imdecode(numpy.frombuffer(shot, numpy.uint8), 1).astype(int)
            middle = colours[100:-100, 200:-200].mean(axis=(0, 1))
            with_polyp = bool(middle[2] > middle[0])  # more red than blue
            # A frame and its outline come together.
            self.assertEqual(bool(green(page, shot).any()), with_polyp, seen)
            if not seen or seen[-1] != with_polyp:
                seen.append(with_polyp)
        self.assertIn(seen, ([True, False] * 2, [False, True] * 2))


class NoCamera(BrowserTest):
    def test_a_missing_camera_is_said(self):
        page = self.open_page()
        page.context.grant_permissions(["camera"])
        page.click("#live")
        page.locator("#problem", has_text="No camera found").wait_for()
        self.assertEqual(page.get_attribute("#live", "aria-pressed"), "false")


class Hosting(BrowserTest):
    def test_works_offline_after_the_first_visit(self):
        with SiteServer(SITE) as server:
            page = self.open_page(server.address)
            page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            large = [path for path in server.requests if path.split("?")[0].endswith((".wasm", ".onnx"))]
            self.assertEqual(len(large), 2, "the model and its runtime are fetched once")
        page.context.set_offline(True)
        page.reload()
        page.wait_for_selector("html[data-ready]")
        self.drop(page, NINE)
        self.await_outlined(page, "9.jpg")
        self.assertIn("1 polyp", page.inner_text("#status"))
        self.assertTrue(page.evaluate("crossOriginIsolated"))

    def test_an_exported_page_works_under_any_path_and_offline(self):
        """What `bcnet serve --export-site` writes, on a host of plain files, two folders deep."""
        root, path = self.folder / "host", "/ward/polyps/"
        run_program("serve", "--export-site", f"{root}{path}", "--site", SITE)
        with SiteServer(root, bare=True) as server:
            page = self.open_page(server.address.rstrip("/") + path, ready=False)
            self.wait_for(page, "crossOriginIsolated")
            page.wait_for_selector("html[data-ready]")
            self.drop(page, NINE)
            self.await_outlined(page, "9.jpg")
            self.assertEqual([asked for asked in server.requests if not asked.startswith(path)], [])
        page.context.set_offline(True)
        page.reload()
        page.wait_for_selector("html[data-ready]")
        self.drop(page, SAMPLES / "5.jpg")
        self.await_outlined(page, "5.jpg")
        self.assertIn("1 polyp", page.inner_text("#status"))

    def test_a_host_of_plain_files_gets_threads_from_the_service_worker(self):
        with SiteServer(SITE, bare=True) as server:
            page = self.open_page(server.address, ready=False)
            self.wait_for(page, "crossOriginIsolated")
            page.wait_for_selector("html[data-ready]")
            cores = page.evaluate("navigator.hardwareConcurrency")
            self.assertEqual(page.get_attribute("html", "data-threads"), str(min(4, cores)))
            large = [path for path in server.requests if path.split("?")[0].endswith((".wasm", ".onnx"))]
            self.assertEqual(len(large), 2, "not fetched again by the reload")
            self.drop(page, NINE)
            self.await_outlined(page, "9.jpg")

    def test_runs_on_one_thread_where_nothing_isolates_it(self):
        with SiteServer(SITE, bare=True) as server:
            page = self.open_page(server.address, service_workers="block")
            self.assertFalse(page.evaluate("crossOriginIsolated"))
            self.assertEqual(page.get_attribute("html", "data-threads"), "1")
            self.drop(page, NINE)
            self.await_outlined(page, "9.jpg")
        self.errors = [e for e in self.errors if "Service Worker" not in e]

    def test_can_be_installed(self):
        page = self.open_page()
        browser = page.context.new_cdp_session(page)
        self.assertEqual(browser.send("Page.getAppManifest")["errors"], [])
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        reasons = browser.send("Page.getInstallabilityErrors")["installabilityErrors"]
        self.assertEqual([r for r in reasons if r["errorId"] != "in-incognito"], [])
        manifest = json.loads((SITE / "manifest.webmanifest").read_text())
        for icon in manifest["icons"]:
            if icon["type"] == "image/png":
                height, width = cv2.imread(str(SITE / icon["src"])).shape[:2]
                self.assertEqual(icon["sizes"], f"{width}x{height}")

    def test_the_first_load_shows_how_far_it_is(self):
        held = []
        hold = lambda route: held.append(route)
        page = self.open_page(ready=False, before=lambda context: context.route("**/*.onnx*", hold))
        self.wait_for(page, "document.querySelector('#progress').value > 0.5")
        self.assertRegex(page.inner_text("#loading-text"), r"Loading the model \([\d.]+ MB, once\)")
        self.assertLess(page.evaluate("document.querySelector('#progress').value"), 1)
        while not held:  # the WebAssembly may fill more than half of the bar by itself
            page.wait_for_timeout(50)
        held[0].continue_()
        page.wait_for_selector("#loading[hidden]", state="attached")

    def test_a_model_that_does_not_come_is_said_and_tried_again(self):
        page = self.open_page(
            ready=False, before=lambda context: context.route("**/*.onnx*", lambda route: route.abort())
        )
        page.locator("#problem", has_text="The model could not be loaded").wait_for()
        page.context.unroute("**/*.onnx*")
        self.drop(page, NINE)
        self.await_outlined(page, "9.jpg")
        self.errors = [e for e in self.errors if "Failed to load resource" not in e]

    def test_choosing_a_server_where_there_is_none_stays_on_the_device(self):
        page = self.open_page()
        page.click("text=This server")
        page.locator("#problem", has_text="No bcnet server answers").wait_for()
        self.assertTrue(page.is_checked('[name="where"][value="device"]'))
        self.assertIn("nothing is sent", page.inner_text("#privacy"))
        self.errors = [e for e in self.errors if "404" not in e]


class Devices(BrowserTest):
    def overflow(self, page):
        return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def serious(self, page):
        found = Axe().run(page).response["violations"]
        return [(v["id"], [n["html"] for n in v["nodes"]]) for v in found if v["impact"] in ("serious", "critical")]

    def test_phone(self):
        page = self.open_page(
            viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True, device_scale_factor=3
        )
        self.assertEqual(self.overflow(page), 0)
        self.assertEqual(self.serious(page), [])
        with page.expect_file_chooser() as chooser:
            page.tap("#choose")
        chooser.value.set_files(str(NINE))
        self.await_outlined(page, "9.jpg")
        settled(page)
        self.assertEqual(self.overflow(page), 0)
        self.assertEqual(self.serious(page), [])
        self.shot(page, "page-phone", for_docs=(520, 1040))
        fitted = green_box(page)

        box = page.locator("#picture").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        touch = page.context.new_cdp_session(page)

        def fingers(kind, *places):
            points = [{"x": px, "y": py, "id": i} for i, (px, py) in enumerate(places)]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        # One finger scrolls past the picture.
        fingers("touchStart", (x, y))
        for way in range(10, 160, 10):
            fingers("touchMove", (x, y - way))
            page.wait_for_timeout(16)
        fingers("touchEnd")
        self.wait_for(page, "scrollY > 50")
        self.wait_for(page, "(scrollTo(0, 0), scrollY === 0)")  # the page may still be gliding

        # Two fingers apart zoom.
        fingers("touchStart", (x - 30, y), (x + 30, y))
        for apart in (40, 50, 60):
            fingers("touchMove", (x - apart, y - apart / 2), (x + apart, y + apart / 2))
        fingers("touchEnd")
        settled(page)
        self.assertGreater(green_box(page)[2], 1.6 * fitted[2])

        # With the brush one finger paints.
        page.tap("#fit")
        page.tap("#brush")
        before = read_gray(self.save(page, "#save-mask"))
        page.evaluate("document.querySelector('#picture').scrollIntoView({ block: 'center' })")
        box = page.locator("#picture").bounding_box()
        x, y = box["x"] + box["width"] / 4, box["y"] + box["height"] / 4
        fingers("touchStart", (x, y))
        fingers("touchMove", (x + 30, y))
        fingers("touchEnd")
        page.locator("#status", has_text="corrected by hand").wait_for()
        after = read_gray(self.save(page, "#save-mask"))
        self.assertGreater((after > 0).sum(), (before > 0).sum())
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        self.shot(page, "phone-below")

    def test_it_says_that_it_is_no_medical_device(self):
        """In the reader's language, at once and beside what was found."""
        for locale, text in NOTICE.items():
            for width, height in ((360, 740), (1280, 800)):
                with self.subTest(locale, width=width):
                    page = self.open_page(locale=locale, viewport={"width": width, "height": height})
                    for name in (None, "9.jpg"):
                        if name:
                            self.drop(page, SAMPLES / name)
                            self.await_outlined(page, name)
                        notice = page.locator(".notice")
                        self.assertEqual(notice.inner_text(), text)
                        self.assertTrue(notice.is_visible())
                        box = notice.bounding_box()
                        self.assertGreater(box["height"], 10)
                        self.assertLess(box["y"] + box["height"], height / 3)

    def test_the_scene_of_the_readme(self):
        page = self.open_page()
        names = ("5", "29", "9", "69", "95")
        self.choose(page, *[SAMPLES / f"{name}.jpg" for name in names])
        page.locator("#pictures .facts", has_text="polyp").nth(len(names) - 1).wait_for()
        page.click('#pictures .open:has-text("29.jpg")')
        self.await_outlined(page, "29.jpg")
        settled(page)
        self.assertTrue(green(page).any())
        self.shot(page, "page", for_docs=(1280, 800))

    def test_from_phone_to_4k_in_light_and_dark(self):
        for name, width, height, scheme in (
            ("laptop", 1280, 800, "light"),
            ("tablet", 800, 1180, "dark"),
            ("4k", 3840, 2160, "dark"),
        ):
            with self.subTest(name):
                page = self.open_page(viewport={"width": width, "height": height}, color_scheme=scheme)
                self.assertEqual(self.serious(page), [])
                self.shot(page, f"{name}-empty")
                self.drop(page, *[SAMPLES / f"{n}.jpg" for n in ("5", "9", "69")])
                page.locator("#pictures .facts", has_text="polyp").nth(2).wait_for()
                self.await_outlined(page, "5.jpg")
                settled(page)
                self.assertEqual(self.overflow(page), 0)
                self.assertEqual(self.serious(page), [])
                self.shot(page, name)

    def test_chinese(self):
        page = self.open_page(locale="zh-CN")
        self.assertEqual(page.inner_text("#choose"), "选择图像")
        self.assertEqual(page.get_attribute("html", "lang"), "zh-CN")
        self.drop(page, NINE)
        self.await_outlined(page, "9.jpg")
        self.assertIn("1 个息肉", page.inner_text("#status"))
        text = page.inner_text("body") + page.evaluate(
            "[...document.querySelectorAll('[aria-label]')].map((e) => e.ariaLabel).join(' ')"
        )
        self.assertNotIn("undefined", text)
        left = re.findall(r"[A-Za-z]{4,}", re.sub(r"bcnet train|bcnet|images/|masks/|JSON|COCO|LabelMe|Space|Shift|Ctrl", "", text))
        self.assertEqual(left, [])
        self.assertEqual(self.serious(page), [])
        self.shot(page, "chinese")

    def test_screen_readers_are_told(self):
        page = self.open_page()
        self.assertEqual(page.get_attribute("#status", "role"), "status")
        self.assertEqual(page.get_attribute("#problem", "role"), "alert")
        self.drop(page, NINE)
        self.await_outlined(page, "9.jpg")
        self.assertEqual(page.get_attribute("#picture", "aria-label"), "9.jpg with 1 outlined polyp")
        self.assertEqual(page.get_by_role("img", name="9.jpg with 1 outlined polyp").count(), 1)
        for name in ("Threshold", "Opacity", "Size"):
            self.assertEqual(page.get_by_role("slider", name=name).count(), 1)
        self.assertEqual(page.get_by_role("table", name="Polyps, the largest first").count(), 1)


def has_serve():
    help_text = subprocess.run([PROGRAM, "serve", "--help"], capture_output=True, text=True).stdout
    return "Usage: bcnet serve" in help_text


class ServerTest(BrowserTest):
    """Pages that come from `bcnet serve`."""

    flags, environment = (), {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        import socket
        import urllib.request

        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        cls.address = f"http://127.0.0.1:{port}/"
        process = subprocess.Popen(
            [PROGRAM, "serve", "--model", MODEL, "--port", str(port), "--quiet", *cls.flags],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "BCNET_WEB": str(SITE), **cls.environment},
        )
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.terminate)
        for _ in range(200):
            try:
                urllib.request.urlopen(cls.address + "v2/health/ready").close()
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("bcnet serve is not ready after 20 s")


@unittest.skipUnless(PROGRAM.exists() and has_serve(), "this program has no verb serve")
class Server(ServerTest):
    def test_the_server_gives_the_mask_of_the_program(self):
        samples = sorted(SAMPLES.glob("*.jpg"))
        made = pictures.turned(self.folder / "turned.jpg")
        expected = predict([*samples, made], self.folder / "server")
        page = self.open_page(self.address)
        page.click("text=This server")
        page.locator("#privacy", has_text="sent to this server").wait_for()
        for sample in (*samples, made):
            with self.subTest(sample.name):
                self.drop(page, sample)
                self.await_outlined(page, sample.name)
                mask = read_gray(self.save(page, "#save-mask"))
                self.assertGreaterEqual(dice(mask, expected[sample.stem]["mask"]), 0.99)

    def test_on_the_device_the_page_of_the_server_gives_it_too(self):
        expected = predict([NINE], self.folder / "device")["9"]["mask"]
        page = self.open_page(self.address)
        self.assertTrue(page.evaluate("crossOriginIsolated"))
        self.drop(page, NINE)
        self.await_outlined(page, "9.jpg")
        self.assertGreaterEqual(dice(read_gray(self.save(page, "#save-mask")), expected), 0.99)


@unittest.skipUnless(PROGRAM.exists() and has_serve(), "this program has no verb serve")
class LockedServer(ServerTest):
    """A server that asks for a token, and that goes by other limits than the page's own model."""

    flags = ("--threshold", "0.3", "--min-confidence", "0.9999")
    environment = {"BCNET_TOKEN": "s3cret"}

    def test_its_token_is_asked_for_and_its_limits_hold(self):
        page = self.open_page(self.address)
        nothing = page.locator('#picture[aria-label="9.jpg with 0 outlined polyps"]')
        self.assertFalse(page.is_visible("#token"))
        page.click("text=This server")
        page.locator("#problem", has_text="asks for a token").wait_for()
        self.assertEqual(page.get_attribute("#token", "type"), "password")
        page.fill("#token", "other")
        page.click("text=Use it")
        page.locator("#problem", has_text="does not take this token").wait_for()
        page.fill("#token", "s3cret")
        page.press("#token", "Enter")
        page.locator("#token").wait_for(state="hidden")
        self.drop(page, NINE)
        nothing.wait_for()  # is as likely as that
        self.assertEqual(page.input_value("#threshold"), "0.3")
        self.assertEqual(page.text_content("#problem"), "")
        # The token is there for as long as the tab is.
        page.reload()
        page.locator("html[data-ready=true]").wait_for()
        page.click("text=This server")
        page.locator("#privacy", has_text="sent to this server").wait_for()
        self.drop(page, NINE)
        nothing.wait_for()
        page.click("text=On this device")
        page.locator("#polyps tbody tr").first.wait_for()
        self.assertEqual(page.input_value("#threshold"), "0.5")
        self.errors[:] = [error for error in self.errors if "401" not in error]


if __name__ == "__main__":
    main()
