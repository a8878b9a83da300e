#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "bcnet/bcnet.h"
#include "capi/red_pictures.h"
#include "support/temporary_folder.h"
#include "support/tiny_onnx.h"

namespace bcnet::test {
namespace {

using testing::HasSubstr;

/// The picture as 4:2:0, its chroma constant in every 2x2 pixels: planes with room after each row,
/// which lie one behind the other, with the chroma of NV12 or of I420.
struct Yuv {
  static constexpr int stride = width + 6;

  /// By the definition of Y'CbCr from the weights of red and blue in luma.
  Yuv(const std::vector<std::uint8_t>& rgb, std::int32_t format_, std::int32_t matrix_, bool full)
      : bytes(static_cast<std::size_t>(stride) * height * 3 / 2, 99),
        format(format_),
        matrix(matrix_),
        full_range(full ? 1 : 0) {
    const double red = matrix_ == BCNET_BT709 ? 0.2126 : matrix_ == BCNET_BT601 ? 0.299 : 0.2627;
    const double blue = matrix_ == BCNET_BT709 ? 0.0722 : matrix_ == BCNET_BT601 ? 0.114 : 0.0593;
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const std::uint8_t* pixel = &rgb[static_cast<std::size_t>((y * width + x) * 3)];
        const double luma = red * pixel[0] + (1 - red - blue) * pixel[1] + blue * pixel[2];
        bytes[static_cast<std::size_t>(y * stride + x)] =
            rounded(full ? luma : 16 + luma * 219 / 255);
        const double scale = full ? 1 : 224.0 / 255;
        const std::size_t u = u_at(x / 2, y / 2);
        bytes[u] = rounded(128 + scale * (pixel[2] - luma) / (2 * (1 - blue)));
        const std::size_t v = format_ == BCNET_NV12 ? u + 1 : u + chroma_bytes();
        bytes[v] = rounded(128 + scale * (pixel[0] - luma) / (2 * (1 - red)));
      }
    }
  }

  static std::uint8_t rounded(double value) { return static_cast<std::uint8_t>(value + 0.5); }
  /// Of a plane of I420.
  static std::size_t chroma_bytes() { return static_cast<std::size_t>(stride) * height / 4; }
  std::size_t u_at(int x, int y) const {
    return static_cast<std::size_t>(
        stride * height + (format == BCNET_NV12 ? y * stride + 2 * x : y * stride / 2 + x));
  }

  bcnet_frame frame() const {
    bcnet_frame frame = BCNET_FRAME_INIT;
    frame.data = bytes.data();
    frame.width = width;
    frame.height = height;
    frame.stride = stride;
    frame.format = format;
    frame.matrix = matrix;
    frame.full_range = full_range;
    return frame;
  }

  std::vector<std::uint8_t> bytes;
  std::int32_t format;
  std::int32_t matrix;
  std::int32_t full_range;
};

class Capi : public testing::Test {
 protected:
  void SetUp() override {
    segmenter_ = fake_segmenter();
    ASSERT_EQ(bcnet_result_open(&result_), BCNET_OK);
    frame_.data = pixels_.data();
    frame_.width = width;
    frame_.height = height;
  }

  void TearDown() override {
    bcnet_result_close(result_);
    bcnet_segmenter_close(segmenter_);
  }

  bcnet_view view() {
    bcnet_view view = BCNET_VIEW_INIT;
    EXPECT_EQ(bcnet_result_view(result_, &view), BCNET_OK) << bcnet_last_error();
    return view;
  }

  std::vector<std::uint8_t> mask() {
    const bcnet_view found = view();
    const auto size =
        static_cast<std::size_t>(found.width) * static_cast<std::size_t>(found.height);
    return {found.mask, found.mask + size};
  }

  std::vector<float> probability() {
    EXPECT_EQ(bcnet_segment(segmenter_, &frame_, BCNET_PROBABILITY, result_), BCNET_OK)
        << bcnet_last_error();
    const float* values = view().probability;
    return {values, values + static_cast<std::size_t>(width) * height};
  }

  void expect_refused(bcnet_status found, bcnet_status expected, const std::string& message) {
    EXPECT_EQ(found, expected);
    EXPECT_THAT(bcnet_last_error(), HasSubstr(message));
  }

  void expect_frame_refused(bcnet_status expected, const std::string& message) {
    expect_refused(bcnet_segment(segmenter_, &frame_, 0, result_), expected, message);
    EXPECT_EQ(view().width, 0);  // and the result is empty
  }

