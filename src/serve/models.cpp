#include "serve/models.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"

namespace bcnet::serve {

namespace {

SegmenterOptions segmenter_options(const ModelFile& file, const MaskOptions& options) {
  SegmenterOptions segmenter;
  segmenter.model = file.file;
  segmenter.threshold = options.threshold;
  segmenter.min_confidence = options.min_confidence;
  segmenter.whole_frame = options.whole_frame;
  return segmenter;
}

}  // namespace

Model::Model(const ModelFile& file, Engines engines, const MaskOptions& options)
    : name_(file.name),
      engines_(std::move(engines)),
      steps_(engines_.side_by_side, segmenter_options(file, options)),
      steps_alone_(engines_.alone, segmenter_options(file, options)) {}

void Model::infer(const std::vector<infer::Frame*>& frames, bool alone) const {
  (alone ? steps_alone_ : steps_).infer(frames);
}

Segmentation Model::finish(infer::Frame& frame, bool probability) const {
  Segmentation result;
  steps_.finish(frame, probability, result);
  return result;
}

std::vector<float> Model::run_tensor(const std::vector<float>& input, int batch) const {
  std::call_once(tensors_made_, [&] { tensors_ = engines_.tensors(); });
  const auto plane = static_cast<std::size_t>(description().input_height) *
                     static_cast<std::size_t>(description().input_width);
  std::vector<float> logits(static_cast<std::size_t>(batch) * plane);
  tensors_->run(input.data(), batch, logits.data());
  if (!std::all_of(logits.begin(), logits.end(), [](float v) { return std::isfinite(v); })) {
    throw Error(ErrorKind::model, info().file + ": output: found numbers that are not finite");
  }
  return logits;
}

Models::Models(std::vector<ModelFile> files, LoadEngines load, MaskOptions options)
    : files_(std::move(files)), load_(std::move(load)), options_(options) {}

void Models::load() {
  auto loaded = std::make_shared<Set>();
  for (const ModelFile& file : files_) {
    loaded->push_back(std::make_shared<const Model>(file, load_(file.file), options_));
  }
  const std::lock_guard lock(mutex_);
  set_ = std::move(loaded);
}

std::shared_ptr<const Models::Set> Models::current() const {
  const std::lock_guard lock(mutex_);
  return set_;
}

bool Models::loaded() const { return current() != nullptr; }

std::shared_ptr<const Model> Models::find(const std::string& name) const {
  const auto set = current();
  if (!set || set->empty()) {
    return nullptr;
  }
  if (name.empty()) {
    return set->front();
  }
  const auto found = std::find_if(set->begin(), set->end(),
                                  [&](const auto& model) { return model->name() == name; });
  return found == set->end() ? nullptr : *found;
}

std::vector<std::string> Models::names() const {
  std::vector<std::string> names;
  for (const ModelFile& file : files_) {
    names.push_back(file.name);
  }
  return names;
}

}  // namespace bcnet::serve
