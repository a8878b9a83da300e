#pragma once

#include <torch/torch.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/progress.h"
#include "data/loader.h"
#include "nn/communicator.h"
#include "nn/network.h"

namespace bcnet::train {

/// One image of the validation part.
struct ValidatedImage {
  std::string name;
  double dice = 0;
  double iou = 0;
  double polyp_percent = 0;            ///< of the picture, by its mask
  std::optional<std::string> outline;  ///< what was found, where it is kept as a picture
};

struct ValidationResult {
  double mean_dice = 0.0;
  double mean_iou = 0.0;
  std::vector<ValidatedImage> images;  ///< in the order of the samples
};

/// Runs a network over the validation part at one size: masks are resized to the network's
/// input, threshold 0.5, Dice and IoU of each image, then the mean. In float32, as `bcnet eval`
/// measures, whatever the training computes in. Several processes share the images out.
class Validator {
 public:
  /// options: of one process by itself. communicator must outlive the validator.
  Validator(std::vector<data::Sample> samples, const data::LoaderOptions& options,
            nn::Communicator& communicator = nn::alone());

  /// network is put into evaluation mode and left there. Every process calls it and gets the
  /// result of all images. Throws Error(data) in all for a file that one cannot read.
  ValidationResult run(nn::SegmentationNetwork& network, const torch::Device& device,
                       ProgressObserver* observer);

 private:
  nn::Communicator& communicator_;
  data::LoaderOptions options_;  ///< this process's
  data::Loader loader_;
};

/// A batch's pixels as a [N,3,H,W] channels-last tensor on the device; no copy on the CPU, so
/// the batch must outlive it.
torch::Tensor images_of(data::Batch& batch, const torch::Device& device);

/// One of a batch's planes (masks, boundaries, edge weights) as [N,1,H,W]; undefined where
/// the plane is empty.
torch::Tensor plane_of(data::Batch& batch, std::vector<float>& plane, const torch::Device& device);

}  // namespace bcnet::train