  std::vector<std::uint8_t> pixels_ = picture(8);
  bcnet_segmenter* segmenter_ = nullptr;
  bcnet_result* result_ = nullptr;
  bcnet_frame frame_ = BCNET_FRAME_INIT;
};

TEST_F(Capi, FindsWhatIsThere) {
  ASSERT_EQ(bcnet_segment(segmenter_, &frame_, 0, result_), BCNET_OK) << bcnet_last_error();
  EXPECT_STREQ(bcnet_last_error(), "");
  const bcnet_view found = view();
  EXPECT_EQ(found.width, width);
  EXPECT_EQ(found.height, height);
  EXPECT_EQ(found.probability, nullptr);
  EXPECT_EQ(found.mask[0], 0);
  EXPECT_EQ(found.mask[12], 255);
  EXPECT_EQ(found.mask[width * height - 1], 0);
  EXPECT_GT(found.milliseconds, 0.0);
  ASSERT_EQ(found.region_count, 1U);
  bcnet_region region = BCNET_REGION_INIT;
  ASSERT_EQ(bcnet_result_region(result_, 0, &region), BCNET_OK);
  EXPECT_EQ(region.x, 8);
  EXPECT_EQ(region.y, 0);
  EXPECT_EQ(region.width, 16);
  EXPECT_EQ(region.height, height);
  EXPECT_DOUBLE_EQ(region.area_percent, 25.0);
  EXPECT_GT(region.confidence, 0.5);
  ASSERT_EQ(region.polygon_size, 4U);
  for (std::size_t i = 0; i < region.polygon_size; ++i) {
    EXPECT_TRUE(region.polygon[i].x == 8 || region.polygon[i].x == 23);
    EXPECT_TRUE(region.polygon[i].y == 0 || region.polygon[i].y == height - 1);
  }
}

TEST_F(Capi, EachRegionHasItsOwnOutline) {
  const std::vector<std::uint8_t> other = picture(40);
  for (std::size_t i = 0; i < pixels_.size(); ++i) {
    pixels_[i] = std::max(pixels_[i], other[i]);
  }
  ASSERT_EQ(bcnet_segment(segmenter_, &frame_, 0, result_), BCNET_OK);
  ASSERT_EQ(view().region_count, 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    bcnet_region region = BCNET_REGION_INIT;
    ASSERT_EQ(bcnet_result_region(result_, i, &region), BCNET_OK);
    for (std::size_t k = 0; k < region.polygon_size; ++k) {
      EXPECT_GE(region.polygon[k].x, region.x);
      EXPECT_LT(region.polygon[k].x, region.x + region.width);
    }
  }
}

TEST_F(Capi, GivesProbabilitiesWhereAsked) {
  ASSERT_EQ(bcnet_segment(segmenter_, &frame_, BCNET_PROBABILITY, result_), BCNET_OK);
  const float* probability = view().probability;
  ASSERT_NE(probability, nullptr);
  EXPECT_GT(probability[12], 0.5F);
  EXPECT_LT(probability[40], 0.5F);
  ASSERT_EQ(bcnet_segment(segmenter_, &frame_, 0, result_), BCNET_OK);
  EXPECT_EQ(view().probability, nullptr);
}

TEST_F(Capi, UsesTheMemoryOfAResultAgain) {
  ASSERT_EQ(bcnet_segment(segmenter_, &frame_, BCNET_PROBABILITY, result_), BCNET_OK);
  const bcnet_view first = view();
  ASSERT_EQ(bcnet_segment(segmenter_, &frame_, BCNET_PROBABILITY, result_), BCNET_OK);
  EXPECT_EQ(view().mask, first.mask);
  EXPECT_EQ(view().probability, first.probability);
}

TEST_F(Capi, ReadsEveryFormatAndRowsThatLieApart) {
  for (const int format : {BCNET_RGB8, BCNET_BGR8, BCNET_RGBA8, BCNET_BGRA8}) {
    const bool bgr = format == BCNET_BGR8 || format == BCNET_BGRA8;
    const int channels = format == BCNET_RGB8 || format == BCNET_BGR8 ? 3 : 4;
    const int stride = channels * width + 5;
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(stride) * height, 255);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        for (int c = 0; c < 3; ++c) {
          pixels[static_cast<std::size_t>(y * stride + x * channels + (bgr ? 2 - c : c))] =
              pixels_[static_cast<std::size_t>((y * width + x) * 3 + c)];
        }
      }
    }
    frame_.data = pixels.data();
    frame_.stride = stride;
    frame_.format = format;
    ASSERT_EQ(bcnet_segment(segmenter_, &frame_, 0, result_), BCNET_OK) << bcnet_last_error();
    ASSERT_EQ(view().region_count, 1U) << format;
    EXPECT_EQ(view().mask[8], 255) << format;
    EXPECT_EQ(view().mask[7], 0) << format;
  }
  const std::vector<std::uint8_t> gray(static_cast<std::size_t>(width) * height, 60);
  frame_.data = gray.data();
  frame_.stride = 0;
  frame_.format = BCNET_GRAY8;
  ASSERT_EQ(bcnet_segment(segmenter_, &frame_, 0, result_), BCNET_OK);
  EXPECT_EQ(view().region_count, 0U);
}

