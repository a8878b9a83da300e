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

const infer::FrameSteps& Segmenter::loaded() const {
  if (!steps_) {
    const std::string message = "segmenter: found one without a model: it was moved from";
    throw Error(ErrorKind::usage, message, ErrorReason::other, message);
  }
  return *steps_;
}

Segmentation Segmenter::segment(const ImageView& image) const {
  return segment(image, image.width, image.height);
}

Segmentation Segmenter::segment(const ImageView& image, int width, int height) const {
  const infer::FrameSteps& steps = loaded();
  infer::Frame frame;
  Segmentation result;
  steps.prepare(image, width, height, frame);
  steps.infer(frame);
  steps.finish(frame, result);
  return result;
}

void Segmenter::segment(const ImageView& image, bool probability, Workspace& workspace,
                        Segmentation& result) const {
  const infer::FrameSteps& steps = loaded();
  if (!workspace.frame_) {  // new, or moved from
    workspace.frame_ = std::make_unique<infer::Frame>();
  }
  infer::Frame& frame = *workspace.frame_;
  steps.prepare(image, image.width, image.height, frame);
  steps.infer(frame);
  steps.finish(frame, probability, result);
}

const ModelInfo& Segmenter::model_info() const { return loaded().info(); }

}  // namespace bcnet
