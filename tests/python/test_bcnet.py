"""The installed package, with nothing of the source tree on its path.

test_bcnet.py SAMPLES PREDICTED: a folder of images, and the masks that `bcnet predict` made of them.
"""

import copy
import importlib.resources
import os
import pathlib
import pickle
import subprocess
import sys
import tempfile
import threading
import time
import tracemalloc
import typing
import unittest

import bcnet
import cv2
import numpy as np

samples = pathlib.Path()
predicted = pathlib.Path()


def image_files():
    return sorted(p for p in samples.iterdir() if p.suffix in (".jpg", ".png"))


def dice(a, b):
    a, b = a > 127, b > 127
    both = a.sum() + b.sum()
    return 2 * (a & b).sum() / both if both else 1.0


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        os.environ.pop("BCNET_MODEL", None)
        cls.segmenter = bcnet.Segmenter()
        cls.bgr = cv2.imread(str(image_files()[0]))
        cls.rgb = np.ascontiguousarray(cls.bgr[..., ::-1])

    def refused(self, text, action, kind="data"):
        with self.assertRaises(ValueError) as caught:
            action()
        self.assertIsInstance(caught.exception, bcnet.Error)
        self.assertEqual(caught.exception.kind, kind)
        self.assertIn(text, str(caught.exception))


class Results(Package):
    def test_masks_are_those_of_the_program(self):
        self.assertGreaterEqual(len(image_files()), 1)
        for file in image_files():
            image = cv2.imread(str(file))
            found = self.segmenter(image, order="bgr")
            other = cv2.imread(str(predicted / f"{file.stem}_mask.png"), cv2.IMREAD_GRAYSCALE)
            self.assertEqual(found.mask.shape, image.shape[:2])
            self.assertGreaterEqual(dice(found.mask, other), 0.999, file)

    def test_what_a_result_holds(self):
        found = self.segmenter(self.rgb, probability=True)
        height, width = self.rgb.shape[:2]
        self.assertEqual((found.mask.dtype, found.mask.shape), (np.uint8, (height, width)))
        self.assertLessEqual(set(np.unique(found.mask)), {0, 255})
        self.assertEqual(found.probability.dtype, np.float32)
        self.assertEqual(found.probability.shape, (height, width))
        self.assertTrue(((found.probability >= 0) & (found.probability <= 1)).all())
        self.assertGreater(found.milliseconds, 0)
        self.assertGreaterEqual(len(found.regions), 1)
        region = found.regions[0]
        self.assertEqual((region.polygon.dtype, region.polygon.shape[1]), (np.int32, 2))
        box = region.box
        self.assertTrue((region.polygon >= (box.x, box.y)).all())
        self.assertTrue((region.polygon < (box.x + box.width, box.y + box.height)).all())
        area = 100 * (found.mask > 0).sum() / found.mask.size
        self.assertAlmostEqual(sum(r.area_percent for r in found.regions), area, delta=0.01)
        self.assertTrue(0 < region.confidence <= 1)
        found.mask[:] = 7  # the caller's own
        self.assertIsNone(self.segmenter(self.rgb).probability)

    def test_neither_pixels_nor_results_are_copied(self):
        # NumPy tells tracemalloc of every array that it makes room for.
        wide = np.zeros((1500, 2000, 3), np.uint8)
        wide[...] = np.random.default_rng(1).integers(60, 255, 3, np.uint8)
        for pixels in (wide, wide[:, 100:-100], wide[::2], wide[..., 0].copy()):
            for order in ("rgb", "bgr"):
                tracemalloc.start()
                try:
                    found = self.segmenter(pixels, order=order, probability=True)
                    most = tracemalloc.get_traced_memory()[1]
                finally:
                    tracemalloc.stop()
                self.assertLess(most, found.mask.nbytes / 2, (pixels.shape, order))
                # They are the memory that the library filled.
                for result in (found.mask, found.probability):
                    self.assertFalse(result.flags.owndata)
                    self.assertTrue(result.flags.c_contiguous and result.flags.writeable)

    def test_a_result_outlives_the_segmenter(self):
        segmenter = bcnet.Segmenter()
        found = segmenter(self.rgb)
        expected = found.mask.sum()
        del segmenter
        self.assertEqual(found.mask.sum(), expected)

    def test_order_of_channels(self):
        np.testing.assert_array_equal(
            self.segmenter(self.rgb).mask, self.segmenter(self.bgr, order="bgr").mask
        )

    def test_grey_is_three_equal_channels(self):
        grey = np.ascontiguousarray(self.rgb[..., 1])
        np.testing.assert_array_equal(
            self.segmenter(grey).mask, self.segmenter(np.stack([grey] * 3, axis=-1)).mask
        )

    def test_rows_may_lie_apart(self):
        wide = np.zeros((self.rgb.shape[0] + 4, self.rgb.shape[1] + 9, 3), np.uint8)
        part = wide[3:-1, 4:-5]
        part[:] = self.rgb
        self.assertFalse(part.flags.c_contiguous)
        np.testing.assert_array_equal(self.segmenter(part).mask, self.segmenter(self.rgb).mask)
        every_other = self.rgb[::2]
        np.testing.assert_array_equal(
            self.segmenter(every_other).mask, self.segmenter(every_other.copy()).mask
        )

    def test_read_only_arrays_and_what_numpy_takes_for_one(self):
        frozen = self.rgb.copy()
        frozen.flags.writeable = False
        np.testing.assert_array_equal(self.segmenter(frozen).mask, self.segmenter(self.rgb).mask)
        np.testing.assert_array_equal(
            self.segmenter(memoryview(self.rgb)).mask, self.segmenter(self.rgb).mask
        )
        self.assertEqual(self.segmenter(self.rgb[:1, :1]).mask.shape, (1, 1))

    def test_options(self):
        self.assertEqual(bcnet.Segmenter(threshold=0.25).info.threshold, 0.25)
        self.assertEqual(bcnet.Segmenter(min_confidence=0.5).info.min_confidence, 0.5)
        self.assertIn("f32", bcnet.Segmenter(precision="f32").info.engine)
        self.assertIn("1 thread", bcnet.Segmenter(threads=1).info.engine)
        none = bcnet.Segmenter(min_confidence=0.999)(self.rgb)
        self.assertEqual((none.regions, int(none.mask.max())), ([], 0))


    def test_pixels_may_lie_backwards_and_apart(self):
        for view in (
            self.rgb[::-1],
            self.rgb[:, ::-1],
            self.rgb[..., ::-1],
            self.rgb[:, ::2],
            self.rgb.transpose(1, 0, 2),
            np.asfortranarray(self.rgb),
            np.broadcast_to(self.rgb[:1], self.rgb.shape),
        ):
            np.testing.assert_array_equal(
                self.segmenter(view).mask, self.segmenter(np.array(view, order="C")).mask
            )


