// Decoding from memory by OpenCV's imgcodecs beside the libraries below it, and resizing to the
// network's input: the tables of docs/decisions/0006-codecs-apart.md. And finding the field of view
// (0014-field-of-view.md).
//
//   codec_bench --benchmark_repetitions=9 --benchmark_report_aggregates_only=true

#include <benchmark/benchmark.h>
#include <spng.h>
#include <turbojpeg.h>
#include <webp/decode.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "image/area_resize.h"
#include "image/field_of_view.h"
#include "memory_tiff.h"

namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr int input_size = 352;

/// The sample picture at another size, and its bytes in every format.
struct Picture {
  explicit Picture(cv::Size size) {
    cv::resize(cv::imread(BCNET_SAMPLE), pixels, size, 0, 0, cv::INTER_CUBIC);
    cv::imencode(".jpg", pixels, jpeg, {cv::IMWRITE_JPEG_QUALITY, 92});
    cv::imencode(".png", pixels, png);
    cv::imencode(".tif", pixels, tiff, {cv::IMWRITE_TIFF_COMPRESSION, 1});
    cv::imencode(".tif", pixels, tiff_lzw, {cv::IMWRITE_TIFF_COMPRESSION, 5});
    cv::imencode(".webp", pixels, webp, {cv::IMWRITE_WEBP_QUALITY, 90});
  }

  cv::Mat pixels;
  Bytes jpeg, png, tiff, tiff_lzw, webp;
};

using Work = std::function<bool()>;

void measure(const std::string& name, const Work& work) {
  benchmark::RegisterBenchmark(name.c_str(), [work](benchmark::State& state) {
    for (const auto _ : state) {
      if (!work()) {
        state.SkipWithError("cannot be decoded");
        break;
      }
    }
  })->Unit(benchmark::kMillisecond);
}

Work by_imgcodecs(const Bytes& file, int flags = cv::IMREAD_COLOR) {
  return [&file, flags] { return !cv::imdecode(file, flags).empty(); };
}

/// Scaled by one over this.
Work by_turbojpeg(const Bytes& file, cv::Size size, int divisor) {
  const cv::Size scaled((size.width + divisor - 1) / divisor,
                        (size.height + divisor - 1) / divisor);
  return [&file, scaled, decoder = std::shared_ptr<void>(tjInitDecompress(), tjDestroy),
          out = cv::Mat(scaled, CV_8UC3)] {
    return tjDecompress2(decoder.get(), file.data(), file.size(), out.data, scaled.width, 0,
                         scaled.height, TJPF_RGB, 0) == 0;
  };
}

Work by_spng(const Bytes& file, cv::Size size) {
  return [&file, out = cv::Mat(size, CV_8UC3)] {
    spng_ctx* decoder = spng_ctx_new(0);
    spng_set_png_buffer(decoder, file.data(), file.size());
    const int error =
        spng_decode_image(decoder, out.data, out.total() * out.elemSize(), SPNG_FMT_RGB8, 0);
    spng_ctx_free(decoder);
    return error == 0;
  };
}

Work by_libtiff(const Bytes& file, cv::Size size) {
  return [&file, out = cv::Mat(size, CV_8UC3)] {
    return bcnet::bench::decode_tiff_strips(file, out.data);
  };
}

Work by_libwebp(const Bytes& file, cv::Size size) {
  return [&file, out = cv::Mat(size, CV_8UC3)] {
    return WebPDecodeRGBInto(file.data(), file.size(), out.data, out.total() * out.elemSize(),
                             static_cast<int>(out.step)) != nullptr;
  };
}

/// The picture as an endoscope shows it: round, on black, in the right half of the frame.
cv::Mat in_a_round_field(const cv::Mat& pixels) {
  cv::Mat shows(pixels.size(), CV_8UC1, cv::Scalar(0));
  const int radius = pixels.rows * 9 / 20;
  cv::circle(shows, {pixels.cols - radius - 1, pixels.rows / 2}, radius, cv::Scalar(255), -1);
  cv::Mat frame(pixels.size(), CV_8UC3, cv::Scalar(0, 0, 0));
  pixels.copyTo(frame, shows);
  return frame;
}

void measure_all(const Picture& picture) {
  const cv::Size size = picture.pixels.size();
  const std::string at = std::to_string(size.width) + "x" + std::to_string(size.height) + "/";
  measure(at + "JPEG/imgcodecs", by_imgcodecs(picture.jpeg));
  measure(at + "JPEG half/imgcodecs", by_imgcodecs(picture.jpeg, cv::IMREAD_REDUCED_COLOR_2));
  measure(at + "JPEG/libjpeg-turbo", by_turbojpeg(picture.jpeg, size, 1));
  measure(at + "JPEG half/libjpeg-turbo", by_turbojpeg(picture.jpeg, size, 2));
  measure(at + "PNG/imgcodecs", by_imgcodecs(picture.png));
  measure(at + "PNG/libspng", by_spng(picture.png, size));
  measure(at + "TIFF/imgcodecs", by_imgcodecs(picture.tiff));
  measure(at + "TIFF/libtiff", by_libtiff(picture.tiff, size));
  measure(at + "TIFF LZW/imgcodecs", by_imgcodecs(picture.tiff_lzw));
  measure(at + "TIFF LZW/libtiff", by_libtiff(picture.tiff_lzw, size));
  measure(at + "WebP/imgcodecs", by_imgcodecs(picture.webp));
  measure(at + "WebP/libwebp", by_libwebp(picture.webp, size));
  measure(at + "field of view", [frame = in_a_round_field(picture.pixels)] {
    return bcnet::field_of_view(frame).width < frame.cols;
  });
  if (size.width == input_size) {
    return;
  }
  for (const int divisor : {1, 2}) {
    cv::Mat image;
    cv::resize(picture.pixels, image, size / divisor);
    const std::string from = at + (divisor == 1 ? "resize/" : "resize from half/");
    measure(from + "area_resize", [image, small = cv::Mat()]() mutable {
      bcnet::area_resize(image, input_size, input_size, small);
      return true;
    });
    measure(from + "OpenCV", [image, small = cv::Mat()]() mutable {
      cv::resize(image, small, {input_size, input_size}, 0, 0, cv::INTER_AREA);
      return true;
    });
  }
}

}  // namespace

int main(int argc, char** argv) {
  cv::setNumThreads(1);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
    return 2;
  }
  const std::vector<Picture> pictures{Picture({input_size, input_size}), Picture({1350, 1080}),
                                      Picture({1920, 1080})};
  for (const Picture& picture : pictures) {
    measure_all(picture);
  }
  benchmark::RunSpecifiedBenchmarks();
}
