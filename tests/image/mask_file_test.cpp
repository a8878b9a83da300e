#include "image/mask_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "core/error.h"
#include "support/error_of.h"
#include "support/mask_files.h"
#include "support/temporary_folder.h"

namespace bcnet {
namespace {

namespace fs = std::filesystem;
using test::Palette;
using test::square_of;
using test::TemporaryFolder;
using test::TiffForm;
using testing::HasSubstr;

int pixels(const fs::path& path) { return cv::countNonZero(decode_mask(path)); }

std::string error_of_mask(const fs::path& path) {
  return test::error_of(ErrorKind::data, [&] { decode_mask_values(path); });
}

/// Number, at the square, of what was read.
double number_of(const MaskValues& values) {
  cv::Mat grey;
  values.grey.convertTo(grey, CV_64F);
  return grey.at<double>(60, 50);
}

TEST(MaskFile, TakesThePaletteByItsIndices) {
  const TemporaryFolder folder;
  const Palette white_first{{255, 255, 255}, {0, 0, 0}};
  for (const int bits : {1, 2, 4, 8}) {
    const cv::Mat numbers = square_of<std::uint8_t>(1);
    test::write_numbers_png(folder / "p.png", numbers, bits, white_first);
    EXPECT_EQ(pixels(folder / "p.png"), 900) << bits;
    TiffForm form;
    form.bits = bits;
    form.photometric = PHOTOMETRIC_PALETTE;
    form.palette = white_first;
    test::write_tiff(folder / "p.tif", numbers, form);
    EXPECT_EQ(pixels(folder / "p.tif"), 900) << bits;
  }
  const MaskValues values = decode_mask_values(folder / "p.png");
  EXPECT_TRUE(values.indexed);
  EXPECT_EQ(number_of(values), 1);
  // Told to go by half of full scale, what it shows counts.
  MaskReading half;
  half.meaning = MaskMeaning::half;
  EXPECT_EQ(cv::countNonZero(binarise_mask(values, half)), 200 * 200 - 900);
}

TEST(MaskFile, TakesAPaletteOfGreysForGreys) {
  const TemporaryFolder folder;
  Palette ramp;
  for (int i = 0; i < 256; ++i) {
    const auto grey = static_cast<std::uint8_t>(i);
    ramp.push_back({grey, grey, grey});
  }
  cv::Mat soft = square_of<std::uint8_t>(255);
  soft.at<std::uint8_t>(0, 0) = 100;  // below half
  test::write_numbers_png(folder / "soft.png", soft, 8, ramp);
  EXPECT_FALSE(decode_mask_values(folder / "soft.png").indexed);
  EXPECT_EQ(pixels(folder / "soft.png"), 900);
  test::write_numbers_png(folder / "bits.png", square_of<std::uint8_t>(1), 1,
                          {{0, 0, 0}, {255, 255, 255}});
  EXPECT_FALSE(decode_mask_values(folder / "bits.png").indexed);
}

TEST(MaskFile, ReadsBmpPalettesByTheirIndices) {
  const TemporaryFolder folder;
  ASSERT_TRUE(cv::imwrite((folder / "p.bmp").string(), square_of<std::uint8_t>(255)));
  std::string bytes = test::read_text(folder / "p.bmp");
  EXPECT_FALSE(decode_mask_values(folder / "p.bmp").indexed);
  EXPECT_EQ(pixels(folder / "p.bmp"), 900);
  // White for index 0, black for index 255.
  bytes.replace(54, 3, "\xFF\xFF\xFF");
  bytes.replace(54 + 4 * 255, 3, std::string(3, '\0'));
  test::write_text(folder / "p.bmp", bytes);
  EXPECT_TRUE(decode_mask_values(folder / "p.bmp").indexed);
  EXPECT_EQ(pixels(folder / "p.bmp"), 900);
}

TEST(MaskFile, LeavesNumbersOfFewBitsUnscaled) {
  const TemporaryFolder folder;
  for (const int bits : {2, 4}) {
    test::write_numbers_png(folder / "n.png", square_of<std::uint8_t>(2), bits);
    const MaskValues values = decode_mask_values(folder / "n.png");
    EXPECT_EQ(number_of(values), 2) << bits;
    EXPECT_EQ(values.full, (1 << bits) - 1);
    TiffForm form;
    form.bits = bits;
    test::write_tiff(folder / "n.tif", square_of<std::uint8_t>(2), form);
    EXPECT_EQ(number_of(decode_mask_values(folder / "n.tif")), 2) << bits;
  }
  test::write_numbers_png(folder / "one.png", square_of<std::uint8_t>(1), 1);
  EXPECT_EQ(pixels(folder / "one.png"), 900);
}

TEST(MaskFile, TurnsWhiteIsZeroRoundWhateverTheBits) {
  const TemporaryFolder folder;
  TiffForm form;
  form.photometric = PHOTOMETRIC_MINISWHITE;
  for (const int bits : {1, 2, 4, 8}) {
    form.bits = bits;
    const double most = (1 << bits) - 1;
    test::write_tiff(folder / "w.tif", square_of<std::uint8_t>(0, most), form);
    EXPECT_EQ(pixels(folder / "w.tif"), 900) << bits;
  }
  form.bits = 16;
  test::write_tiff(folder / "w.tif", square_of<std::uint16_t>(0, 65535), form);
  EXPECT_EQ(pixels(folder / "w.tif"), 900);
}

TEST(MaskFile, ReadsFloatsAndWideAndSignedIntegers) {
  const TemporaryFolder folder;
  TiffForm form;
  form.bits = 32;
  form.kind = SAMPLEFORMAT_IEEEFP;
  test::write_tiff(folder / "f.tif", square_of<float>(0.75F), form);
  EXPECT_DOUBLE_EQ(number_of(decode_mask_values(folder / "f.tif")), 0.75);
  EXPECT_EQ(pixels(folder / "f.tif"), 900);
  cv::Mat soft = square_of<float>(0.5F);
  soft.at<float>(0, 0) = 0.4999F;
  test::write_tiff(folder / "f.tif", soft, form);
  EXPECT_EQ(pixels(folder / "f.tif"), 900);
  form.bits = 64;
  test::write_tiff(folder / "f.tif", square_of<double>(1), form);
  EXPECT_EQ(pixels(folder / "f.tif"), 900);
  form.bits = 32;
  form.kind = SAMPLEFORMAT_INT;
  test::write_tiff(folder / "i.tif", square_of<std::int32_t>(-7), form);
  EXPECT_EQ(number_of(decode_mask_values(folder / "i.tif")), -7);
  form.kind = SAMPLEFORMAT_UINT;
  cv::Mat large = square_of<std::int32_t>(0);
  large(cv::Rect(40, 50, 30, 30)).setTo(cv::Scalar(-1));  // the bits of 4294967295
  test::write_tiff(folder / "i.tif", large, form);
  EXPECT_EQ(number_of(decode_mask_values(folder / "i.tif")), 4294967295.0);
  EXPECT_EQ(pixels(folder / "i.tif"), 900);
}

TEST(MaskFile, ReadsBigTiffAndTilesAndAlpha) {
  const TemporaryFolder folder;
  TiffForm form;
  form.big = true;
  test::write_tiff(folder / "b.tif", square_of<std::uint8_t>(255), form);
  EXPECT_EQ(pixels(folder / "b.tif"), 900);
  EXPECT_EQ(decode_image(folder / "b.tif").size(), cv::Size(200, 200));
  form.big = false;
  form.tile = 64;
  test::write_tiff(folder / "t.tif", square_of<std::uint8_t>(255), form);
  EXPECT_EQ(pixels(folder / "t.tif"), 900);
  form.tile = 0;
  cv::Mat both;
  cv::merge(std::vector<cv::Mat>{square_of<std::uint8_t>(7, 7), square_of<std::uint8_t>(255)},
            both);
  test::write_tiff(folder / "a.tif", both, form);
  const MaskValues values = decode_mask_values(folder / "a.tif");
  ASSERT_FALSE(values.alpha.empty());
  EXPECT_EQ(cv::countNonZero(values.alpha), 900);
}

TEST(MaskFile, KeepsAlphaOfEveryFormat) {
  const TemporaryFolder folder;
  cv::Mat rgba;
  const cv::Mat black = square_of<std::uint8_t>(0);
  cv::merge(std::vector<cv::Mat>{black, black, black, square_of<std::uint8_t>(255)}, rgba);
  for (const char* name : {"a.png", "a.tif", "a.webp"}) {
    ASSERT_TRUE(cv::imwrite((folder / name).string(), rgba));
    const MaskValues values = decode_mask_values(folder / name);
    ASSERT_FALSE(values.alpha.empty()) << name;
    MaskReading alpha;
    alpha.meaning = MaskMeaning::alpha;
    EXPECT_NEAR(cv::countNonZero(binarise_mask(values, alpha)), 900, 10) << name;
  }
}

TEST(MaskFile, RefusesSeveralPagesButNoThumbnails) {
  const TemporaryFolder folder;
  TiffForm form;
  form.pages = 3;
  test::write_tiff(folder / "m.tif", square_of<std::uint8_t>(255), form);
  EXPECT_THAT(error_of_mask(folder / "m.tif"), HasSubstr("m.tif: holds 3 pages"));
  EXPECT_EQ(decode_image(folder / "m.tif").size(), cv::Size(200, 200));
  form.small = true;
  test::write_tiff(folder / "m.tif", square_of<std::uint8_t>(255), form);
  EXPECT_EQ(pixels(folder / "m.tif"), 900);
}

TEST(MaskFile, RefusesAnAnimationOfSeveralFrames) {
  const TemporaryFolder folder;
  ASSERT_TRUE(cv::imwrite((folder / "m.png").string(), square_of<std::uint8_t>(255)));
  const std::string still = test::read_text(folder / "m.png");
  constexpr std::size_t behind_header = 33;
  const auto animated = [&](char frames) {
    // Its checksum is not looked at: the decoder passes over the chunk.
    std::string chunk{
        "\0\0\0\x08"
        "acTL\0\0\0\0\0\0\0\0\0\0\0\0",
        20};
    chunk[11] = frames;
    std::string bytes = still;
    bytes.insert(behind_header, chunk);
    test::write_text(folder / "a.png", bytes);
  };
  animated(3);
  EXPECT_THAT(error_of_mask(folder / "a.png"), HasSubstr("a.png: holds 3 pages, one is allowed"));
  animated(1);
  EXPECT_EQ(pixels(folder / "a.png"), 900);
}

TEST(MaskFile, EndsWherePagesGoRoundInACircle) {
  const TemporaryFolder folder;
  TiffForm form;
  form.compression = COMPRESSION_NONE;
  test::write_tiff(folder / "c.tif", square_of<std::uint8_t>(255), form);
  std::string bytes = test::read_text(folder / "c.tif");
  const auto number = [&](std::size_t at, std::size_t count) {
    std::size_t value = 0;
    for (std::size_t i = count; i-- > 0;) {
      value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    }
    return value;
  };
  const std::size_t first = number(4, 4);
  const std::size_t next = first + 2 + 12 * number(first, 2);
  bytes.replace(next, 4, bytes.substr(4, 4));
  test::write_text(folder / "c.tif", bytes);
  EXPECT_THAT(error_of_mask(folder / "c.tif"), HasSubstr("pages"));
}

TEST(MaskFile, RefusesWhatIsNoNumber) {
  const TemporaryFolder folder;
  TiffForm form;
  form.bits = 32;
  form.kind = SAMPLEFORMAT_IEEEFP;
  test::write_tiff(folder / "n.tif", square_of<float>(std::nanf("")), form);
  EXPECT_THAT(error_of_mask(folder / "n.tif"), HasSubstr("no numbers"));
  form.photometric = PHOTOMETRIC_MINISWHITE;
  test::write_tiff(folder / "n.tif", square_of<float>(1), form);
  EXPECT_THAT(error_of_mask(folder / "n.tif"), HasSubstr("a kind that is not read"));
}

TEST(MaskFile, RefusesDamagedFilesCutAnywhere) {
  const TemporaryFolder folder;
  TiffForm tiff;
  tiff.big = true;
  test::write_tiff(folder / "whole.tif", square_of<std::uint8_t>(1), tiff);
  tiff.tile = 64;
  tiff.big = false;
  test::write_tiff(folder / "tiles.tif", square_of<std::uint8_t>(1), tiff);
  test::write_numbers_png(folder / "whole.png", square_of<std::uint8_t>(1), 4,
                          {{255, 255, 255}, {0, 0, 0}});
  ASSERT_TRUE(cv::imwrite((folder / "whole.bmp").string(), square_of<std::uint8_t>(255)));
  for (const char* name : {"whole.tif", "tiles.tif", "whole.png"}) {
    const std::string whole = test::read_text(folder / name);
    for (std::size_t size = 0; size < whole.size(); size += 11) {
      test::write_text(folder / "cut", whole.substr(0, size));
      EXPECT_NE(error_of_mask(folder / "cut"), "no error") << name << " " << size;
    }
  }
  // A palette that begins behind the file's end is none.
  std::string bmp = test::read_text(folder / "whole.bmp");
  bmp.replace(14, 4, "\xF0\xFF\xFF\x7F");
  test::write_text(folder / "bad.bmp", bmp);
  EXPECT_NE(error_of_mask(folder / "bad.bmp"), "no error");
}

TEST(MaskFile, RefusesHugeSizesBeforeDecoding) {
  const TemporaryFolder folder;
  test::write_numbers_png(folder / "h.png", square_of<std::uint8_t>(1), 1);
  std::string bytes = test::read_text(folder / "h.png");
  bytes.replace(16, 8, std::string("\x7F\xFF\xFF\xFF\x7F\xFF\xFF\xFF", 8));
  test::write_text(folder / "h.png", bytes);
  EXPECT_THAT(error_of_mask(folder / "h.png"), HasSubstr("2147483647x2147483647"));
}

TEST(BinariseMask, LeavesTheIgnoredValueOut) {
  cv::Mat numbers = square_of<std::uint8_t>(1);
  numbers(cv::Rect(0, 0, 10, 10)).setTo(255);
  MaskReading reading;
  reading.ignore = 255;
  const MaskValues values{numbers};
  // Two values are left: 0 and 1.
  EXPECT_EQ(cv::countNonZero(binarise_mask(values, reading)), 900);
  EXPECT_EQ(cv::countNonZero(ignored_pixels(values, reading)), 100);
  reading.meaning = MaskMeaning::nonzero;
  EXPECT_EQ(cv::countNonZero(binarise_mask(values, reading)), 900);
  reading.ignore = 77;
  EXPECT_TRUE(ignored_pixels(values, reading).empty());
  reading.ignore = -1;
  EXPECT_TRUE(ignored_pixels(values, reading).empty());
}

TEST(MaskReading, IsReadAndWritten) {
  for (const char* text : {"auto", "half", "nonzero", "alpha", "index:1", "index:0,2,65535"}) {
    MaskReading reading;
    EXPECT_TRUE(parse_mask_values(text, reading)) << text;
    EXPECT_EQ(mask_values_text(reading), text);
  }
  for (const char* text : {"", "Half", "index:", "index:1,", "index:,1", "index:-1", "index:1.5",
                           "index:99999999999", "index:a", "nonzero "}) {
    MaskReading reading;
    EXPECT_FALSE(parse_mask_values(text, reading)) << text;
  }
  MaskReading reading;
  EXPECT_TRUE(parse_ignore_value("-1", reading));
  EXPECT_EQ(reading.ignore, -1);
  for (const char* text : {"", "x", "1x", "1e99", "nan", "99999999999999999999999"}) {
    EXPECT_FALSE(parse_ignore_value(text, reading)) << text;
  }
}

}  // namespace
}  // namespace bcnet
