#include "nn/losses.h"

#include <algorithm>

#include "nn/layers.h"

namespace bcnet::nn {

namespace {

constexpr double epsilon = 1e-6;

torch::Tensor sum_images(const torch::Tensor& x) { return x.flatten(1).sum(1); }

}  // namespace

torch::Tensor bce_iou_loss(const torch::Tensor& logits, const torch::Tensor& target,
                           const torch::Tensor& weights, bool per_image, IouTerm iou_term,
                           const BatchPart& part) {
  const auto x = logits.to(torch::kFloat32);
  auto bce = torch::binary_cross_entropy_with_logits(x, target, {}, {}, torch::Reduction::None);
  auto p = torch::sigmoid(x);
  auto t = target;
  auto both = p * target;
  if (weights.defined()) {
    bce = bce * weights;
    p = p * weights;
    t = target * weights;
    both = both * weights;
  }
  auto bce_sum = sum_images(bce);
  auto weight_sum = weights.defined()
                        ? sum_images(weights).clamp_min(epsilon)  // all of it may be left out
                        : torch::full_like(bce_sum, static_cast<double>(x[0].numel()));
  auto intersection = sum_images(both);
  auto all = sum_images(p) + sum_images(t);
  if (!per_image) {
    bce_sum = bce_sum.sum();
    weight_sum = weight_sum.sum();
    intersection = intersection.sum();
    all = all.sum();
    if (!part.is_whole()) {
      const auto sums =
          sum_over_all(torch::stack({bce_sum, weight_sum, intersection, all}), *part.communicator);
      bce_sum = sums[0];
      weight_sum = sums[1];
      intersection = sums[2];
      all = sums[3];
    }
  }
  auto iou = (intersection + epsilon) / (all - intersection + epsilon);
  if (per_image) {
    // With nothing to find the ratio is about 0 whatever is predicted: the background's stands
    // for it, which a prediction of nothing makes 1.
    const auto background = (weight_sum - all + intersection) / weight_sum;
    iou = torch::where(sum_images(target) > 0, iou, background + epsilon);
  }
  const auto disagreement = iou_term == IouTerm::log ? -torch::log(iou) : 1 - iou;
  const auto mean = (bce_sum / weight_sum + disagreement).mean();
  return per_image && part.share() != 1 ? mean * part.share() : mean;
}

torch::Tensor presence_loss(const torch::Tensor& logits, const torch::Tensor& target) {
  constexpr int pooling = 4;
  constexpr std::int64_t share = 200;
  const auto pooled = torch::avg_pool2d(logits.to(torch::kFloat32), pooling).flatten(1);
  const auto count = std::max<std::int64_t>(1, pooled.size(1) / share);
  const auto highest = std::get<0>(pooled.topk(count, 1)).mean(1);
  const auto shown = (sum_images(target) > 0).to(torch::kFloat32);
  return torch::binary_cross_entropy_with_logits(highest, shown);
}

LossTerms network_loss(const NetworkOutputs& outputs, const Targets& targets,
                       const LossOptions& options, const BatchPart& part) {
  const auto term = [&](const torch::Tensor& map, const torch::Tensor& target,
                        const torch::Tensor& weights) {
    return bce_iou_loss(resize_like(map.to(torch::kFloat32), target), target, weights,
                        options.per_image, options.iou_term, part);
  };
  const auto coarse = [&](const torch::Tensor& target) {
    return options.auxiliary_stride > 1 && target.defined()
               ? torch::avg_pool2d(target, options.auxiliary_stride)
               : target;
  };
  LossTerms terms;
  const auto final_mask = term(outputs.logits, targets.mask, targets.edge_weights);
  terms.total = options.final_mask * final_mask;
  terms.final_mask = final_mask.detach();
  const auto none = torch::zeros_like(terms.final_mask);
  terms.presence = none;
  if (options.presence > 0) {
    auto presence = presence_loss(outputs.logits, targets.mask);
    if (part.share() != 1) {
      presence = presence * part.share();
    }
    terms.total = terms.total + options.presence * presence;
    terms.presence = presence.detach();
  }
  const auto mask = coarse(targets.mask);
  const auto weights = coarse(targets.edge_weights);
  terms.location = none;
  if (outputs.location.defined()) {
    const auto location = term(outputs.location, mask, weights);
    terms.total = terms.total + options.location * location;
    terms.location = location.detach();
  }
  terms.levels = none;
  if (!outputs.levels.empty()) {
    auto levels = none;
    for (const auto& level : outputs.levels) {
      const auto one = term(level, mask, weights);
      levels = levels + one;
      terms.each_level.push_back(one.detach());
    }
    terms.total = terms.total + options.levels * levels;
    terms.levels = levels.detach();
  }
  terms.boundary = none;
  if (outputs.boundary.defined()) {
    const auto boundary = term(outputs.boundary, coarse(targets.boundary), {});
    terms.total = terms.total + options.boundary * boundary;
    terms.boundary = boundary.detach();
  }
  return terms;
}

}  // namespace bcnet::nn
