#include "cli/compare_pictures.h"

#include <algorithm>
#include <array>
#include <map>

#include "data/pair.h"
#include "image/codec.h"
#include "image/geometry.h"
#include "image/overlay.h"
#include "image/rgb_view.h"
#include "metrics/segmentation.h"

namespace bcnet::cli {

namespace {

constexpr int widest = 360;
constexpr int jpeg_quality = 85;

struct Colour {
  const char* css;
  std::uint8_t red, green, blue;
};

constexpr Colour expert{"#00ff60", 0x00, 0xff, 0x60};
// Far from a bowel's reds and from each other; more sides than these begin again.
constexpr std::array<Colour, 7> colours{{{"#ff4fd8", 0xff, 0x4f, 0xd8},
                                         {"#35c9ff", 0x35, 0xc9, 0xff},
                                         {"#ffd400", 0xff, 0xd4, 0x00},
                                         {"#a78bfa", 0xa7, 0x8b, 0xfa},
                                         {"#ffffff", 0xff, 0xff, 0xff},
                                         {"#2563eb", 0x25, 0x63, 0xeb},
                                         {"#99f6e4", 0x99, 0xf6, 0xe4}}};

cv::Mat outlined(const cv::Mat& image, const cv::Mat& mask, const Colour& colour) {
  OverlayStyle style;
  style.color = cv::Scalar(colour.red, colour.green, colour.blue);
  style.tint = 0;
  return draw_overlay(image, mask, style);
}

ComparePanel draw_panel(const data::Pair& pair, const PicturedSide& side, const Colour& colour) {
  const Segmentation found = side.segmenter->segment(rgb_view(pair.image));
  cv::Mat mask(pair.mask.size(), CV_8UC1, const_cast<std::uint8_t*>(found.mask.data()));
  cv::Mat image = pair.image;
  cv::Mat truth = pair.mask;
  const cv::Mat whole = truth.isContinuous() ? truth : truth.clone();
  const double dice =
      metrics::dice(metrics::count_pixels(found.mask.data(), whole.data, found.mask.size()));
  if (image.cols > widest) {
    const int height = std::max(1, image.rows * widest / image.cols);
    image = resize_image(image, widest, height);
    truth = resize_mask(truth, widest, height);
    mask = resize_mask(mask, widest, height);
  }
  const cv::Mat picture = outlined(outlined(image, truth, expert), mask, colour);
  return {side.name, dice, encode_jpeg(picture, jpeg_quality)};
}

}  // namespace

const char* expert_colour() { return expert.css; }

const char* side_colour(std::size_t place) { return colours[place % colours.size()].css; }

std::vector<ComparePicture> draw_compared(const std::vector<PicturedSide>& sides,
                                          const std::vector<data::Sample>& samples,
                                          const DecodeOptions& decode) {
  std::vector<std::pair<double, std::string>> images;
  for (const Json& image : (*sides.front().result)["per_image"]) {
    images.emplace_back(image["dice"].get<double>(), image["image"].get<std::string>());
  }
  std::sort(images.begin(), images.end());
  std::map<std::string, const data::Sample*> by_name;
  for (const data::Sample& sample : samples) {
    by_name[sample.name] = &sample;
  }
  const std::pair<const char*, std::size_t> rules[] = {
      {"best", images.size() - 1}, {"median", (images.size() - 1) / 2}, {"worst", 0}};
  std::vector<ComparePicture> pictures;
  for (const auto& [rule, place] : rules) {
    ComparePicture picture{rule, images[place].second, {}};
    const data::Pair pair = data::read_pair(*by_name.at(picture.image), decode);
    for (const PicturedSide& side : sides) {
      picture.panels.push_back(draw_panel(pair, side, colours[side.place % colours.size()]));
    }
    pictures.push_back(std::move(picture));
  }
  return pictures;
}

}  // namespace bcnet::cli
