#include "evaluate/image_score.h"

#include "data/mask.h"

namespace bcnet::evaluate {

namespace {

metrics::MaskView view(const cv::Mat& mask) { return {mask.data, mask.cols, mask.rows}; }

}  // namespace

FieldScore field_score(const cv::Mat& mask, const cv::Mat& truth, const std::vector<double>& map,
                       const data::Sample& sample, const DecodeOptions& decode) {
  const cv::Mat pranet_truth = data::read_mask(sample, decode, MaskRule::above_half);
  const auto findings = metrics::match_lesions(view(mask), view(truth));
  return {metrics::pranet_score(map, view(pranet_truth)),
          metrics::boundary_score(view(mask), view(truth)),
          findings.size() - metrics::count_met(findings)};
}

}  // namespace bcnet::evaluate
