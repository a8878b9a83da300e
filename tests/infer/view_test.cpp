#include "infer/view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "image/field_of_view.h"
#include "infer/logits.h"
#include "support/error_of.h"

namespace bcnet::infer {
namespace {

using test::error_of;
using testing::HasSubstr;

/// A frame of 4:2:0 in every form, a light disc with a dark border around it.
class Yuv : public testing::Test {
 protected:
  static constexpr int width = 322;
  static constexpr int height = 240;
  static constexpr int stride = 336;  ///< of luma, wider than a row

  Yuv() : i420_(stride * height * 3 / 2, 90), nv12_(i420_.size(), 90) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const bool inside = std::hypot(x - 170, y - 120) < 100;
        i420_[at(y, x)] = nv12_[at(y, x)] =
            static_cast<std::uint8_t>(inside ? 110 + (x + y) / 8 : 16);
      }
    }
    constexpr std::size_t chroma = stride * height;
    for (int y = 0; y < height / 2; ++y) {
      for (int x = 0; x < width / 2; ++x) {
        const bool inside = std::hypot(2 * x - 170, 2 * y - 120) < 100;
        const auto u = static_cast<std::uint8_t>(inside ? 110 : 128);
        const auto v = static_cast<std::uint8_t>(inside ? 150 + y / 8 : 128);
        const auto row = static_cast<std::size_t>(y) * stride / 2;
        i420_[chroma + row + static_cast<std::size_t>(x)] = u;
        i420_[chroma + chroma / 4 + row + static_cast<std::size_t>(x)] = v;
        nv12_[chroma + 2 * row + static_cast<std::size_t>(2 * x)] = u;
        nv12_[chroma + 2 * row + static_cast<std::size_t>(2 * x) + 1] = v;
      }
    }
    rgb_ = evenly_spaced_rgb(yuv_view(i420()), {width, height});
    description_.input_width = 96;
    description_.input_height = 80;
  }

  static std::size_t at(int y, int x) {
    return static_cast<std::size_t>(y) * stride + static_cast<std::size_t>(x);
  }

  ImageView i420() const { return {i420_.data(), width, height, stride, PixelFormat::i420}; }
  ImageView nv12() const { return {nv12_.data(), width, height, stride, PixelFormat::nv12}; }

  cv::Mat input_of(const ImageView& view) const {
    std::vector<std::uint8_t> input;
    InputBuffers buffers;
    network_input(description_, view, seen_part(view, false), input, buffers);
    return cv::Mat(80, 96, CV_8UC3, input.data()).clone();
  }

  std::vector<std::uint8_t> i420_;
  std::vector<std::uint8_t> nv12_;
  cv::Mat rgb_;
  ModelDescription description_;
};

// A map in blue beside the mucosa, which is orange where red and blue are exchanged.
TEST(SeenPart, LeavesOutADrawnMapInEveryFormat) {
  cv::Mat rgb(240, 320, CV_8UC3, cv::Scalar::all(0));
  rgb(cv::Rect(120, 0, 200, 240)).setTo(cv::Scalar(190, 90, 70));
  rgb(cv::Rect(20, 150, 120, 80)).setTo(cv::Scalar(80, 115, 205));
  const auto seen = [&](int code, PixelFormat format) {
    cv::Mat pixels = rgb.clone();
    if (code >= 0) {
      cv::cvtColor(rgb, pixels, code);
    }
    const ImageView view{pixels.data, 320, 240, 0, format};
    EXPECT_EQ(seen_field(view, false).box, seen_part(view, false));
    return seen_part(view, false);
  };
  const cv::Rect want = seen(-1, PixelFormat::rgb8);
  EXPECT_NEAR(want.x, 118, 2);
  EXPECT_EQ(seen(cv::COLOR_RGB2BGR, PixelFormat::bgr8), want);
  EXPECT_EQ(seen(cv::COLOR_RGB2RGBA, PixelFormat::rgba8), want);
  EXPECT_EQ(seen(cv::COLOR_RGB2BGRA, PixelFormat::bgra8), want);
  EXPECT_EQ(seen(cv::COLOR_RGB2YUV_I420, PixelFormat::i420), want);
}

