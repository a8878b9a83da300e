#pragma once

#include <cstdint>
#include <memory>
#include <opencv2/core.hpp>
#include <vector>

#include "bcnet/segmenter.h"
#include "infer/engine.h"
#include "infer/logits.h"
#include "infer/upsampled_logits.h"

namespace bcnet::infer {

/// One image on its way through a model. Whoever keeps it for the next image of the same size, and
/// the Segmentation too, takes no new memory for pixels, logits, mask and probabilities. One thread
/// at a time.
struct Frame {
  int width = 0;  ///< pixels of the picture that the result is of
  int height = 0;
  cv::Rect field;                   ///< of that picture, which the network sees; the rest is 0
  std::vector<std::uint8_t> input;  ///< [H,W,3] RGB of the network's size
  cv::Mat logits;                   ///< 32FC1 of the network's size
  double milliseconds = 0;          ///< that its steps took so far, without what lay between them

  // What the steps write on the way.
  InputBuffers buffers;
  UpsampledLogits upsampled;
  std::vector<float> strip;
};

/// What Segmenter::segment does, in three steps that a caller may spread over threads, each image
/// in a Frame of its own. Thread-safe but for the frame.
class FrameSteps {
 public:
  /// Of the options only threshold, min_confidence, whole_frame and probability count, and model as
  /// the file's name in messages. A model that was trained on whole images is shown whole images,
  /// whatever whole_frame says. Throws Error(usage) for a threshold outside (0,1) and a
  /// min_confidence outside [0,1).
  FrameSteps(std::shared_ptr<Engine> engine, const SegmenterOptions& options);

  /// Fills the frame's input from the image, for a result of width x height pixels. Throws
  /// Error(data) for a view that is no image, Error(usage) for a size below 1x1.
  void prepare(const ImageView& image, int width, int height, Frame& frame) const;

  /// The same where the field of view is known: field, in the image's pixels, whatever
  /// whole_frame() says. Throws Error(usage) for a field that is empty or not inside the image.
  void prepare(const ImageView& image, const cv::Rect& field, int width, int height,
               Frame& frame) const;

  /// input → logits. Throws Error(model) where they are not finite.
  void infer(Frame& frame) const;
  /// The same of several, computed together where the engine gains by it (Engine::batch_limit);
  /// each frame's time is its share. There is at least one.
  void infer(const std::vector<Frame*>& frames) const;

  /// logits → mask, regions and, where the options ask for it, probabilities.
  void finish(Frame& frame, Segmentation& result) const;

  /// The same, with probabilities or without them whatever the options ask for.
  void finish(Frame& frame, bool probability, Segmentation& result) const;

  const ModelInfo& info() const noexcept { return info_; }

  /// Whether all of an image is looked at, not its field of view alone.
  bool whole_frame() const noexcept { return whole_frame_; }

 private:
  void fill(const ImageView& image, const cv::Rect& field, int width, int height,
            Frame& frame) const;

  std::shared_ptr<Engine> engine_;
  bool with_probability_;
  bool whole_frame_;
  ModelInfo info_;
};

}  // namespace bcnet::infer