class BadInput(Package):
    def test_arrays(self):
        segment = self.segmenter
        self.refused("float32", lambda: segment(self.rgb.astype(np.float32)))
        self.refused("uint16", lambda: segment(self.rgb.astype(np.uint16)))
        self.refused("bool", lambda: segment(self.rgb > 3))
        self.refused("None", lambda: segment(None))
        self.refused("int64", lambda: segment([[1, 2], [3, 4]]))
        self.refused("[4]", lambda: segment(np.zeros(4, np.uint8)))
        self.refused("[4, 4, 4]", lambda: segment(np.zeros((4, 4, 4), np.uint8)))
        self.refused("[1, 4, 4, 3]", lambda: segment(np.zeros((1, 4, 4, 3), np.uint8)))
        for shape in ((0, 4, 3), (4, 0, 3), (0, 0)):
            self.refused("no pixels", lambda: segment(np.zeros(shape, np.uint8)))

    def test_arguments(self):
        for threshold in (0.0, 1.0, -1.0, float("nan")):
            self.refused("threshold", lambda: bcnet.Segmenter(threshold=threshold), "usage")
        self.refused("min_confidence", lambda: bcnet.Segmenter(min_confidence=1.0), "usage")
        self.refused("threads", lambda: bcnet.Segmenter(threads=-1), "usage")
        self.refused("auto, bf16, f16, f32", lambda: bcnet.Segmenter(precision="f64"), "usage")
        self.refused("latency", lambda: bcnet.Segmenter(mode="fast"), "usage")
        self.refused("order", lambda: self.segmenter(self.rgb, order="gbr"), "usage")
        self.refused("path", lambda: bcnet.Segmenter(""), "usage")
        self.refused("null", lambda: bcnet.Segmenter("a\0b"), "usage")
        self.refused("threads", lambda: bcnet.Segmenter(threads=2**40), "usage")
        for wrong in (3, object(), []):
            with self.assertRaisesRegex(TypeError, "path: found"):
                bcnet.Segmenter(wrong)
        for name, wrong in {
            "threads": 1.5,
            "threshold": "a",
            "min_confidence": "a",
            "precision": None,
            "mode": None,
            "cache": 5,
        }.items():
            with self.assertRaisesRegex(TypeError, f"^{name}: found"):
                bcnet.Segmenter(**{name: wrong})

    def test_errors_go_between_processes(self):
        for kind in (bcnet.Error, bcnet.ArgumentError, bcnet.ModelNotFoundError):
            error = kind("what is wrong", "data")
            for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
                self.assertIs(type(again), kind)
                self.assertEqual((str(again), again.kind), ("what is wrong", "data"))

    def test_warnings_are_told_and_not_printed(self):
        program = (
            "import bcnet\n"
            "info = bcnet.Segmenter(precision='f16').info\n"
            "print('no such products' in info.warnings or 'f16' in info.engine)"
        )
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        self.assertEqual((ran.stdout, ran.stderr, ran.returncode), ("True\n", "", 0))

    def test_models(self):
        with tempfile.TemporaryDirectory() as folder:
            missing = pathlib.Path(folder) / "none.onnx"
            with self.assertRaises(FileNotFoundError) as caught:
                bcnet.Segmenter(missing)
            self.assertIsInstance(caught.exception, bcnet.Error)
            self.assertIn(str(missing), str(caught.exception))
            text = pathlib.Path(folder) / "text.onnx"
            text.write_text("not a model")
            with self.assertRaises(bcnet.Error) as caught:
                bcnet.Segmenter(str(text))
            self.assertEqual(caught.exception.kind, "model")
            self.assertNotIsInstance(caught.exception, ValueError)


