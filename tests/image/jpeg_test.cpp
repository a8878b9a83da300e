#include "image/jpeg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <utility>
#include <vector>
// jpeglib.h needs <cstdio>.
#include <jpeglib.h>

#include "core/error.h"
#include "image/codec.h"
#include "image/header.h"
#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace bcnet {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using testing::HasSubstr;

cv::Mat picture() {
  cv::Mat image(96, 120, CV_8UC3);
  for (int y = 0; y < image.rows; ++y) {
    for (int x = 0; x < image.cols; ++x) {
      const auto noise = static_cast<std::uint8_t>(x * 31 + y * 17 + (x * y) % 97);
      image.at<cv::Vec3b>(y, x) = {noise, static_cast<std::uint8_t>(2 * x), 90};
    }
  }
  return image;
}

std::string jpeg_bytes(const std::vector<int>& parameters) {
  std::vector<unsigned char> bytes;
  EXPECT_TRUE(cv::imencode(".jpg", picture(), bytes, parameters));
  return {bytes.begin(), bytes.end()};
}

std::string error_of_image(const fs::path& path) {
  return test::error_of(ErrorKind::data, [&] { decode_image(path); });
}

class WithoutEnd : public testing::TestWithParam<std::vector<int>> {};

TEST_P(WithoutEnd, IsReadWhereNothingElseIsMissing) {
  const TemporaryFolder folder;
  const std::string whole = jpeg_bytes(GetParam());
  test::write_text(folder / "whole.jpg", whole);
  const cv::Mat expected = decode_image(folder / "whole.jpg");
  for (const std::size_t missing : {1U, 2U}) {
    test::write_text(folder / "cut.jpg", whole.substr(0, whole.size() - missing));
    EXPECT_EQ(cv::norm(decode_image(folder / "cut.jpg"), expected, cv::NORM_INF), 0);
    EXPECT_EQ(decode_reduced(folder / "cut.jpg", {}, 20, 20).width, 120);
  }
  EXPECT_FALSE(read_image_header(whole.substr(0, whole.size() - 2), "x").has_end);
  EXPECT_TRUE(read_image_header(whole, "x").has_end);
}

TEST_P(WithoutEnd, IsRefusedWhereScanDataAreMissing) {
  const TemporaryFolder folder;
  const std::string whole = jpeg_bytes(GetParam());
  // The last bits may be padding: from a few bytes on a block is not there.
  for (std::size_t size = whole.size() - 8; size > 20; size = size * 9 / 10) {
    test::write_text(folder / "cut.jpg", whole.substr(0, size));
    EXPECT_THAT(error_of_image(folder / "cut.jpg"), HasSubstr("cut short")) << size;
  }
}

INSTANTIATE_TEST_SUITE_P(Jpeg, WithoutEnd,
                         testing::Values(std::vector<int>{cv::IMWRITE_JPEG_QUALITY, 90},
                                         std::vector<int>{cv::IMWRITE_JPEG_PROGRESSIVE, 1},
                                         std::vector<int>{cv::IMWRITE_JPEG_RST_INTERVAL, 2}));

