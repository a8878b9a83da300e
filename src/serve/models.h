#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bcnet/segmenter.h"
#include "infer/engine.h"
#include "infer/frame_steps.h"
#include "infer/tensor_engine.h"

namespace bcnet::serve {

/// One model file, ready to run in the ways that a server needs.
struct Engines {
  std::shared_ptr<infer::Engine> alone;         ///< all threads on one image
  std::shared_ptr<infer::Engine> side_by_side;  ///< many images at a time
  /// On normalised numbers; made when the first such request comes. Empty: not possible.
  std::function<std::shared_ptr<infer::TensorEngine>()> tensors;
};

/// How a model file becomes engines. Throws Error(model).
using LoadEngines = std::function<Engines(const std::filesystem::path& file)>;

struct ModelFile {
  std::string name;  ///< by which clients call it
  std::filesystem::path file;
};

/// How masks are made of probabilities, as the flags of `predict` say.
struct MaskOptions {
  std::optional<float> threshold;
  std::optional<float> min_confidence;
  bool whole_frame = false;
};

/// A loaded model. All members are thread-safe.
class Model {
 public:
  Model(const ModelFile& file, Engines engines, const MaskOptions& options);

  const std::string& name() const noexcept { return name_; }
  const ModelDescription& description() const { return engines_.side_by_side->description(); }
  const ModelInfo& info() const noexcept { return steps_.info(); }
  /// How many images are worth gathering before one run, see infer::Engine.
  int batch_limit() const { return engines_.side_by_side->batch_limit(); }
  /// How many runs at a time give the most images a second.
  int parallel() const { return engines_.side_by_side->parallel(); }
  bool takes_tensors() const { return static_cast<bool>(engines_.tensors); }

  /// With all threads on one image.
  const infer::FrameSteps& steps() const noexcept { return steps_alone_; }

  void prepare(const ImageView& image, int width, int height, infer::Frame& frame) const {
    steps_.prepare(image, width, height, frame);
  }
  /// alone: nobody else wants the cores.
  void infer(const std::vector<infer::Frame*>& frames, bool alone) const;
  Segmentation finish(infer::Frame& frame, bool probability) const;

  /// input: [batch,3,H,W] normalised; gives batch·H·W logits. Throws Error(model).
  std::vector<float> run_tensor(const std::vector<float>& input, int batch) const;

 private:
  std::string name_;
  Engines engines_;
  infer::FrameSteps steps_;
  infer::FrameSteps steps_alone_;
  mutable std::once_flag tensors_made_;
  mutable std::shared_ptr<infer::TensorEngine> tensors_;
};

/// What is served now. Thread-safe.
class Models {
 public:
  using Set = std::vector<std::shared_ptr<const Model>>;

  Models(std::vector<ModelFile> files, LoadEngines load, MaskOptions options);

  /// Loads all of them and puts them in place of those before; throws Error where one cannot be
  /// loaded, and those before stay.
  void load();

  bool loaded() const;
  /// The first one where name is empty; null where there is none of this name, or none yet.
  std::shared_ptr<const Model> find(const std::string& name = {}) const;
  std::vector<std::string> names() const;

 private:
  std::shared_ptr<const Set> current() const;

  std::vector<ModelFile> files_;
  LoadEngines load_;
  MaskOptions options_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Set> set_;
};

}  // namespace bcnet::serve
