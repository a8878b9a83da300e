#include "nn/backbones/blocks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "core/error.h"
#include "nn/communicator.h"

namespace bcnet::nn {

torch::Tensor drop_path(const torch::Tensor& branch, double rate, bool training) {
  if (!training || rate <= 0.0) {
    return branch;
  }
  const double keep = 1.0 - rate;
  // Drawn for the whole batch: every process draws the same.
  const auto& part = current_batch_part();
  const auto images = branch.size(0);
  const auto kept = torch::empty({part.is_whole() ? images : part.whole, 1, 1, 1},
                                 branch.options().dtype(torch::kFloat32))
                        .bernoulli_(keep)
                        .narrow(0, part.first, images);
  return branch * (kept / keep).to(branch.scalar_type());
}

void init_conv(torch::nn::Conv2dImpl& conv) {
  const auto& weight = conv.weight;
  const auto fan_out = weight.size(0) * weight.size(2) * weight.size(3) / conv.options.groups();
  torch::nn::init::normal_(weight, 0.0, std::sqrt(2.0 / static_cast<double>(fan_out)));
}

void check_backbone_input(const torch::Tensor& x) {
  if (x.dim() != 4 || x.size(1) != 3 || x.size(2) % 32 != 0 || x.size(3) % 32 != 0) {
    throw Error(ErrorKind::usage,
                fmt::format("network input: found shape [{}], allowed is [N,3,H,W] with H and W "
                            "multiples of 32",
                            fmt::join(x.sizes(), ",")));
  }
}

}  // namespace bcnet::nn