class Threads(Package):
    def test_many_callers_get_what_one_gets(self):
        expected = self.segmenter(self.rgb).mask
        wrong = []

        def work():
            for _ in range(3):
                if not np.array_equal(self.segmenter(self.rgb).mask, expected):
                    wrong.append(1)

        callers = [threading.Thread(target=work) for _ in range(4)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        self.assertEqual(wrong, [])

    def test_other_threads_run_meanwhile(self):
        # With the lock held, nothing is counted between the start of a call and its end.
        large = np.zeros((3000, 4000, 3), np.uint8)
        large[...] = np.random.default_rng(1).integers(60, 255, 3, np.uint8)
        inside = threading.Event()
        ended = threading.Event()
        counted = 0

        def work():
            inside.set()
            for _ in range(5):
                self.segmenter(large)
            ended.set()

        caller = threading.Thread(target=work)
        interval = sys.getswitchinterval()
        sys.setswitchinterval(1000)  # the lock is given up by who lets it go, not by time
        try:
            caller.start()
            inside.wait()
            while not ended.is_set():
                counted += 1
                time.sleep(0)
            caller.join()
        finally:
            sys.setswitchinterval(interval)
        self.assertGreater(counted, 10)


class Installed(unittest.TestCase):
    def test_carries_its_types_and_its_model(self):
        files = importlib.resources.files("bcnet")
        self.assertTrue(files.joinpath("py.typed").is_file())
        self.assertTrue(files.joinpath("_native/bindings.pyi").is_file())
        os.environ.pop("BCNET_MODEL", None)
        model = pathlib.Path(bcnet.Segmenter().info.file)
        self.assertEqual(model, pathlib.Path(bcnet.__file__).parent / "share/bcnet/models/bcnet-int8.onnx")

    def test_everything_public_is_documented_and_typed(self):
        for name in bcnet.__all__:
            if name != "__version__":
                self.assertTrue(getattr(bcnet, name).__doc__, name)
        for function in (bcnet.Segmenter.__init__, bcnet.Segmenter.__call__):
            self.assertIn("return", typing.get_type_hints(function))

    def test_does_not_hold_on_to_a_program_that_ends(self):
        code = "import bcnet; s = bcnet.Segmenter(); print(bcnet.__version__)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    samples, predicted = (pathlib.Path(word) for word in sys.argv[1:3])
    unittest.main(argv=sys.argv[:1], verbosity=2)
