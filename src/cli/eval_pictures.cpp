#include "cli/eval_pictures.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "data/pair.h"
#include "image/codec.h"
#include "image/geometry.h"
#include "image/overlay.h"
#include "report/cases.h"

namespace bcnet::cli {

namespace {

constexpr int widest = 480;
constexpr int jpeg_quality = 85;

// report::truth_colour and prediction_colour as RGB.
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
  const Json& entries = result["per_image"];
  std::vector<double> dice;
  for (const Json& entry : entries) {
    dice.push_back(entry["dice"].get<double>());
  }
  const auto draw = [&](std::size_t i) {
    return draw_case(entries[i], *by_name.at(entries[i]["image"].get<std::string>()), predicted,
                     decode);
  };
  const report::Cases chosen = report::choose_cases(dice);
  CasePictures cases;
  std::transform(chosen.worst.begin(), chosen.worst.end(), std::back_inserter(cases.worst), draw);
  std::transform(chosen.best.begin(), chosen.best.end(), std::back_inserter(cases.best), draw);
  return cases;
}

}  // namespace bcnet::cli
