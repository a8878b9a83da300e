#include "evaluate/calibrate.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <opencv2/core.hpp>

#include "data/pair.h"
#include "evaluate/each_sample.h"
#include "evaluate/json.h"
#include "image/rgb_view.h"
#include "infer/logits.h"
#include "metrics/froc.h"
#include "metrics/platt.h"
#include "metrics/temperature.h"

namespace bcnet::evaluate {

namespace {

/// The mean probabilities of what was found on a polyp and on none.
struct FoundMeans {
  std::vector<double> right;
  std::vector<double> wrong;

  bool enough() const { return std::min(right.size(), wrong.size()) >= metrics::platt_least; }
};

/// All pixels but those that the mask leaves out.
void add_pixels(const cv::Mat& logits, const data::Pair& pair, metrics::TemperatureFit& fit) {
  std::vector<float> counted;
  std::vector<std::uint8_t> truth;
  for (int y = 0; y < pair.mask.rows; ++y) {
    for (int x = 0; x < pair.mask.cols; ++x) {
      if (pair.ignored.empty() || pair.ignored.at<std::uint8_t>(y, x) == 0) {
        counted.push_back(logits.at<float>(y, x));
        truth.push_back(pair.mask.at<std::uint8_t>(y, x));
      }
    }
  }
  if (!truth.empty()) {
    fit.add_image(counted.data(), truth.data(), truth.size());
  }
}

/// What lies in the image, by probabilities at the temperature.
void add_findings(cv::Mat logits, const data::Pair& pair, float threshold, float temperature,
                  FoundMeans& found_means) {
  infer::sigmoid(logits, temperature);
  if (!pair.ignored.empty()) {
    logits.setTo(0, pair.ignored);
  }
  const cv::Mat truth = pair.mask.isContinuous() ? pair.mask : pair.mask.clone();
  const metrics::Detections found =
      metrics::match_findings(logits.ptr<float>(), threshold, {truth.data, truth.cols, truth.rows});
  const auto append = [](const std::vector<double>& more, std::vector<double>& all) {
    all.insert(all.end(), more.begin(), more.end());
  };
  append(found.true_findings, found_means.right);
  append(found.false_findings, found_means.wrong);
}

TemperatureFigures figures_at(const metrics::TemperatureFit& fit, double temperature) {
  const metrics::Reliability reliability = fit.reliability(temperature);
  return {temperature, fit.loss(temperature), reliability.expected_error(), reliability.brier()};
}

Json to_json(const TemperatureFigures& figures) {
  return {{"temperature", figures.temperature},
          {"nll", figures.nll},
          {"ece", figures.ece},
          {"brier", figures.brier}};
}

Json regions_json(const CalibrationFit& calibration) {
  Json json = {{"on_a_polyp", calibration.findings_on_a_polyp},
               {"on_none", calibration.findings_on_none},
               {"slope", nullptr},
               {"intercept", nullptr}};
  if (calibration.regions) {
    json["slope"] = calibration.regions->slope;
    json["intercept"] = calibration.regions->intercept;
  }
  return json;
}

}  // namespace

CalibrationFit calibrate(infer::Engine& engine, const std::vector<data::Sample>& samples,
                         const CalibrateSettings& settings) {
  const ModelDescription& description = engine.description();
  const bool cut = description.field_of_view && !settings.whole_frame;
  const auto each_pair = [&](const char* title, std::vector<Failure>& failed,
                             const std::function<void(const cv::Mat&, const data::Pair&)>& use) {
    each_sample(title, samples, 1, false, settings.progress, failed,
                [&](const data::Sample& sample, Progress& steps) {
                  const data::Pair whole = data::read_pair(sample, settings.decode);
                  const data::Pair pair = cut ? data::cut_to_field(whole) : whole;
                  use(infer::image_logits(engine, rgb_view(pair.image), settings.model), pair);
                  steps.advance();
                });
  };
  CalibrationFit result;
  metrics::TemperatureFit fit;
  each_pair("temperature", result.failed,
            [&](const cv::Mat& logits, const data::Pair& pair) { add_pixels(logits, pair, fit); });
  const auto temperature = static_cast<float>(fit.fit());
  // Means of probabilities are of that temperature, which all images together gave.
  FoundMeans found;
  std::vector<Failure> told_already;
  each_pair("regions", told_already, [&](const cv::Mat& logits, const data::Pair& pair) {
    add_findings(logits, pair, description.threshold, temperature, found);
  });
  if (found.enough()) {
    result.regions = metrics::fit_platt(found.right, found.wrong);
  }
  result.images = samples.size() - result.failed.size();
  result.before = figures_at(fit, description.temperature);
  result.after = figures_at(fit, temperature);
  result.findings_on_a_polyp = found.right.size();
  result.findings_on_none = found.wrong.size();
  return result;
}

Json to_json(const CalibrationFit& calibration) {
  return {{"images", calibration.images},
          {"before", to_json(calibration.before)},
          {"after", to_json(calibration.after)},
          {"regions", regions_json(calibration)},
          {"failed", to_json(calibration.failed)}};
}

}  // namespace bcnet::evaluate
