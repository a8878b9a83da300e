"""The page's fast tests: what is staged, and that a dropped image has the mask of `bcnet predict`."""

import hashlib
import json
import pathlib
import sys
import tempfile
import unittest

from browser import MODEL, SAMPLES, SITE, SOURCE, BrowserTest, dice, main, predict, read_gray, run_program

sys.path.insert(0, str(SOURCE / "web"))
import stage


class SiteTest(unittest.TestCase):
    def test_says_of_the_model_what_the_program_says(self):
        (model,) = json.loads((SITE / "site.json").read_text())["models"]
        told = json.loads(run_program("info", MODEL, "--json", "-"))["description"]
        for key, value in model["description"].items():
            if key in ("mean", "std", "region_calibration"):
                for ours, theirs in zip(value, told[key], strict=True):
                    self.assertAlmostEqual(ours, theirs, places=6)
            elif isinstance(value, float):
                self.assertAlmostEqual(value, told[key], places=6)
            elif key != "bits":
                self.assertEqual(value, told[key], key)
        self.assertEqual(model["description"]["bits"], 8)

    def test_files_are_whole_and_their_licence_is_there(self):
        site = json.loads((SITE / "site.json").read_text())
        for file in (site["runtime"], *site["models"]):
            data = (SITE / file["file"]).read_bytes()
            self.assertEqual(len(data), file["bytes"])
            self.assertEqual(hashlib.sha256(data).hexdigest(), file["sha256"])
        self.assertIn("MIT License", (SITE / "ort/LICENSE.txt").read_text())

    def test_a_model_without_a_description_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            plain = pathlib.Path(folder) / "plain.onnx"
            plain.write_bytes(b"\x08\x08")  # ir_version: 8
            with self.assertRaisesRegex(SystemExit, "plain.onnx: bcnet.format: found None"):
                stage.describe(plain)


class PageTest(BrowserTest):
    def test_a_dropped_image_has_the_mask_of_the_program(self):
        sample = SAMPLES / "9.jpg"
        expected = predict([sample], self.folder / "program")["9"]["mask"]
        page = self.open_page()
        self.drop(page, sample)
        self.await_outlined(page, "9.jpg")
        self.assertIn("1 polyp", page.inner_text("#status"))
        mask = read_gray(self.save(page, "#save-mask"))
        self.assertEqual(mask.shape, expected.shape)
        self.assertGreaterEqual(dice(mask, expected), 0.99)


if __name__ == "__main__":
    main()
