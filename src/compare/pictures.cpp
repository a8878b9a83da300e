#include "compare/pictures.h"

#include <algorithm>
#include <array>
#include <map>

#include "data/pair.h"
#include "evaluate/outlined_picture.h"
#include "image/rgb_view.h"

namespace bcnet::compare {

namespace {

constexpr int widest = 360;
// Far from a bowel's reds and from each other; more sides than these begin again.
constexpr std::array<const char*, 7> colours{"#ff4fd8", "#35c9ff", "#ffd400", "#a78bfa",
                                             "#ffffff", "#2563eb", "#99f6e4"};

std::map<std::string, double> dice_by_image(const PicturedSide& side) {
  std::map<std::string, double> dice;
  for (const evaluate::ImageScore& image : *side.images) {
    dice[image.name] = metrics::dice(image.counts);
  }
  return dice;
}

ComparePanel draw_panel(const std::string& image, const data::Pair& pair,
                        const PicturedSide& side) {
  Segmentation found = side.segmenter->segment(rgb_view(pair.image));
  const cv::Mat mask(pair.image.size(), CV_8UC1, found.mask.data());
  return {side.name, dice_by_image(side).at(image),
          evaluate::outlined_picture(pair, mask, side_colour(side.place), widest)};
}

}  // namespace

const char* side_colour(std::size_t place) { return colours[place % colours.size()]; }

std::vector<ComparePicture> draw_compared(const std::vector<PicturedSide>& sides,
                                          const std::vector<data::Sample>& samples,
                                          const DecodeOptions& decode) {
  std::vector<std::pair<double, std::string>> images;
  for (const auto& [image, dice] : dice_by_image(sides.front())) {
    images.emplace_back(dice, image);
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
      picture.panels.push_back(draw_panel(picture.image, pair, side));
    }
    pictures.push_back(std::move(picture));
  }
  return pictures;
}

}  // namespace bcnet::compare
