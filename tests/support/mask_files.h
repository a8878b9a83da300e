#pragma once

#include <gtest/gtest.h>
#include <png.h>
#include <tiffio.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <opencv2/core.hpp>
#include <vector>

namespace bcnet::test {

using Palette = std::vector<std::array<std::uint8_t, 3>>;

/// Packs samples of less than 8 bits, the first in the highest bits.
inline std::vector<std::uint8_t> packed_row(const cv::Mat& samples, int y, int bits) {
  if (bits >= 8) {
    const auto* row = samples.ptr<std::uint8_t>(y);
    return {row, row + static_cast<std::size_t>(samples.cols) * samples.elemSize()};
  }
  std::vector<std::uint8_t> row(static_cast<std::size_t>(samples.cols * bits + 7) / 8, 0);
  for (int x = 0; x < samples.cols; ++x) {
    const int at = x * bits;
    row[static_cast<std::size_t>(at / 8)] |=
        static_cast<std::uint8_t>(samples.at<std::uint8_t>(y, x) << (8 - bits - at % 8));
  }
  return row;
}

/// Writes the numbers of 8UC1 as a PNG of so many bits, with a palette if there is one.
inline void write_numbers_png(const std::filesystem::path& path, const cv::Mat& numbers, int bits,
                              const Palette& palette = {}) {
  FILE* file = std::fopen(path.c_str(), "wb");
  ASSERT_NE(file, nullptr);
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_init_io(png, file);
  png_set_IHDR(png, info, static_cast<png_uint_32>(numbers.cols),
               static_cast<png_uint_32>(numbers.rows), bits,
               palette.empty() ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  std::vector<png_color> colours;
  for (const auto& colour : palette) {
    colours.push_back({colour[0], colour[1], colour[2]});
  }
  if (!palette.empty()) {
    png_set_PLTE(png, info, colours.data(), static_cast<int>(colours.size()));
  }
  png_write_info(png, info);
  for (int y = 0; y < numbers.rows; ++y) {
    png_write_row(png, packed_row(numbers, y, bits).data());
  }
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  std::fclose(file);
}

/// How write_tiff stores a matrix.
struct TiffForm {
  int bits = 8;
  int kind = SAMPLEFORMAT_UINT;
  int photometric = PHOTOMETRIC_MINISBLACK;
  Palette palette = {};
  bool big = false;    ///< BigTIFF
  int tile = 0;        ///< side of its tiles; 0: strips
  int pages = 1;       ///< the same page again
  bool small = false;  ///< further pages are thumbnails
  int compression = COMPRESSION_LZW;
};

/// samples: of one channel, or of two, the second of which is alpha; of the form's own type.
inline void write_tiff(const std::filesystem::path& path, const cv::Mat& samples,
                       const TiffForm& form = {}) {
  TIFF* tiff = TIFFOpen(path.c_str(), form.big ? "w8" : "w");
  ASSERT_NE(tiff, nullptr);
  for (int page = 0; page < form.pages; ++page) {
    TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, page > 0 && form.small ? FILETYPE_REDUCEDIMAGE : 0);
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, samples.cols);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, samples.rows);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, form.bits);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, samples.channels());
    TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, form.kind);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, form.photometric);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, form.compression);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    if (samples.channels() == 2) {
      const std::uint16_t alpha = EXTRASAMPLE_UNASSALPHA;
      TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &alpha);
    }
    std::array<std::vector<std::uint16_t>, 3> map;
    if (!form.palette.empty()) {
      for (std::size_t c = 0; c < 3; ++c) {
        map[c].assign(std::size_t{1} << form.bits, 0);
        for (std::size_t i = 0; i < form.palette.size(); ++i) {
          map[c][i] = static_cast<std::uint16_t>(form.palette[i][c] * 257);
        }
      }
      TIFFSetField(tiff, TIFFTAG_COLORMAP, map[0].data(), map[1].data(), map[2].data());
    }
    if (form.tile > 0) {
      TIFFSetField(tiff, TIFFTAG_TILEWIDTH, form.tile);
      TIFFSetField(tiff, TIFFTAG_TILELENGTH, form.tile);
      for (int y = 0; y < samples.rows; y += form.tile) {
        for (int x = 0; x < samples.cols; x += form.tile) {
          cv::Mat tile(form.tile, form.tile, samples.type(), cv::Scalar::all(0));
          const cv::Rect part =
              cv::Rect(x, y, form.tile, form.tile) & cv::Rect(0, 0, samples.cols, samples.rows);
          samples(part).copyTo(tile(cv::Rect(0, 0, part.width, part.height)));
          TIFFWriteTile(tiff, tile.data, static_cast<std::uint32_t>(x),
                        static_cast<std::uint32_t>(y), 0, 0);
        }
      }
    } else {
      for (int y = 0; y < samples.rows; ++y) {
        std::vector<std::uint8_t> row = packed_row(samples, y, form.bits);
        TIFFWriteScanline(tiff, row.data(), static_cast<std::uint32_t>(y), 0);
      }
    }
    TIFFWriteDirectory(tiff);
  }
  TIFFClose(tiff);
}

/// A rectangle of 30x30 of 200x200 pixels with this number, on 0.
template <typename T>
cv::Mat square_of(double number, double background = 0) {
  cv::Mat mask(200, 200, cv::DataType<T>::type, cv::Scalar(background));
  mask(cv::Rect(40, 50, 30, 30)).setTo(cv::Scalar(number));
  return mask;
}

}  // namespace bcnet::test
