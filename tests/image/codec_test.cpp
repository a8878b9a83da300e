#include "image/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "core/error.h"
#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace bcnet {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using testing::HasSubstr;

/// Made by files/make_files.py.
fs::path file(const std::string& name) {
  return fs::path(BCNET_SOURCE_DIR) / "tests/image/files" / name;
}

/// Red, green above blue, white: the picture of files/make_files.py.
cv::Mat picture() {
  cv::Mat image(8, 16, CV_8UC3, cv::Scalar(255, 0, 0));
  image(cv::Rect(8, 0, 8, 4)).setTo(cv::Scalar(0, 255, 0));
  image(cv::Rect(0, 4, 8, 4)).setTo(cv::Scalar(0, 0, 255));
  image(cv::Rect(8, 4, 8, 4)).setTo(cv::Scalar(255, 255, 255));
  return image;
}

double difference(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && a.type() == b.type() ? cv::norm(a, b, cv::NORM_INF) : 1e9;
}

void save(const fs::path& path, const cv::Mat& image) {
  ASSERT_TRUE(cv::imwrite(path.string(), image));
}

/// The message of the Error(data) that reading throws.
template <typename Read>
std::string data_error(Read read) {
  try {
    read();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    EXPECT_THAT(error.what(), testing::Not(HasSubstr("\n")));
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

std::string image_error(const fs::path& path, const DecodeOptions& options = {}) {
  const std::string message = data_error([&] { decode_image(path, options); });
  EXPECT_THAT(message, HasSubstr(path.string()));
  return message;
}

/// A number as it stands in a file, the high byte first.
std::string big_endian(unsigned value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) {
    text += static_cast<char>(value >> (8 * i));
  }
  return text;
}

TEST(DecodeImage, GivesRgbFromEveryFormat) {
  const TemporaryFolder folder;
  cv::Mat bgr;
  const cv::Mat rgb = picture();
  cv::extractChannel(rgb, bgr, 0);
  std::vector<cv::Mat> planes;
  cv::split(rgb, planes);
  cv::merge(std::vector<cv::Mat>{planes[2], planes[1], planes[0]}, bgr);
  for (const std::string extension : {".png", ".bmp", ".tif", ".JPG", ".webp"}) {
    const fs::path path = folder / ("picture" + extension);
    save(path, bgr);
    EXPECT_TRUE(has_image_extension(path)) << extension;
    const bool lossy = extension == ".JPG" || extension == ".webp";
    const cv::Mat decoded = decode_image(path);
    // Lossy files blur a colour edge; the middle of a quadrant keeps its colour.
    ASSERT_EQ(decoded.size(), rgb.size()) << extension;
    for (const cv::Point at : {cv::Point(2, 1), cv::Point(13, 1), cv::Point(2, 6)}) {
      const cv::Vec3b found = decoded.at<cv::Vec3b>(at);
      const cv::Vec3b expected = rgb.at<cv::Vec3b>(at);
      EXPECT_LE(cv::norm(found, expected, cv::NORM_INF), lossy ? 40 : 0) << extension << at;
    }
  }
}

TEST(DecodeImage, GoesByContentNotByName) {
  const TemporaryFolder folder;
  fs::copy_file(file("palette.png"), folder / "picture.jpg");
  EXPECT_EQ(difference(decode_image(folder / "picture.jpg"), picture()), 0);
}

TEST(DecodeImage, ReadsPaletteCmykProgressiveAndOneBit) {
  EXPECT_EQ(difference(decode_image(file("palette.png")), picture()), 0);
  EXPECT_LE(difference(decode_image(file("progressive.jpg")), picture()), 4);
  EXPECT_LE(difference(decode_image(file("cmyk.jpg")), picture()), 4);
  const cv::Mat bits = decode_image(file("one_bit.png"));
  EXPECT_EQ(bits.at<cv::Vec3b>(0, 0), cv::Vec3b(255, 255, 255));
  EXPECT_EQ(bits.at<cv::Vec3b>(0, 12), cv::Vec3b(0, 0, 0));
}

TEST(DecodeImage, BringsGreySixteenBitAndAlphaToEightBitRgb) {
  const TemporaryFolder folder;
  save(folder / "grey.png", cv::Mat(2, 3, CV_8UC1, cv::Scalar(77)));
  save(folder / "deep.png", cv::Mat(2, 3, CV_16UC1, cv::Scalar(77 * 257)));
  save(folder / "alpha.png", cv::Mat(2, 3, CV_8UC4, cv::Scalar(77, 77, 77, 10)));
  for (const char* name : {"grey.png", "deep.png", "alpha.png"}) {
    const cv::Mat expected(2, 3, CV_8UC3, cv::Scalar::all(77));
    EXPECT_EQ(difference(decode_image(folder / name), expected), 0) << name;
  }
}

TEST(DecodeImage, BringsEveryPixelFormatToEightBitRgb) {
  for (const char* name : {"rgba.png", "rgba.tif", "rgba.webp", "palette.tif", "palette.bmp",
                           "palette_alpha.png", "lzw.tif", "cmyk.tif"}) {
    EXPECT_LE(difference(decode_image(file(name)), picture()), 0) << name;
  }
  const cv::Mat grey(8, 16, CV_8UC3, cv::Scalar::all(77));
  for (const char* name :
       {"grey16.png", "grey16.tif", "grey.jpg", "grey.tif", "grey.bmp", "grey_alpha.png"}) {
    EXPECT_LE(difference(decode_image(file(name)), grey), 0) << name;
  }
  const TemporaryFolder folder;  // 16-bit colour, which Pillow cannot write
  for (const char* name : {"deep.png", "deep.tif"}) {
    save(folder / name,
         cv::Mat(8, 16, CV_16UC3, cv::Scalar(30 * 256 + 255, 20 * 256, 10 * 256 + 9)));
    EXPECT_LE(
        difference(decode_image(folder / name), cv::Mat(8, 16, CV_8UC3, cv::Scalar(10, 20, 30))),
        1)  // OpenCV's TIFF reader rounds, the others cut off
        << name;
  }
}

TEST(DecodeReduced, TakesEveryPixelFormatToo) {
  for (const char* name : {"rgba.png", "palette.tif", "cmyk.tif", "palette_alpha.png"}) {
    EXPECT_LE(difference(decode_reduced(file(name), {}, 16, 8).image, picture()), 0) << name;
  }
  EXPECT_LE(difference(decode_reduced(file("cmyk.jpg"), {}, 16, 8).image, picture()), 4);
}

// What is upright was decided by PIL.ImageOps.exif_transpose of Pillow 13.0.0.
TEST(DecodeImage, TurnsEveryOrientationUpright) {
  std::vector<std::string> names{"exif_6.png", "exif_6.webp", "exif_6.tif"};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    names.push_back("exif_" + std::to_string(orientation) + ".jpg");
  }
  for (const std::string& name : names) {
    EXPECT_LE(difference(decode_image(file(name)), picture()), 4) << name;
  }
}