TEST_F(Capi, FindsInPlanesWhatItFindsInTheirRgb) {
  ASSERT_EQ(bcnet_segment(segmenter_, &frame_, 0, result_), BCNET_OK);
  const std::vector<std::uint8_t> expected = mask();
  EXPECT_EQ(std::count(expected.begin(), expected.end(), 255), 16 * height);
  for (const int format : {BCNET_NV12, BCNET_I420}) {
    for (const int matrix : {BCNET_BT709, BCNET_BT601, BCNET_BT2020}) {
      for (const bool full : {false, true}) {
        const Yuv yuv(pixels_, format, matrix, full);
        frame_ = yuv.frame();  // the planes' addresses are left out: they follow each other
        ASSERT_EQ(bcnet_segment(segmenter_, &frame_, 0, result_), BCNET_OK) << bcnet_last_error();
        EXPECT_TRUE(mask() == expected) << format << " " << matrix << " " << full;
      }
    }
  }
}

TEST_F(Capi, TakesPlanesFromAnywhere) {
  ASSERT_EQ(bcnet_segment(segmenter_, &frame_, 0, result_), BCNET_OK);
  const std::vector<std::uint8_t> expected = mask();
  for (const int format : {BCNET_NV12, BCNET_I420}) {
    const Yuv yuv(pixels_, format, BCNET_BT709, false);
    const auto at = [&](std::size_t from, std::size_t size) {
      const auto first = yuv.bytes.begin() + static_cast<std::ptrdiff_t>(from);
      return std::vector<std::uint8_t>(first, first + static_cast<std::ptrdiff_t>(size));
    };
    const std::size_t luma_bytes = static_cast<std::size_t>(Yuv::stride) * height;
    const bool planar = format == BCNET_I420;
    const auto luma = at(0, luma_bytes);
    const auto chroma = at(luma_bytes, (planar ? 1 : 2) * Yuv::chroma_bytes());
    const auto chroma_v = at(luma_bytes + Yuv::chroma_bytes(), Yuv::chroma_bytes());
    frame_ = yuv.frame();
    frame_.data = luma.data();
    frame_.chroma = chroma.data();
    frame_.chroma_v = planar ? chroma_v.data() : nullptr;
    frame_.chroma_stride = planar ? Yuv::stride / 2 : Yuv::stride;
    ASSERT_EQ(bcnet_segment(segmenter_, &frame_, 0, result_), BCNET_OK) << bcnet_last_error();
    EXPECT_TRUE(mask() == expected) << format;
  }
}

TEST_F(Capi, TakesPlanesForTheColoursThatAreNamed) {
  // Less red, for which the probability is steep.
  std::replace(pixels_.begin(), pixels_.end(), std::uint8_t{255}, std::uint8_t{180});
  constexpr std::size_t red = width * height / 2 + 16;
  constexpr std::size_t grey = width * height / 2 + 50;
  const std::vector<float> expected = probability();
  const Yuv hd(pixels_, BCNET_NV12, BCNET_BT709, false);
  frame_ = hd.frame();
  EXPECT_NEAR(probability()[red], expected[red], 0.01);
  EXPECT_NEAR(probability()[grey], expected[grey], 0.005);
  for (const int matrix : {BCNET_BT601, BCNET_BT2020}) {
    frame_.matrix = matrix;
    EXPECT_GT(std::abs(probability()[red] - expected[red]), 0.015) << matrix;
  }
  frame_.matrix = BCNET_BT709;
  frame_.full_range = 1;
  EXPECT_GT(std::abs(probability()[grey] - expected[grey]), 0.01);
}

