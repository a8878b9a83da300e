"""The page's fast test: it loads, an image is dropped, its mask is that of `bcnet predict`."""

from browser import SAMPLES, BrowserTest, dice, main, predict, read_gray


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
