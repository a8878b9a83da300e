#include "nn/pranet.h"

namespace bcnet::nn {

namespace {

/// Looks at what the coarser map left out, and gives its correction: [N,1,h,w] on x's grid.
/// coarse: logits on the same grid.
torch::Tensor reverse_attention(std::vector<ConvBn>& branch, const torch::Tensor& x,
                                const torch::Tensor& coarse) {
  auto y = branch.front()(torch::sigmoid(-coarse) * x);
  for (std::size_t i = 1; i + 1 < branch.size(); ++i) {
    y = branch[i]->activated(y);
  }
  return branch.back()(y);
}

}  // namespace

PranetImpl::PranetImpl(const PranetOptions& o) : options(o) {
  backbone = register_module("resnet", make_backbone(o.backbone, o));
  const auto widths = backbone->channels();
  const auto field = [&](const char* name, std::int64_t in) {
    return register_module(name, ReceptiveFieldBlock(in, o.channels));
  };
  rfb2_1 = field("rfb2_1", widths[1]);
  rfb3_1 = field("rfb3_1", widths[2]);
  rfb4_1 = field("rfb4_1", widths[3]);
  agg1 = register_module("agg1", PartialDecoder(o.channels));
  const auto add = [&](std::vector<ConvBn>& branch, const std::string& name, std::int64_t in,
                       std::int64_t out, std::int64_t kernel) {
    const std::string number = std::to_string(branch.size() + 1);
    branch.push_back(
        register_module(name + "_conv" + number, ConvBn(ConvBnOptions(in, out, kernel))));
  };
  add(ra4, "ra4", widths[3], 256, 1);
  for (int i = 0; i < 3; ++i) {
    add(ra4, "ra4", 256, 256, 5);
  }
  add(ra4, "ra4", 256, 1, 1);
  const auto add_finer = [&](std::vector<ConvBn>& branch, const std::string& name,
                             std::int64_t in) {
    add(branch, name, in, 64, 1);
    add(branch, name, 64, 64, 3);
    add(branch, name, 64, 64, 3);
    add(branch, name, 64, 1, 3);
  };
  add_finer(ra3, "ra3", widths[2]);
  add_finer(ra2, "ra2", widths[1]);
}

NetworkOutputs PranetImpl::forward(const torch::Tensor& x) {
  const auto features = backbone->forward(x);
  const auto& f3 = features[1];
  const auto& f4 = features[2];
  const auto& f5 = features[3];
  NetworkOutputs out;
  out.location = agg1(rfb4_1(f5), rfb3_1(f4), rfb2_1(f3));

  const auto at5 = resize_like(out.location, f5);
  const auto map5 = reverse_attention(ra4, f5, at5) + at5;
  const auto at4 = resize_like(map5, f4);
  const auto map4 = reverse_attention(ra3, f4, at4) + at4;
  const auto at3 = resize_like(map4, f3);
  const auto map3 = reverse_attention(ra2, f3, at3) + at3;
  out.levels = {map4, map5};
  out.logits = resize_like(map3, x);
  return out;
}

std::string PranetImpl::group_of(const std::string& parameter) const {
  const auto starts = [&](const char* prefix) { return parameter.rfind(prefix, 0) == 0; };
  if (starts("resnet.")) {
    return "backbone";
  }
  return starts("ra2_") || starts("ra3_") || starts("ra4_") ? "attention" : "decoder";
}

}  // namespace bcnet::nn