TEST(DecodeImage, LeavesTheOrientationWhenTold) {
  DecodeOptions as_stored;
  as_stored.apply_exif = false;
  cv::Mat stored;
  cv::rotate(picture(), stored, cv::ROTATE_90_COUNTERCLOCKWISE);
  for (const char* name : {"exif_6.jpg", "exif_6.png", "exif_6.webp", "exif_6.tif"}) {
    EXPECT_LE(difference(decode_image(file(name), as_stored), stored), 4) << name;
  }
}

/// A smooth picture: what a halved JPEG keeps.
cv::Mat slopes(int width, int height) {
  cv::Mat image(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      image.at<cv::Vec3b>(y, x) = cv::Vec3b(static_cast<std::uint8_t>(255 * x / width),
                                            static_cast<std::uint8_t>(255 * y / height), 90);
    }
  }
  return image;
}

// Expected: OpenCV's mean of areas of the whole picture.
TEST(DecodeReduced, TakesAsFewPixelsOfAJpegAsAreEnough) {
  const TemporaryFolder folder;
  const fs::path path = folder / "slopes.jpg";
  write_jpeg(path, slopes(160, 96));
  struct Case {
    int width, height, factor;
  };
  for (const Case& c : {Case{160, 96, 1}, Case{81, 10, 1}, Case{10, 49, 1}, Case{80, 48, 2},
                        Case{41, 20, 2}, Case{40, 24, 4}, Case{20, 12, 8}, Case{1, 1, 8}}) {
    const ReducedImage reduced = decode_reduced(path, {}, c.width, c.height);
    EXPECT_EQ(reduced.width, 160);
    EXPECT_EQ(reduced.height, 96);
    cv::Mat expected;
    cv::resize(decode_image(path), expected, {160 / c.factor, 96 / c.factor}, 0, 0, cv::INTER_AREA);
    EXPECT_LE(difference(reduced.image, expected), 3) << c.width << "x" << c.height;
  }
}