TEST_F(Capi, RefusesPlanesThatAreNone) {
  for (const int format : {BCNET_NV12, BCNET_I420}) {
    const bool planar = format == BCNET_I420;
    const Yuv yuv(pixels_, format, BCNET_BT709, false);
    const auto refused = [&](const std::string& message, auto change) {
      frame_ = yuv.frame();
      change(frame_);
      expect_frame_refused(BCNET_BAD_DATA, message);
    };
    refused("null address", [](bcnet_frame& f) { f.data = nullptr; });
    refused("stride: found -70", [](bcnet_frame& f) { f.stride = -70; });
    refused("stride: found 63", [](bcnet_frame& f) { f.stride = width - 1; });
    refused("chroma_stride: found -1,", [](bcnet_frame& f) { f.chroma_stride = -1; });
    refused(planar ? "chroma_stride: found 31 bytes" : "chroma_stride: found 63 bytes",
            [&](bcnet_frame& f) { f.chroma_stride = planar ? width / 2 - 1 : width - 1; });
    refused("chroma_stride: found 1152921504606846976",
            [](bcnet_frame& f) { f.chroma_stride = std::ptrdiff_t{1} << 60; });
    for (const int wrong : {-1, 3}) {
      refused("matrix: found " + std::to_string(wrong), [&](bcnet_frame& f) { f.matrix = wrong; });
    }
    for (const int wrong : {-1, 2}) {
      refused("full_range: found " + std::to_string(wrong),
              [&](bcnet_frame& f) { f.full_range = wrong; });
    }
    frame_ = yuv.frame();
    EXPECT_EQ(bcnet_segment(segmenter_, &frame_, 0, result_), BCNET_OK) << bcnet_last_error();
  }
}

TEST_F(Capi, RefusesFramesThatAreNone) {
  frame_.data = nullptr;
  expect_frame_refused(BCNET_BAD_DATA, "null address");
  frame_.data = pixels_.data();
  frame_.width = 0;
  expect_frame_refused(BCNET_BAD_DATA, "0x48 pixels");
  frame_.width = -width;
  expect_frame_refused(BCNET_BAD_DATA, "-64x48 pixels");
  frame_.width = width;
  frame_.height = 0;
  expect_frame_refused(BCNET_BAD_DATA, "64x0 pixels");
  frame_.height = std::numeric_limits<std::int32_t>::max();
  expect_frame_refused(BCNET_BAD_DATA, "at most");
  frame_.height = height;
  frame_.stride = -3 * width;
  expect_frame_refused(BCNET_BAD_DATA, "stride: found -192");
  frame_.stride = 3 * width - 1;
  expect_frame_refused(BCNET_BAD_DATA, "stride: found 191");
  frame_.stride = std::ptrdiff_t{1} << 60;
  expect_frame_refused(BCNET_BAD_DATA, "stride: found 1152921504606846976");
  frame_.stride = 0;
  for (const int format : {-1, 7, std::numeric_limits<int>::max()}) {
    frame_.format = format;
    expect_frame_refused(BCNET_BAD_DATA, "format: found " + std::to_string(format));
  }
  frame_.format = BCNET_RGB8;
  EXPECT_EQ(bcnet_segment(segmenter_, &frame_, 0, result_), BCNET_OK);
}

TEST_F(Capi, RefusesNullPointers) {
  expect_refused(bcnet_segment(nullptr, &frame_, 0, result_), BCNET_BAD_USAGE, "segmenter");
  expect_refused(bcnet_segment(segmenter_, nullptr, 0, result_), BCNET_BAD_USAGE, "frame");
  expect_refused(bcnet_segment(segmenter_, &frame_, 0, nullptr), BCNET_BAD_USAGE, "result");
  expect_refused(bcnet_segmenter_open(nullptr, nullptr), BCNET_BAD_USAGE, "segmenter");
  expect_refused(bcnet_segmenter_info(segmenter_, nullptr), BCNET_BAD_USAGE, "info");
  expect_refused(bcnet_segmenter_info(nullptr, nullptr), BCNET_BAD_USAGE, "segmenter");
  expect_refused(bcnet_result_open(nullptr), BCNET_BAD_USAGE, "result");
  expect_refused(bcnet_result_view(result_, nullptr), BCNET_BAD_USAGE, "view");
  expect_refused(bcnet_result_view(nullptr, nullptr), BCNET_BAD_USAGE, "result");
  expect_refused(bcnet_result_region(result_, 0, nullptr), BCNET_BAD_USAGE, "region");
  EXPECT_EQ(bcnet_segmenter_close(nullptr), BCNET_OK);
  EXPECT_EQ(bcnet_result_close(nullptr), BCNET_OK);
  EXPECT_STREQ(bcnet_last_error(), "");
}

