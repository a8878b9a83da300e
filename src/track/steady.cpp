#include "track/steady.h"

#include <opencv2/imgproc.hpp>

namespace bcnet::track {

namespace {

/// Below every threshold: sigmoid gives 0 at any temperature.
constexpr float never = -1e4F;

}  // namespace

Steady::Steady(const infer::FrameSteps& steps, const SteadyOptions& options)
    : steps_(steps),
      smoother_(options.smoothing),
      tracker_({options.min_duration, options.max_gap}) {}

void Steady::hide_outside(const Field& field, cv::Mat& logits) {
  if (field.version != field_version_ || outside_.size() != logits.size()) {
    field_version_ = field.version;
    outside_.create(logits.size(), CV_8UC1);
    outside_.setTo(field.outline.empty() ? 0 : 255);
    if (!field.outline.empty()) {
      std::vector<cv::Point> corners;
      for (const cv::Point2f& at : field.outline) {
        corners.emplace_back(cvRound(at.x * static_cast<float>(logits.cols - 1)),
                             cvRound(at.y * static_cast<float>(logits.rows - 1)));
      }
      cv::fillConvexPoly(outside_, corners, cv::Scalar(0));
    }
    fills_box_ = cv::countNonZero(outside_) == 0;
  }
  if (!fills_box_) {
    logits.setTo(never, outside_);
  }
}

void Steady::finish(infer::Frame& frame, const Field& field, std::int64_t number, double seconds,
                    Segmentation& result, std::vector<Finding>& findings) {
  const cv::Mat rgb(frame.logits.size(), CV_8UC3, frame.input.data());
  const Motion& motion = finder_.next(rgb);
  smoother_.smooth(motion, std::max(0.0, seconds - seconds_), frame.logits);
  seconds_ = seconds;
  hide_outside(field, frame.logits);
  steps_.finish(frame, result);
  tracker_.next(motion, frame.field, field.outline, number, seconds, result, findings);
}

void Steady::reset() { finder_.reset(); }

}  // namespace bcnet::track