TEST(DecodeReduced, TakesOtherFormatsWhole) {
  const TemporaryFolder folder;
  write_png(folder / "slopes.png", slopes(160, 96));
  EXPECT_EQ(difference(decode_reduced(folder / "slopes.png", {}, 1, 1).image, slopes(160, 96)), 0);
}

TEST(DecodeReduced, CountsWidthAndHeightUpright) {
  for (const char* name : {"exif_1.jpg", "exif_6.jpg", "exif_8.jpg"}) {
    // 16 x 8 upright: a half of it is enough for 8 x 4, not for 4 x 8.
    const ReducedImage half = decode_reduced(file(name), {}, 8, 4);
    EXPECT_EQ(half.image.size(), cv::Size(8, 4)) << name;
    EXPECT_EQ(cv::Size(half.width, half.height), cv::Size(16, 8)) << name;
    EXPECT_EQ(decode_reduced(file(name), {}, 4, 8).image.size(), cv::Size(16, 8)) << name;
  }
}

TEST(DecodeReduced, RefusesWhatDecodeImageRefuses) {
  DecodeOptions small;
  small.max_pixels = 100;
  EXPECT_THAT(data_error([&] { decode_reduced(file("exif_1.jpg"), small, 1, 1); }),
              HasSubstr("allowed are 100 in all"));
}

TEST(DecodeMask, FollowsTheSameOrientationRuleAsImages) {
  for (const bool apply : {true, false}) {
    DecodeOptions options;
    options.apply_exif = apply;
    for (const char* name : {"exif_5.jpg", "exif_6.tif"}) {
      EXPECT_EQ(decode_mask(file(name), options).size(), decode_image(file(name), options).size())
          << name << apply;
    }
  }
}

cv::Mat mask_of(const cv::Mat& stored, const std::string& extension = ".png") {
  const TemporaryFolder folder;
  const fs::path path = folder / ("mask" + extension);
  save(path, stored);
  return decode_mask(path);
}

TEST(DecodeMask, SplitsAtHalfOfFullScale) {
  const cv::Mat eight = (cv::Mat_<std::uint8_t>(1, 4) << 0, 127, 128, 255);
  const cv::Mat sixteen = (cv::Mat_<std::uint16_t>(1, 4) << 0, 32767, 32768, 65535);
  const cv::Mat expected = (cv::Mat_<std::uint8_t>(1, 4) << 0, 0, 255, 255);
  EXPECT_EQ(difference(mask_of(eight), expected), 0);
  EXPECT_EQ(difference(mask_of(sixteen), expected), 0);
  EXPECT_EQ(difference(mask_of(eight, ".bmp"), expected), 0);
}

TEST(DecodeMask, SplitsAboveHalfWhereTold) {
  const TemporaryFolder folder;
  const fs::path path = folder / "mask.png";
  save(path, (cv::Mat_<std::uint8_t>(1, 4) << 0, 128, 129, 255));
  const cv::Mat mask = decode_mask(path, {}, MaskRule::above_half);
  EXPECT_EQ(difference(mask, (cv::Mat_<std::uint8_t>(1, 4) << 0, 0, 255, 255)), 0);
  save(path, (cv::Mat_<std::uint16_t>(1, 4) << 0, 32896, 32897, 65535));
  EXPECT_EQ(difference(decode_mask(path, {}, MaskRule::above_half), mask), 0);
  save(path, (cv::Mat_<std::uint8_t>(1, 4) << 0, 0, 1, 1));  // two values go by themselves
  EXPECT_EQ(difference(decode_mask(path, {}, MaskRule::above_half), mask), 0);
}

TEST(DecodeMask, TakesTheHigherOfTwoValuesOfALosslessFile) {
  const cv::Mat expected = (cv::Mat_<std::uint8_t>(1, 3) << 0, 255, 0);
  for (const auto& [low, high] : {std::pair(0, 1), std::pair(0, 255), std::pair(200, 255)}) {
    const cv::Mat eight = (cv::Mat_<std::uint8_t>(1, 3) << low, high, low);
    cv::Mat sixteen;
    eight.convertTo(sixteen, CV_16U);
    EXPECT_EQ(difference(mask_of(eight), expected), 0) << low << " " << high;
    EXPECT_EQ(difference(mask_of(sixteen), expected), 0) << low << " " << high;
    EXPECT_EQ(difference(mask_of(eight, ".tif"), expected), 0) << low << " " << high;
  }
}