TEST_F(Capi, RefusesStructsOfAnotherSize) {
  for (const std::size_t size : {std::size_t{0}, sizeof(bcnet_frame) - 1, std::size_t{4096}}) {
    frame_.struct_size = size;
    expect_frame_refused(BCNET_BAD_USAGE, "frame: struct_size: found " + std::to_string(size));
  }
  bcnet_options options = BCNET_OPTIONS_INIT;
  options.struct_size = 8;
  bcnet_segmenter* opened = segmenter_;
  expect_refused(bcnet_segmenter_open(&options, &opened), BCNET_BAD_USAGE, "options: struct_size");
  EXPECT_EQ(opened, nullptr);
  bcnet_info info = BCNET_INFO_INIT;
  info.struct_size = 8;
  expect_refused(bcnet_segmenter_info(segmenter_, &info), BCNET_BAD_USAGE, "info: struct_size");
  EXPECT_EQ(info.engine, nullptr);
  bcnet_view view = BCNET_VIEW_INIT;
  view.struct_size = 1;
  expect_refused(bcnet_result_view(result_, &view), BCNET_BAD_USAGE, "view: struct_size");
  bcnet_region region = BCNET_REGION_INIT;
  region.struct_size = 1;
  expect_refused(bcnet_result_region(result_, 0, &region), BCNET_BAD_USAGE, "region: struct_size");
}

TEST_F(Capi, RefusesUnknownFlagsAndRegions) {
  expect_refused(bcnet_segment(segmenter_, &frame_, 6, result_), BCNET_BAD_USAGE, "flags: found 6");
  bcnet_region region = BCNET_REGION_INIT;
  expect_refused(bcnet_result_region(result_, 0, &region), BCNET_BAD_USAGE, "0 regions");
  ASSERT_EQ(bcnet_segment(segmenter_, &frame_, 0, result_), BCNET_OK);
  expect_refused(bcnet_result_region(result_, 1, &region), BCNET_BAD_USAGE, "1 region");
  expect_refused(bcnet_result_region(result_, SIZE_MAX, &region), BCNET_BAD_USAGE, "1 region");
}

TEST_F(Capi, FindsOutHandlesThatAreClosedOrNone) {
  bcnet_segmenter* segmenter = fake_segmenter();
  ASSERT_EQ(bcnet_segmenter_close(segmenter), BCNET_OK);
  expect_refused(bcnet_segmenter_close(segmenter), BCNET_BAD_USAGE, "closed");
  expect_refused(bcnet_segment(segmenter, &frame_, 0, result_), BCNET_BAD_USAGE, "segmenter");
  bcnet_info info = BCNET_INFO_INIT;
  expect_refused(bcnet_segmenter_info(segmenter, &info), BCNET_BAD_USAGE, "segmenter");

  bcnet_result* result = nullptr;
  ASSERT_EQ(bcnet_result_open(&result), BCNET_OK);
  ASSERT_EQ(bcnet_result_close(result), BCNET_OK);
  expect_refused(bcnet_result_close(result), BCNET_BAD_USAGE, "closed");
  expect_refused(bcnet_segment(segmenter_, &frame_, 0, result), BCNET_BAD_USAGE, "result");
  bcnet_view view = BCNET_VIEW_INIT;
  expect_refused(bcnet_result_view(result, &view), BCNET_BAD_USAGE, "result");

  // One of another kind, and an address.
  expect_refused(bcnet_segment(reinterpret_cast<bcnet_segmenter*>(result_), &frame_, 0, result_),
                 BCNET_BAD_USAGE, "segmenter");
  expect_refused(bcnet_result_view(reinterpret_cast<bcnet_result*>(&view), &view), BCNET_BAD_USAGE,
                 "result");
}

