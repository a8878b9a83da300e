#include "video/frame_finder.h"

#include <cmath>

#include "image/rgb_view.h"

namespace bcnet::video {

namespace {

/// The same part of the smaller picture that the network's input is made of.
track::FieldOptions reduced(track::FieldOptions field, const cv::Size& from, const cv::Size& to) {
  if (field.roi) {
    const double x = static_cast<double>(to.width) / from.width;
    const double y = static_cast<double>(to.height) / from.height;
    const auto at = [](double value) { return static_cast<int>(std::lround(value)); };
    field.roi = cv::Rect(cv::Point(at(field.roi->x * x), at(field.roi->y * y)),
                         cv::Point(at(field.roi->br().x * x), at(field.roi->br().y * y)));
  }
  return field;
}

}  // namespace

FrameFinder::FrameFinder(const infer::FrameSteps& steps, const cv::Size& size,
                         const FinderOptions& options)
    : steps_(steps),
      follower_(
          reduced(options.field, size,
                  YuvToRgb::size_of(size, steps.info().input_width, steps.info().input_height))),
      steady_(steps, options.steady) {}

void FrameFinder::prepare(const VideoFrame& frame, FrameWork& work) {
  const ModelInfo& model = steps_.info();
  const YuvImage& picture = frame.picture;
  const ImageView view = rgb_view(to_rgb_.convert(picture, model.input_width, model.input_height));
  work.field = follower_.next(view, frame.seconds);
  steps_.prepare(view, work.field.box, picture.y.cols, picture.y.rows, work.frame);
}

void FrameFinder::finish(const VideoFrame& frame, FrameWork& work, Segmentation& found,
                         std::vector<track::Finding>& findings) {
  steady_.finish(work.frame, work.field, frame.number, frame.seconds, found, findings);
}

}  // namespace bcnet::video