TEST(DecodeMask, DoesNotStretchJpegOrOneOrThreeValues) {
  cv::Mat low(16, 16, CV_8UC1, cv::Scalar(0));
  low.colRange(8, 16).setTo(90);
  EXPECT_EQ(cv::countNonZero(mask_of(low, ".jpg")), 0);
  EXPECT_EQ(cv::countNonZero(mask_of(cv::Mat(4, 4, CV_8UC1, cv::Scalar(90)))), 0);
  EXPECT_EQ(cv::countNonZero(mask_of(cv::Mat(4, 4, CV_8UC1, cv::Scalar(200)))), 16);
  EXPECT_EQ(cv::countNonZero(mask_of((cv::Mat_<std::uint8_t>(1, 3) << 0, 1, 2))), 0);
}

TEST(DecodeMask, ReadsJpegWithItsNoise) {
  cv::Mat mask(64, 64, CV_8UC1, cv::Scalar(0));
  mask(cv::Rect(16, 24, 30, 20)).setTo(255);
  EXPECT_EQ(difference(mask_of(mask, ".jpg"), mask), 0);
}

TEST(DecodeMask, CountsAColourByItsBrightestChannelAndIgnoresAlpha) {
  cv::Mat colours(1, 3, CV_8UC4, cv::Scalar(0, 0, 0, 255));
  colours.at<cv::Vec4b>(0, 1) = {0, 0, 255, 255};  // red: a luma of 76
  colours.at<cv::Vec4b>(0, 2) = {0, 100, 0, 0};
  EXPECT_EQ(difference(mask_of(colours), (cv::Mat_<std::uint8_t>(1, 3) << 0, 255, 0)), 0);
}

TEST(DecodeImage, RefusesWhatIsNoImage) {
  const TemporaryFolder folder;
  test::write_text(folder / "text.jpg", "this is no picture\n");
  test::write_text(folder / "empty.png", "");
  test::write_text(folder / "start.jpg", "\xFF\xD8\xFF");
  EXPECT_THAT(image_error(folder / "text.jpg"), HasSubstr("no image"));
  EXPECT_THAT(image_error(folder / "empty.png"), HasSubstr("empty"));
  EXPECT_THAT(image_error(folder / "start.jpg"), HasSubstr("cut short"));
  EXPECT_THAT(image_error(folder / "missing.jpg"), HasSubstr("no such file"));
  EXPECT_THAT(image_error(folder.path()), HasSubstr("folder"));
}

TEST(DecodeImage, RefusesAFileCutShortAnywhere) {
  const TemporaryFolder folder;
  for (const char* name :
       {"exif_1.jpg", "progressive.jpg", "exif_6.png", "exif_6.webp", "exif_6.tif"}) {
    const std::string whole = test::read_text(file(name));
    // OpenCV alone would give most of these JPEGs a grey rest and a warning.
    for (std::size_t size = 12; size < whole.size(); size += 7) {
      const fs::path path = folder / "cut";
      test::write_text(path, whole.substr(0, size));
      if (std::string(name) == "exif_6.tif" && size >= 500) {
        continue;  // behind the pixels and the directory only texts are left
      }
      image_error(path);
    }
  }
}

TEST(DecodeImage, ChecksTheSizeBeforeDecoding) {
  const TemporaryFolder folder;
  std::string png = test::read_text(file("exif_6.png"));
  png.replace(16, 8, big_endian(20000, 4) + big_endian(20000, 4));
  test::write_text(folder / "large.png", png);
  std::string jpeg = test::read_text(file("exif_1.jpg"));
  const std::size_t frame = jpeg.find("\xFF\xC0");
  ASSERT_NE(frame, std::string::npos);
  jpeg.replace(frame + 5, 4, big_endian(20000, 2) + big_endian(20000, 2));
  test::write_text(folder / "large.jpg", jpeg);
  for (const char* name : {"large.png", "large.jpg"}) {
    EXPECT_THAT(image_error(folder / name), HasSubstr("20000x20000")) << name;
    EXPECT_THAT(data_error([&] { decode_mask(folder / name); }), HasSubstr("20000x20000"));
  }

  DecodeOptions few;
  few.max_pixels = 127;
  EXPECT_THAT(image_error(file("cmyk.jpg"), few), HasSubstr("16x8"));
  few.max_pixels = 128;
  EXPECT_EQ(decode_image(file("cmyk.jpg"), few).total(), 128);
  few.max_bytes = 100;
  EXPECT_THAT(image_error(file("cmyk.jpg"), few), HasSubstr("allowed are 100"));
}

