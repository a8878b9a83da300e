#pragma once

#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

namespace bcnet::train {

struct AdamWOptions {
  double weight_decay = 0.01;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
};

/// AdamW (Loshchilov and Hutter, ICLR 2019) with a learning rate and a count of steps for each
/// parameter, as torch.optim has it: one that was frozen begins with moments of no steps. Its state
/// has names and can be saved and restored bit for bit.
class AdamW {
 public:
  struct Parameter {
    std::string name;
    torch::Tensor tensor;
    bool decay = true;
    double learning_rate = 0.0;    ///< set before each step
    bool frozen = false;           ///< stays as it is, and so do its moments
    torch::Tensor mean, variance;  ///< first and second moment of the gradient
    std::int64_t steps = 0;        ///< that it took part in
  };

  AdamW(std::vector<Parameter> parameters, const AdamWOptions& options);

  std::vector<Parameter>& parameters() { return parameters_; }
  const std::vector<Parameter>& parameters() const { return parameters_; }
  void zero_grad();
  /// L2 norm of all gradients; where it is larger than max_norm (0: never), the next step takes
  /// them scaled down to it.
  double clip_gradients(double max_norm);
  void step();

  std::int64_t steps() const { return steps_; }
  /// Moments by "mean.NAME" and "variance.NAME", the parameter's own steps by "steps.NAME".
  std::map<std::string, torch::Tensor> state() const;
  /// Restores what state() gave, and that of version 0.1 before parameters had steps of their own:
  /// there one has taken part in all of them, or, without a second moment, in none.
  void restore(const std::map<std::string, torch::Tensor>& state, std::int64_t steps);

 private:
  std::vector<Parameter> parameters_;
  AdamWOptions options_;
  std::int64_t steps_ = 0;       ///< of the whole run
  double gradient_scale_ = 1.0;  ///< of the next step
};

}  // namespace bcnet::train
