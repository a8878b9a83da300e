#include "evaluate/pictures.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "core/error.h"
#include "data/mask.h"
#include "data/pair.h"
#include "evaluate/outlined_picture.h"
#include "report/cases.h"

namespace bcnet::evaluate {

namespace {

constexpr int widest = 480;

/// Masks can be measured without their images: a black one stands for one that cannot be read.
data::Pair read_case(const data::Sample& sample, const DecodeOptions& decode) {
  try {
    return data::read_pair(sample, decode);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) {
      throw;
    }
    const cv::Mat mask = data::read_mask(sample, decode).clone();
    return {cv::Mat(mask.size(), CV_8UC3, cv::Scalar::all(0)), mask};
  }
}

CasePicture draw_case(const ImageScore& image, const data::Sample& sample,
                      const PredictedMask& predicted, const DecodeOptions& decode) {
  const data::Pair pair = read_case(sample, decode);
  return {sample.name, metrics::dice(image.counts),
          outlined_picture(pair, predicted(sample, pair.image), report::prediction_colour, widest)};
}

}  // namespace

CasePictures draw_cases(const std::vector<ImageScore>& images,
                        const std::vector<data::Sample>& samples, const PredictedMask& predicted,
                        const DecodeOptions& decode) {
  std::map<std::string, const data::Sample*> by_name;
  for (const data::Sample& sample : samples) {
    by_name[sample.name] = &sample;
  }
  std::vector<double> dice;
  for (const ImageScore& image : images) {
    dice.push_back(metrics::dice(image.counts));
  }
  const auto draw = [&](std::size_t i) {
    return draw_case(images[i], *by_name.at(images[i].name), predicted, decode);
  };
  const report::Cases chosen = report::choose_cases(dice);
  CasePictures cases;
  std::transform(chosen.worst.begin(), chosen.worst.end(), std::back_inserter(cases.worst), draw);
  std::transform(chosen.best.begin(), chosen.best.end(), std::back_inserter(cases.best), draw);
  return cases;
}

}  // namespace bcnet::evaluate
