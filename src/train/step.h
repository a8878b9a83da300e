#pragma once

#include <torch/torch.h>

#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "data/batch.h"
#include "nn/communicator.h"
#include "nn/network.h"
#include "train/adamw.h"
#include "train/ema.h"
#include "train/gradient_sums.h"
#include "train/recipe.h"

namespace bcnet::train {

/// The parts of one step, in their order.
enum class StepPhase {
  forward,    ///< batch to tensors, network
  loss,       ///< every supervised output against its target
  backward,   ///< gradients
  optimizer,  ///< clipping and AdamW
  average,    ///< moving average of the weights
  other       ///< what is reported of the step
};

/// What a step reports, means over its batch, whichever processes that is in.
struct StepValues {
  std::int64_t images = 0;  ///< of the batch
  double loss = 0;
  /// Its terms, unweighted; 0 for an output that the network does not have.
  double final_mask = 0, location = 0, levels = 0, boundary = 0, presence = 0;
  std::vector<double> each_level;  ///< what levels is the sum of
  double dice = 0;                 ///< of the final mask
};

/// A loss or gradient that is not finite; what() says which of the two. All processes throw it.
class NotFinite : public std::runtime_error {
 public:
  NotFinite(const char* what, bool here) : std::runtime_error(what), here_(here) {}
  /// False where it came from another process's images.
  bool here() const { return here_; }

 private:
  bool here_;
};

/// One optimisation step of a network and all that it needs from step to step: optimiser and
/// averaged weights. Training and `bcnet bench` both run this one. Processes that share a batch out
/// each run it on their part, and stay alike: the step is that of one process with the whole batch.
class TrainStep {
 public:
  /// Brings the network to the device, in channels-last memory. compute_type: of
  /// convolutions and products, see nn::AutocastGuard. The network is the same in all processes
  /// of the communicator, which must outlive the step.
  TrainStep(std::shared_ptr<nn::SegmentationNetwork> network, const Recipe& recipe,
            const torch::Device& device, torch::ScalarType compute_type,
            nn::Communicator& communicator = nn::alone());

  /// Puts the network into training mode, freezes what the stage freezes and rounds where it
  /// trains for int8.
  void enter_stage(const StageRecipe& stage);
  /// Sets every rate to the stage's for its module, times a factor (see schedule_factor).
  void set_learning_rates(double factor);
  /// Those of the modules that learn, by module group (one of nn::module_groups).
  std::map<std::string, double> learning_rates() const;
  /// Forward, loss, backward, gradients averaged over the processes, clipping, optimiser, average.
  /// batch: this process's part, at least one image. Throws NotFinite before the weights change.
  StepValues run(data::Batch& batch);

  /// Calls observer at the beginning of each phase; an empty one ends that.
  void observe(std::function<void(StepPhase)> observer) { observer_ = std::move(observer); }

  AdamW& optimizer() { return optimizer_; }
  const AdamW& optimizer() const { return optimizer_; }
  Ema& average() { return average_; }
  const Ema& average() const { return average_; }

 private:
  void begin(StepPhase phase) const {
    if (observer_) {
      observer_(phase);
    }
  }

  nn::Communicator& communicator_;
  std::shared_ptr<nn::SegmentationNetwork> network_;
  torch::Device device_;
  torch::ScalarType compute_type_;
  nn::LossOptions loss_;
  double clip_norm_;
  bool local_norms_;
  StageRecipe stage_;
  AdamW optimizer_;
  GradientSums gradients_;
  Ema average_;
  std::function<void(StepPhase)> observer_;
};

}  // namespace bcnet::train
