#include "cli/eval_pictures.h"

#include <algorithm>
#include <map>
#include <utility>

#include "data/pair.h"
#include "image/codec.h"
#include "image/geometry.h"
#include "image/overlay.h"

namespace bcnet::cli {

namespace {

constexpr std::size_t most_cases = 4;
constexpr int widest = 480;
constexpr int jpeg_quality = 85;

// The two colours above, RGB.
const cv::Scalar truth_rgb(0x00, 0xff, 0x60);
const cv::Scalar prediction_rgb(0xff, 0x4f, 0xd8);

cv::Mat outlined(const cv::Mat& image, const cv::Mat& mask, const cv::Scalar& colour) {
  OverlayStyle style;
  style.color = colour;
  style.tint = 0;
  return draw_overlay(image, mask, style);
}

CasePicture draw_case(const Json& entry, const data::Sample& sample, const PredictedMask& predicted,
                      const DecodeOptions& decode) {
  const data::Pair pair = data::read_pair(sample, decode);
  cv::Mat prediction = predicted(sample, pair.image);
  cv::Mat image = pair.image;
  cv::Mat truth = pair.mask;
  if (image.cols > widest) {
    const int height = std::max(1, image.rows * widest / image.cols);
    image = resize_image(image, widest, height);
    truth = resize_mask(truth, widest, height);
    prediction = resize_mask(prediction, widest, height);
  }
  const cv::Mat picture = outlined(outlined(image, truth, truth_rgb), prediction, prediction_rgb);
  return {sample.name, entry["dice"].get<double>(), encode_jpeg(picture, jpeg_quality)};
}

}  // namespace

CasePictures draw_cases(const Json& result, const std::vector<data::Sample>& samples,
                        const PredictedMask& predicted, const DecodeOptions& decode) {
  std::map<std::string, const data::Sample*> by_name;
  for (const data::Sample& sample : samples) {
    by_name[sample.name] = &sample;
  }
  std::vector<const Json*> entries;
  for (const Json& entry : result["per_image"]) {
    entries.push_back(&entry);
  }
  std::stable_sort(entries.begin(), entries.end(), [](const Json* a, const Json* b) {
    return (*a)["dice"].get<double>() < (*b)["dice"].get<double>();
  });
  const auto draw = [&](const Json* entry) {
    return draw_case(*entry, *by_name.at((*entry)["image"].get<std::string>()), predicted, decode);
  };
  CasePictures cases;
  const std::size_t worst = std::min(most_cases, (entries.size() + 1) / 2);
  const std::size_t best = std::min(most_cases, entries.size() - worst);
  for (std::size_t i = 0; i < worst; ++i) {
    cases.worst.push_back(draw(entries[i]));
  }
  for (std::size_t i = 0; i < best; ++i) {
    cases.best.push_back(draw(entries[entries.size() - 1 - i]));
  }
  return cases;
}

}  // namespace bcnet::cli
