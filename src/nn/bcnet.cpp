#include "nn/bcnet.h"

namespace bcnet::nn {

BcnetImpl::BcnetImpl(const BcnetOptions& o) : options(o) {
  backbone = register_module("backbone", make_backbone(o.backbone, o));
  const auto widths = backbone->channels();
  const auto reduce = [&](const char* name, std::int64_t in) {
    return register_module(name, ConvBnRelu(ConvBnReluOptions(in, o.channels, 1)));
  };
  reduce3 = reduce("reduce3", widths[1]);
  reduce4 = reduce("reduce4", widths[2]);
  reduce5 = reduce("reduce5", widths[3]);
  if (o.acfim != "none") {
    AcfimOptions attention(o.channels);
    attention.background = o.acfim != "foreground";
    attention.normalized = o.acfim != "unnormalized";
    acfim3 = register_module("acfim3", Acfim(attention));
    acfim4 = register_module("acfim4", Acfim(attention));
    acfim5 = register_module("acfim5", Acfim(attention));
  }
  if (o.gfim) {
    gfim4 = register_module("gfim4", Gfim(GfimOptions(o.channels)));
    gfim3 = register_module("gfim3", Gfim(GfimOptions(o.channels)));
  }
  level3_head = register_module("level3_head", map_head(o.channels));
  level4_head = register_module("level4_head", map_head(o.channels));
  level5_head = register_module("level5_head", map_head(o.channels));
  location_head = register_module("location_head", map_head(o.channels));
  if (o.bbem) {
    bbem = register_module(
        "bbem", Bbem(BbemOptions(widths[0], o.channels, o.boundary_channels, o.boundary_join)));
    mask_head = register_module("mask_head", map_head(o.boundary_channels));
  }
}

NetworkOutputs BcnetImpl::forward(const torch::Tensor& x) {
  const auto features = backbone->forward(x);
  const auto f3 = reduce3(features[1]);
  const auto f4 = reduce4(features[2]);
  const auto f5 = reduce5(features[3]);

  // Keys come from the coarser neighbour where there is one: at most (H/16)·(W/16) of them.
  const auto a3 = acfim3 ? acfim3(f3, f4, f5) : f3;
  const auto a4 = acfim4 ? acfim4(f4, f5, f3) : f4;
  const auto a5 = acfim5 ? acfim5(f5, f4, f3) : f5;
  const auto integrate = [](Gfim& gfim, const torch::Tensor& deep, const torch::Tensor& shallow) {
    return gfim ? gfim(deep, shallow) : resize_like(deep, shallow) + shallow;
  };
  const auto deep = integrate(gfim3, integrate(gfim4, a5, a4), a3);

  NetworkOutputs out;
  out.levels = {level3_head(a3), level4_head(a4), level5_head(a5)};
  const auto location = location_head(deep);
  if (!bbem) {
    out.logits = resize_like(location, x);
    return out;
  }
  out.location = location;
  const auto edges = bbem(features[0], deep, location);
  out.boundary = edges.boundary;
  // BBEM corrects the location: the final mask starts from it.
  const auto mask = mask_head(edges.feature) + resize_like(location, edges.feature);
  out.logits = resize_like(mask, x);
  return out;
}

std::string BcnetImpl::group_of(const std::string& parameter) const {
  const auto starts = [&](const char* prefix) { return parameter.rfind(prefix, 0) == 0; };
  if (starts("backbone.")) {
    return "backbone";
  }
  return starts("bbem.") || starts("mask_head.") ? "bbem" : "cfis";
}

}  // namespace bcnet::nn