TEST(DecodeImage, ReadsOnePixel) {
  const TemporaryFolder folder;
  save(folder / "one.png", cv::Mat(1, 1, CV_8UC3, cv::Scalar(1, 2, 3)));
  EXPECT_EQ(decode_image(folder / "one.png").at<cv::Vec3b>(0, 0), cv::Vec3b(3, 2, 1));
  EXPECT_EQ(decode_mask(folder / "one.png").at<std::uint8_t>(0, 0), 0);
}

TEST(DecodeImage, TakesUnicodeAndSpacesInPaths) {
  const TemporaryFolder folder;
  const fs::path path = folder / "息肉 图像 ä";
  fs::create_directories(path);
  write_png(path / "结肠 1.png", picture());
  EXPECT_EQ(difference(decode_image(path / "结肠 1.png"), picture()), 0);
}

TEST(DecodeImage, NamesAFileThatMayNotBeRead) {
  const TemporaryFolder folder;
  const fs::path path = folder / "closed.png";
  write_png(path, picture());
  fs::permissions(folder.path(), fs::perms::all);
  fs::permissions(path, fs::perms::none);
  // Root may read everything: the child gives that up first.
  const auto read_as_nobody = [&] {
    if (::geteuid() == 0 && ::setuid(65534) != 0) {
      std::exit(3);
    }
    try {
      decode_image(path);
    } catch (const Error& error) {
      std::fprintf(stderr, "%s\n", error.what());
      std::exit(error.kind() == ErrorKind::data ? 0 : 1);
    }
    std::exit(2);
  };
  EXPECT_EXIT(read_as_nobody(), testing::ExitedWithCode(0), "closed.png: .*Permission denied");
}

TEST(DecodePrediction, DividesIntegersByTheirFullScale) {
  const TemporaryFolder folder;
  const fs::path path = folder / "map.png";
  save(path, (cv::Mat_<std::uint8_t>(1, 3) << 0, 51, 254));
  EXPECT_EQ(
      difference(decode_prediction(path), (cv::Mat_<double>(1, 3) << 0, 51 / 255.0, 254 / 255.0)),
      0);
  save(path, (cv::Mat_<std::uint16_t>(1, 3) << 1, 13107, 65535));
  EXPECT_EQ(difference(decode_prediction(path),
                       (cv::Mat_<double>(1, 3) << 1 / 65535.0, 13107 / 65535.0, 1)),
            0);
}

TEST(DecodePrediction, TakesTwoIntegersForAMaskAndFloatsAsTheyAre) {
  const TemporaryFolder folder;
  save(folder / "mask.png", (cv::Mat_<std::uint8_t>(1, 3) << 3, 3, 7));
  EXPECT_EQ(difference(decode_prediction(folder / "mask.png"), (cv::Mat_<double>(1, 3) << 0, 0, 1)),
            0);
  save(folder / "one.png", (cv::Mat_<std::uint8_t>(1, 3) << 102, 102, 102));
  EXPECT_EQ(
      difference(decode_prediction(folder / "one.png"), cv::Mat(1, 3, CV_64FC1, cv::Scalar(0.4))),
      0);
  save(folder / "map.tif", (cv::Mat_<float>(1, 3) << 0.25F, 0.25F, 0.75F));
  EXPECT_EQ(difference(decode_prediction(folder / "map.tif"),
                       (cv::Mat_<double>(1, 3) << 0.25, 0.25, 0.75)),
            0);
}

