#include "bcnet/segmenter.h"

#include <string>
#include <utility>

#include "infer/frame_steps.h"
#include "infer/make_segmenter.h"
#include "infer/model_path.h"
#include "infer/openvino_engine.h"

namespace bcnet {

namespace infer {

Segmenter make_segmenter(std::shared_ptr<Engine> engine, const SegmenterOptions& options) {
  return Segmenter(std::make_unique<FrameSteps>(std::move(engine), options));
}

}  // namespace infer

namespace {

std::shared_ptr<infer::Engine> load(const SegmenterOptions& options) {
  const infer::EngineOptions engine{options.model,     options.device, options.threads,
                                    options.precision, options.mode,   options.cache};
  if (!options.model_bytes) {
    return infer::make_openvino_engine(engine);
  }
  return infer::make_openvino_engine(std::string(*options.model_bytes), engine);
}

Segmenter load_segmenter(SegmenterOptions options) {
  if (options.model.empty()) {
    options.model = options.model_bytes ? "model in memory" : infer::find_model({});
  }
  return infer::make_segmenter(load(options), options);
}

}  // namespace

Workspace::Workspace() = default;
Workspace::~Workspace() = default;
Workspace::Workspace(Workspace&&) noexcept = default;
Workspace& Workspace::operator=(Workspace&&) noexcept = default;

Segmenter::Segmenter(const SegmenterOptions& options) : Segmenter(load_segmenter(options)) {}

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

void Segmenter::segment(const ImageView& image, bool probability, Workspace& workspace,
                        Segmentation& result) const {
  if (!workspace.frame_) {  // new, or moved from
    workspace.frame_ = std::make_unique<infer::Frame>();
  }
  infer::Frame& frame = *workspace.frame_;
  steps_->prepare(image, image.width, image.height, frame);
  steps_->infer(frame);
  steps_->finish(frame, probability, result);
}

const ModelInfo& Segmenter::model_info() const noexcept { return steps_->info(); }

}  // namespace bcnet
