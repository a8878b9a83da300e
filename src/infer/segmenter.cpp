#include "bcnet/segmenter.h"

#include <utility>

#include "infer/frame_steps.h"
#include "infer/make_segmenter.h"
#include "infer/openvino_engine.h"

namespace bcnet {

namespace infer {

Segmenter make_segmenter(std::shared_ptr<Engine> engine, const SegmenterOptions& options) {
  return Segmenter(std::make_unique<FrameSteps>(std::move(engine), options));
}

}  // namespace infer

Segmenter::Segmenter(const SegmenterOptions& options)
    : Segmenter(infer::make_segmenter(
          infer::make_openvino_engine({options.model, options.device, options.threads,
                                       options.precision, options.mode, options.cache}),
          options)) {}

Segmenter::Segmenter(std::unique_ptr<infer::FrameSteps> steps) : steps_(std::move(steps)) {}
Segmenter::~Segmenter() = default;
Segmenter::Segmenter(Segmenter&&) noexcept = default;
Segmenter& Segmenter::operator=(Segmenter&&) noexcept = default;

Segmentation Segmenter::segment(const ImageView& image) const {
  return segment(image, image.width, image.height);
}

Segmentation Segmenter::segment(const ImageView& image, int width, int height) const {
  infer::Frame frame;
  Segmentation result;
  steps_->prepare(image, width, height, frame);
  steps_->infer(frame);
  steps_->finish(frame, result);
  return result;
}

const ModelInfo& Segmenter::model_info() const noexcept { return steps_->info(); }

}  // namespace bcnet