TEST(DecodePrediction, RefusesColoursAndFloatsOutsideZeroToOne) {
  const TemporaryFolder folder;
  cv::Mat image(2, 3, CV_8UC3, cv::Scalar(5, 5, 5));
  save(folder / "map.png", image);
  EXPECT_EQ(decode_prediction(folder / "map.png").type(), CV_64FC1);
  image.at<cv::Vec3b>(1, 2)[2] = 6;
  save(folder / "map.png", image);
  EXPECT_THAT(data_error([&] { decode_prediction(folder / "map.png"); }),
              HasSubstr("map.png: found colours that differ at pixel 2, 1, grey is allowed"));
  save(folder / "map.tif", (cv::Mat_<float>(1, 2) << 0.5F, 1.25F));
  EXPECT_THAT(data_error([&] { decode_prediction(folder / "map.tif"); }),
              HasSubstr("map.tif: found the value 1.250000 at pixel 1, 0, allowed are 0 to 1"));
}

TEST(WritePng, KeepsEveryPixel) {
  const TemporaryFolder folder;
  write_png(folder / "color.png", picture());
  EXPECT_EQ(difference(decode_image(folder / "color.png"), picture()), 0);
  const cv::Mat grey = (cv::Mat_<std::uint8_t>(1, 3) << 3, 200, 255);
  write_png(folder / "grey.png", grey);
  const cv::Mat stored = cv::imread((folder / "grey.png").string(), cv::IMREAD_UNCHANGED);
  EXPECT_EQ(difference(stored, grey), 0);
}

TEST(WritePng, LeavesTheImageAsItWas) {
  const TemporaryFolder folder;
  const cv::Mat image = picture();
  write_png(folder / "color.png", image);
  write_jpeg(folder / "color.jpg", image);
  jpeg_round_trip(image, 50);
  EXPECT_EQ(difference(image, picture()), 0);
}

TEST(JpegRoundTrip, IsWhatAFileWouldHold) {
  const TemporaryFolder folder;
  write_jpeg(folder / "a.jpg", picture(), 20);
  const cv::Mat result = jpeg_round_trip(picture(), 20);
  EXPECT_EQ(difference(result, decode_image(folder / "a.jpg")), 0);
  EXPECT_GT(difference(result, picture()), 0);
  const cv::Mat grey(16, 16, CV_8UC1, cv::Scalar(77));
  EXPECT_EQ(jpeg_round_trip(grey, 90).type(), CV_8UC1);
}

TEST(WriteJpeg, IsCloseAndRgb) {
  const TemporaryFolder folder;
  write_jpeg(folder / "flat.jpg", cv::Mat(16, 16, CV_8UC3, cv::Scalar(200, 100, 50)));
  const cv::Mat expected(16, 16, CV_8UC3, cv::Scalar(200, 100, 50));
  EXPECT_LE(difference(decode_image(folder / "flat.jpg"), expected), 3);
}

TEST(DecodeFromMemory, IsDecodingAFile) {
  int decoded = 0;
  for (const auto& entry : fs::directory_iterator(file(""))) {
    if (!has_image_extension(entry.path())) {
      continue;
    }
    const std::string bytes = test::read_text(entry.path());
    const std::string before = bytes;
    for (const bool upright : {true, false}) {
      DecodeOptions options;
      options.apply_exif = upright;
      EXPECT_EQ(
          difference(decode_image({bytes, "upload"}, options), decode_image(entry.path(), options)),
          0)
          << entry.path();
      const ReducedImage from_memory = decode_reduced({bytes, "upload"}, options, 4, 4);
      const ReducedImage from_file = decode_reduced(entry.path(), options, 4, 4);
      EXPECT_EQ(difference(from_memory.image, from_file.image), 0) << entry.path();
      EXPECT_EQ(from_memory.width, from_file.width);
      EXPECT_EQ(from_memory.height, from_file.height);
    }
    EXPECT_EQ(bytes, before) << entry.path();  // a TIFF's orientation is changed in a copy
    ++decoded;
  }
  EXPECT_GT(decoded, 25);
}

TEST(DecodeFromMemory, KeepsToTheLimitsOfAFile) {
  const std::string bytes = test::read_text(file("cmyk.jpg"));
  DecodeOptions few;
  few.max_pixels = 127;
  const auto error = [&](std::string_view what) {
    const std::string reduced = data_error([&] { decode_reduced({what, "upload"}, few, 1, 1); });
    EXPECT_EQ(data_error([&] { decode_image({what, "upload"}, few); }), reduced);
    return reduced;
  };
  EXPECT_THAT(error(bytes), testing::StartsWith("upload: is 16x8 pixels"));
  few.max_bytes = 100;
  EXPECT_THAT(error(bytes),
              "upload: holds " + std::to_string(bytes.size()) + " bytes, allowed are 100");
  EXPECT_THAT(error(""), HasSubstr("upload: is empty"));
  EXPECT_THAT(error("no picture"), HasSubstr("no image"));
  // More than OpenCV can count; nothing of it is looked at.
  few.max_bytes = std::uint64_t{1} << 40;
  EXPECT_THAT(error({bytes.data(), std::size_t{3} << 30}), HasSubstr("allowed are 2147483647"));
}