TEST_F(Capi, RefusesOptionsOutOfRange) {
  TemporaryFolder folder;
  const std::string model = TinyOnnx().write(folder / "tiny.onnx").string();
  const auto refused = [&](const char* name, auto change) {
    bcnet_options options = BCNET_OPTIONS_INIT;
    options.model = model.c_str();
    change(options);
    bcnet_segmenter* opened = nullptr;
    expect_refused(bcnet_segmenter_open(&options, &opened), BCNET_BAD_USAGE, name);
    EXPECT_EQ(opened, nullptr);
  };
  refused("threads", [](bcnet_options& o) { o.threads = -1; });
  refused("precision: found 4", [](bcnet_options& o) { o.precision = 4; });
  refused("precision: found -1", [](bcnet_options& o) { o.precision = -1; });
  refused("mode: found 2", [](bcnet_options& o) { o.mode = 2; });
  refused("whole_frame: found 2", [](bcnet_options& o) { o.whole_frame = 2; });
  refused("threshold", [](bcnet_options& o) { o.threshold = 0.0F; });
  refused("threshold", [](bcnet_options& o) { o.threshold = std::nanf(""); });
  refused("min_confidence", [](bcnet_options& o) { o.min_confidence = 1.0F; });
  refused("model: found an empty path", [](bcnet_options& o) { o.model = ""; });
  refused("model_size", [](bcnet_options& o) { o.model_size = 4; });
  refused("model_data", [](bcnet_options& o) { o.model_data = "abcd"; });
}

TEST_F(Capi, OpensAFileOrItsBytes) {
  TemporaryFolder folder;
  const std::string path = TinyOnnx().write(folder / "tiny.onnx").string();
  const std::string bytes = TinyOnnx().bytes();
  for (const bool in_memory : {false, true}) {
    bcnet_options options = BCNET_OPTIONS_INIT;
    options.model = in_memory ? "mine" : path.c_str();
    options.model_data = in_memory ? bytes.data() : nullptr;
    options.model_size = in_memory ? bytes.size() : 0;
    options.threshold = 0.75F;
    bcnet_segmenter* opened = nullptr;
    ASSERT_EQ(bcnet_segmenter_open(&options, &opened), BCNET_OK) << bcnet_last_error();
    bcnet_info info = BCNET_INFO_INIT;
    ASSERT_EQ(bcnet_segmenter_info(opened, &info), BCNET_OK);
    EXPECT_EQ(info.file, std::string(options.model));
    EXPECT_THAT(info.engine, HasSubstr("OpenVINO"));
    EXPECT_EQ(info.input_width, 64);
    EXPECT_EQ(info.threshold, 0.75F);
    EXPECT_EQ(bcnet_segment(opened, &frame_, 0, result_), BCNET_OK) << bcnet_last_error();
    EXPECT_EQ(bcnet_segmenter_close(opened), BCNET_OK);
  }
}

TEST_F(Capi, KeepsToTheModelThatItOpenedWhateverBecomesOfTheFile) {
  const TemporaryFolder folder;
  const std::string path = TinyOnnx().write(folder / "model.onnx").string();
  bcnet_options options = BCNET_OPTIONS_INIT;
  options.model = path.c_str();
  options.precision = BCNET_F32;
  ASSERT_EQ(bcnet_segmenter_close(segmenter_), BCNET_OK);
  ASSERT_EQ(bcnet_segmenter_open(&options, &segmenter_), BCNET_OK) << bcnet_last_error();
  const std::vector<float> expected = probability();

  // In place, as a copy onto it does; cut short; gone.
  TinyOnnx second;
  second.bias = 3.0F;
  second.write(folder / "model.onnx");
  EXPECT_TRUE(probability() == expected);
  bcnet_segmenter* opened = nullptr;
  ASSERT_EQ(bcnet_segmenter_open(&options, &opened), BCNET_OK) << bcnet_last_error();
  std::swap(opened, segmenter_);
  EXPECT_FALSE(probability() == expected);
  std::swap(opened, segmenter_);
  EXPECT_EQ(bcnet_segmenter_close(opened), BCNET_OK);
  std::filesystem::resize_file(path, 100);
  EXPECT_TRUE(probability() == expected);
  expect_refused(bcnet_segmenter_open(&options, &opened), BCNET_BAD_MODEL, path);
  EXPECT_EQ(opened, nullptr);
  std::filesystem::remove(path);
  EXPECT_TRUE(probability() == expected);
  expect_refused(bcnet_segmenter_open(&options, &opened), BCNET_BAD_MODEL, path);
}

TEST_F(Capi, SaysWhatIsWrongWithAModel) {
  TemporaryFolder folder;
  bcnet_options options = BCNET_OPTIONS_INIT;
  const std::string missing = (folder / "none.onnx").string();
  options.model = missing.c_str();
  bcnet_segmenter* opened = nullptr;
  expect_refused(bcnet_segmenter_open(&options, &opened), BCNET_BAD_MODEL,
                 missing + ": no such file");
  options.model_data = "not a model";
  options.model_size = 11;
  expect_refused(bcnet_segmenter_open(&options, &opened), BCNET_BAD_MODEL, "not an ONNX model");
}

}  // namespace
}  // namespace bcnet::test
