#!/usr/bin/env python3
"""Writes this folder: images in forms that OpenCV cannot write. Made with Pillow 13.0.0.

The picture is 16x8: red, green above blue, white. exif_N.* are stored so that a reader that
applies orientation N sees it upright, checked with PIL.ImageOps.exif_transpose.
"""
import pathlib

import numpy
from PIL import Image, ImageOps

FILES = pathlib.Path(__file__).parent
STORE = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def picture():
    pixels = numpy.zeros((8, 16, 3), numpy.uint8)
    pixels[:4, :8] = (255, 0, 0)
    pixels[:4, 8:] = (0, 255, 0)
    pixels[4:, :8] = (0, 0, 255)
    pixels[4:, 8:] = (255, 255, 255)
    return Image.fromarray(pixels)


def main():
    upright = picture()
    jpeg = {"quality": 95, "subsampling": 0}
    for orientation, store in STORE.items():
        stored = upright if store is None else upright.transpose(store)
        exif = Image.Exif()
        exif[274] = orientation
        names = [f"exif_{orientation}.jpg"]
        stored.save(FILES / names[0], exif=exif, **jpeg)
        if orientation == 6:
            names += ["exif_6.png", "exif_6.webp", "exif_6.tif"]
            stored.save(FILES / names[1], exif=exif)
            stored.save(FILES / names[2], exif=exif, lossless=True)
            stored.save(FILES / names[3], tiffinfo={274: 6})
        for name in names:
            turned = numpy.asarray(ImageOps.exif_transpose(Image.open(FILES / name)).convert("RGB"))
            assert abs(turned.astype(int) - numpy.asarray(upright)).max() < 8, name
    upright.convert("CMYK").save(FILES / "cmyk.jpg", **jpeg)
    upright.quantize(4).save(FILES / "palette.png")
    upright.save(FILES / "progressive.jpg", progressive=True, **jpeg)
    Image.fromarray(numpy.asarray(upright)[..., 0] > 127).save(FILES / "one_bit.png")
    pixel_formats(upright)


def pixel_formats(upright):
    """Files named FORMAT.EXTENSION; alpha is 40 on the left and 255 on the right."""
    alpha = numpy.full((8, 16), 255, numpy.uint8)
    alpha[:, :8] = 40
    rgba = Image.fromarray(numpy.dstack([numpy.asarray(upright), alpha]))
    for name in ("rgba.png", "rgba.tif"):
        rgba.save(FILES / name)
    rgba.save(FILES / "rgba.webp", lossless=True, exact=True)
    palette = upright.quantize(4)
    palette.save(FILES / "palette.tif")
    palette.save(FILES / "palette.bmp")
    palette.save(FILES / "palette_alpha.png", transparency=bytes([0, 40, 255, 255]))
    upright.save(FILES / "lzw.tif", compression="tiff_lzw")
    upright.convert("CMYK").save(FILES / "cmyk.tif")
    # 77 and a fraction: 19967 = 77 * 256 + 255.
    deep = Image.fromarray(numpy.full((8, 16), 19967, numpy.uint16))
    for name in ("grey16.png", "grey16.tif"):
        deep.save(FILES / name)
    grey = Image.fromarray(numpy.full((8, 16), 77, numpy.uint8))
    for name in ("grey.jpg", "grey.tif", "grey.bmp"):
        grey.save(FILES / name)
    Image.merge("LA", [grey, Image.fromarray(alpha)]).save(FILES / "grey_alpha.png")


main()