/// A JPEG whose luma has so many samples for one of chroma, across and down.
std::string subsampled(int across, int down, bool progressive) {
  const cv::Mat image = picture()(cv::Rect(0, 0, 117, 91));  // no whole number of blocks
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  jpeg_mem_dest(&jpeg, &bytes, &size);
  jpeg.image_width = static_cast<JDIMENSION>(image.cols);
  jpeg.image_height = static_cast<JDIMENSION>(image.rows);
  jpeg.input_components = 3;
  jpeg.in_color_space = JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg.comp_info[0].h_samp_factor = across;
  jpeg.comp_info[0].v_samp_factor = down;
  if (progressive) {
    jpeg_simple_progression(&jpeg);
  }
  jpeg_start_compress(&jpeg, TRUE);
  for (int y = 0; y < image.rows; ++y) {
    JSAMPROW row = const_cast<JSAMPROW>(image.ptr(y));
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  std::free(bytes);
  return text;
}

void expect_opencvs_pixels(const std::string& bytes) {
  for (const auto& [denominator, flags] :
       {std::pair{1U, cv::IMREAD_COLOR}, std::pair{2U, cv::IMREAD_REDUCED_COLOR_2},
        std::pair{4U, cv::IMREAD_REDUCED_COLOR_4}, std::pair{8U, cv::IMREAD_REDUCED_COLOR_8}}) {
    const cv::Mat expected =
        cv::imdecode(std::vector<char>(bytes.begin(), bytes.end()), static_cast<int>(flags));
    const cv::Mat pixels = decode_whole_jpeg(bytes, denominator);
    ASSERT_EQ(pixels.size(), expected.size()) << denominator;
    ASSERT_EQ(pixels.type(), expected.type());
    EXPECT_EQ(cv::norm(pixels, expected, cv::NORM_INF), 0) << denominator;
  }
}

TEST(WholeJpeg, HasTheSamePixelsAsOpencvs) {
  for (const bool progressive : {false, true}) {
    for (const auto& [across, down] : {std::pair{1, 1}, {2, 1}, {1, 2}, {2, 2}, {4, 1}}) {
      SCOPED_TRACE(std::to_string(across) + "x" + std::to_string(down));
      expect_opencvs_pixels(subsampled(across, down, progressive));
    }
  }
  std::vector<unsigned char> grey;
  cv::Mat channel;
  cv::extractChannel(picture(), channel, 1);
  cv::imencode(".jpg", channel, grey);
  expect_opencvs_pixels({grey.begin(), grey.end()});
}

TEST(WholeJpeg, IsNothingThatIsDamaged) {
  const std::string whole = jpeg_bytes({});
  EXPECT_FALSE(decode_whole_jpeg(whole, 1).empty());
  for (std::size_t size = 0; size < whole.size(); size += whole.size() / 20) {
    EXPECT_TRUE(decode_whole_jpeg(whole.substr(0, size), 1).empty()) << size;
  }
  std::string damaged = whole;
  damaged.replace(whole.size() / 2, 40, 40, '\xff');
  EXPECT_TRUE(decode_whole_jpeg(damaged, 1).empty());
  EXPECT_TRUE(decode_whole_jpeg("text", 1).empty());
}

TEST(JpegWithoutEnd, NeedsEveryScanOfAProgressivePicture) {
  const TemporaryFolder folder;
  const std::string whole = jpeg_bytes({cv::IMWRITE_JPEG_PROGRESSIVE, 1});
  const std::size_t last_scan = whole.rfind("\xFF\xDA");
  test::write_text(folder / "scans.jpg", whole.substr(0, last_scan));
  EXPECT_THAT(error_of_image(folder / "scans.jpg"), HasSubstr("cut short"));
}

TEST(JpegWithoutEnd, IsNotDecodedWhereItIsHuge) {
  std::string bytes = jpeg_bytes({});
  const std::size_t frame = bytes.find("\xFF\xC0");
  ASSERT_NE(frame, std::string::npos);
  bytes.replace(frame + 5, 4, "\xFF\xFF\xFF\xFF");
  EXPECT_FALSE(jpeg_scans_are_whole(bytes.substr(0, bytes.size() - 2)));
}

TEST(JpegWithoutEnd, IsFalseForAnythingElse) {
  for (const char* bytes : {"", "\xFF\xD8", "\xFF\xD8\xFF", "text", "\xFF\xD8\xFF\xDA"}) {
    EXPECT_FALSE(jpeg_scans_are_whole(bytes));
  }
}

/// Four colours of ink, 0 for none, without Adobe's marker.
void write_plain_cmyk(const fs::path& path, const cv::Mat& ink) {
  FILE* file = std::fopen(path.c_str(), "wb");
  ASSERT_NE(file, nullptr);
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  jpeg_stdio_dest(&jpeg, file);
  jpeg.image_width = static_cast<JDIMENSION>(ink.cols);
  jpeg.image_height = static_cast<JDIMENSION>(ink.rows);
  jpeg.input_components = 4;
  jpeg.in_color_space = JCS_CMYK;
  jpeg_set_defaults(&jpeg);
  jpeg.write_Adobe_marker = FALSE;
  jpeg_set_quality(&jpeg, 100, TRUE);
  jpeg_start_compress(&jpeg, TRUE);
  for (int y = 0; y < ink.rows; ++y) {
    JSAMPROW row = const_cast<JSAMPROW>(ink.ptr(y));
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  std::fclose(file);
}

TEST(JpegCmyk, IsInkAsItIsWithoutAdobesMarker) {
  const TemporaryFolder folder;
  cv::Mat ink(16, 16, CV_8UC4, cv::Scalar(0, 0, 0, 0));
  ink(cv::Rect(8, 0, 8, 16)).setTo(cv::Scalar(0, 255, 255, 0));  // magenta and yellow are red
  write_plain_cmyk(folder / "c.jpg", ink);
  const cv::Mat rgb = decode_image(folder / "c.jpg");
  EXPECT_LE(cv::norm(rgb.at<cv::Vec3b>(4, 2), cv::Vec3b(255, 255, 255), cv::NORM_INF), 3);
  EXPECT_LE(cv::norm(rgb.at<cv::Vec3b>(4, 12), cv::Vec3b(255, 0, 0), cv::NORM_INF), 3);
  EXPECT_EQ(decode_reduced(folder / "c.jpg", {}, 4, 4).image.size(), cv::Size(16, 16));
  std::string bytes = test::read_text(folder / "c.jpg");
  test::write_text(folder / "cut.jpg", bytes.substr(0, bytes.size() / 2));
  EXPECT_THAT(error_of_image(folder / "cut.jpg"), HasSubstr("cut short"));
}

}  // namespace
}  // namespace bcnet