/// What a stranger reads of the Error(data) that decoding a file gives, and its reason.
std::pair<std::string, ErrorReason> shown(const fs::path& path, const DecodeOptions& options = {}) {
  try {
    decode_image(path, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    EXPECT_THAT(error.what(), HasSubstr(path.string()));
    return {error.public_message(), error.reason()};
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

TEST(DecodeImage, BelievesNoTiffWhoseSizeStandsElsewhere) {
  std::vector<unsigned char> encoded;
  ASSERT_TRUE(cv::imencode(".tif", cv::Mat(8, 16, CV_8UC3, cv::Scalar::all(9)), encoded));
  std::string bytes(encoded.begin(), encoded.end());
  ASSERT_EQ(decode_image(ImageBytes{bytes, "upload"}).size(), cv::Size(16, 8));
  // The entry of the width: tag 256 as SHORT or LONG, little endian. LONG8 has no room in it.
  std::size_t entry = std::string::npos;
  for (const char type : {'\3', '\4'}) {
    entry = std::min(entry, bytes.find({'\0', '\1', type, '\0', '\1', '\0', '\0', '\0'}));
  }
  ASSERT_NE(entry, std::string::npos);
  for (const char type : {'\5', '\20'}) {  // RATIONAL, LONG8
    bytes[entry + 2] = type;
    EXPECT_THAT(data_error([&] {
                  decode_image(ImageBytes{bytes, "upload"});
                }),
                HasSubstr("upload: TIFF image is cut short"));
  }
}

TEST(DecodeImage, TellsStrangersWhatIsWrongWithoutThePath) {
  using testing::Pair;
  const TemporaryFolder folder;
  test::write_text(folder / "text.jpg", "this is no picture\n");
  test::write_text(folder / "empty.png", "");
  test::write_text(folder / "start.jpg", "\xFF\xD8\xFF");
  EXPECT_THAT(shown(folder / "text.jpg"),
              Pair("the file is no image: its content is not JPEG, PNG, BMP, TIFF or WebP",
                   ErrorReason::unsupported));
  EXPECT_THAT(shown(folder / "empty.png"),
              Pair("the file is empty, an image was expected", ErrorReason::other));
  EXPECT_THAT(shown(folder / "start.jpg"),
              Pair("the JPEG image is cut short (3 bytes)", ErrorReason::other));
  EXPECT_THAT(shown(folder / "missing.jpg"), Pair("not found", ErrorReason::not_found));
  DecodeOptions few;
  few.max_pixels = 127;
  EXPECT_THAT(shown(file("cmyk.jpg"), few),
              Pair("the file is 16x8 pixels, allowed are 127 in all", ErrorReason::too_large));
  few.max_bytes = 100;
  EXPECT_EQ(shown(file("cmyk.jpg"), few).second, ErrorReason::too_large);
}

TEST(EncodeToMemory, GivesTheBytesOfAFile) {
  const TemporaryFolder folder;
  write_png(folder / "a.png", picture());
  write_jpeg(folder / "a.jpg", picture(), 70);
  const auto text = [](const std::vector<unsigned char>& bytes) {
    return std::string(bytes.begin(), bytes.end());
  };
  EXPECT_EQ(text(encode_png(picture())), test::read_text(folder / "a.png"));
  EXPECT_EQ(text(encode_jpeg(picture(), 70)), test::read_text(folder / "a.jpg"));
  EXPECT_THAT(test::error_of(ErrorKind::io, [] { encode_png(cv::Mat()); }),
              HasSubstr("PNG: cannot be encoded"));
}

TEST(WritePng, NamesAFolderThatIsMissing) {
  const TemporaryFolder folder;
  try {
    write_png(folder / "missing/out.png", picture());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::io);
    EXPECT_THAT(error.what(), HasSubstr("missing/out.png"));
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace bcnet