TEST_F(Yuv, BecomesTheInputThatItsRgbBecomes) {
  const ImageView rgb{rgb_.data, width, height, 0, PixelFormat::rgb8};
  // The same field of view, but for its even corner.
  const cv::Rect field = seen_part(rgb, false);
  EXPECT_EQ(seen_part(i420(), false), cv::Rect({field.x & ~1, field.y & ~1}, field.br()));
  EXPECT_LT(field.width, 220);
  const cv::Mat planar = input_of(i420());
  EXPECT_EQ(cv::norm(planar, input_of(nv12()), cv::NORM_INF), 0);
  EXPECT_LT(cv::norm(planar, input_of(rgb), cv::NORM_L1) / (3.0 * 96 * 80), 1.5);
}

TEST_F(Yuv, TakesPlanesFromAnywhere) {
  const std::vector<std::uint8_t> luma(i420_.begin(), i420_.begin() + stride * height);
  const std::vector<std::uint8_t> u(i420_.begin() + stride * height,
                                    i420_.begin() + stride * height * 5 / 4);
  const std::vector<std::uint8_t> v(i420_.begin() + stride * height * 5 / 4, i420_.end());
  ImageView view = i420();
  view.data = luma.data();
  view.chroma = u.data();
  view.chroma_v = v.data();
  view.chroma_stride = stride / 2;
  EXPECT_EQ(cv::norm(input_of(view), input_of(i420()), cv::NORM_INF), 0);
}

TEST_F(Yuv, GivesParts) {
  const ImageView part = part_of(nv12(), {101, 51, 100, 90});
  EXPECT_EQ(part.width, 101);
  EXPECT_EQ(part.height, 91);
  const cv::Mat pixels = evenly_spaced_rgb(yuv_view(part), {101, 91});
  EXPECT_EQ(cv::norm(pixels, rgb_(cv::Rect(100, 50, 101, 91)), cv::NORM_INF), 0);
}

TEST_F(Yuv, RefusesWhatIsNoPicture) {
  const auto refused = [](const ImageView& view) {
    return error_of(ErrorKind::data, [&] { check_view(view); });
  };
  ImageView view = nv12();
  view.stride = width - 1;
  EXPECT_THAT(refused(view), HasSubstr("stride: found 321 bytes, a row of 322 pixels holds 322"));
  view = nv12();
  view.chroma_stride = 321;
  EXPECT_THAT(refused(view), HasSubstr("chroma_stride: found 321 bytes"));
  view = i420();
  view.chroma_stride = 160;
  EXPECT_THAT(refused(view),
              HasSubstr("chroma_stride: found 160 bytes, a row of 322 pixels holds 161"));
  for (const std::size_t far :
       {static_cast<std::size_t>(-322), std::size_t{1} << 60, std::size_t{1} << 31}) {
    view = nv12();
    view.stride = far;
    EXPECT_THAT(refused(view),
                HasSubstr("stride: found " + std::to_string(far) + " bytes, at most"));
    view = i420();
    view.chroma_stride = far;
    EXPECT_THAT(refused(view), HasSubstr("chroma_stride: found " + std::to_string(far)));
    view = nv12();
    view.format = PixelFormat::gray8;
    view.stride = far;
    EXPECT_THAT(refused(view), HasSubstr("stride: found " + std::to_string(far)));
  }
  view = i420();
  view.matrix = static_cast<YuvMatrix>(7);
  EXPECT_THAT(refused(view), HasSubstr("matrix: found 7"));
  view = i420();
  view.format = static_cast<PixelFormat>(9);
  EXPECT_THAT(refused(view), HasSubstr("format: found 9"));
  view = i420();
  view.data = nullptr;
  EXPECT_THAT(refused(view), HasSubstr("null address"));
}

}  // namespace
}  // namespace bcnet::infer
