#include "nn/bcnet.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/error.h"

namespace bcnet::nn {

Json to_json(const BcnetOptions& options) {
  return {{"name", "bcnet"},
          {"backbone", options.backbone},
          {"channels", options.channels},
          {"boundary_channels", options.boundary_channels},
          {"boundary_join", options.boundary_join}};
}

BcnetOptions bcnet_options_from_json(const Json& json, const std::string& file) {
  const auto fail = [&](const std::string& what) {
    throw Error(ErrorKind::model, file + ": architecture: " + what);
  };
  if (!json.is_object()) {
    fail("found '" + json_line(json) + "', an object is expected");
  }
  if (json.value("name", Json()) != "bcnet") {
    fail("found name " + json_line(json.value("name", Json())) + ", allowed is \"bcnet\"");
  }
  const std::set<std::string> known{"name", "backbone", "channels", "boundary_channels",
                                    "boundary_join"};
  for (const auto& item : json.items()) {
    if (known.count(item.key()) == 0) {
      fail("unknown key '" + item.key() + "'");
    }
  }
  BcnetOptions options;
  if (json.contains("backbone")) {
    const auto names = backbone_names();
    const Json& value = json["backbone"];
    if (!value.is_string() ||
        std::find(names.begin(), names.end(), value.get<std::string>()) == names.end()) {
      fail(fmt::format("backbone: found {}, allowed are {}", json_line(value),
                       fmt::join(names, ", ")));
    }
    options.backbone = value.get<std::string>();
  }
  const auto width = [&](const char* key, std::int64_t fallback) {
    if (!json.contains(key)) {
      return fallback;
    }
    const Json& value = json[key];
    if (!value.is_number_integer() || value.get<std::int64_t>() < 8 ||
        value.get<std::int64_t>() > 1024) {
      fail(fmt::format("{}: found {}, allowed is 8..1024", key, json_line(value)));
    }
    return value.get<std::int64_t>();
  };
  options.channels = width("channels", options.channels);
  options.boundary_channels = width("boundary_channels", options.boundary_channels);
  if (json.contains("boundary_join")) {
    const Json& value = json["boundary_join"];
    if (value != 1 && value != 3) {
      fail(fmt::format("boundary_join: found {}, allowed are 1, 3", json_line(value)));
    }
    options.boundary_join = value.get<std::int64_t>();
  }
  return options;
}

BcnetImpl::BcnetImpl(const BcnetOptions& o) : options(o) {
  BackboneOptions backbone_options;
  backbone_options.drop_path_rate = o.drop_path_rate;
  backbone = register_module("backbone", make_backbone(o.backbone, backbone_options));
  const auto widths = backbone->channels();
  const auto reduce = [&](const char* name, std::int64_t in) {
    return register_module(name, ConvBnRelu(ConvBnReluOptions(in, o.channels, 1)));
  };
  reduce3 = reduce("reduce3", widths[1]);
  reduce4 = reduce("reduce4", widths[2]);
  reduce5 = reduce("reduce5", widths[3]);
  acfim3 = register_module("acfim3", Acfim(AcfimOptions(o.channels)));
  acfim4 = register_module("acfim4", Acfim(AcfimOptions(o.channels)));
  acfim5 = register_module("acfim5", Acfim(AcfimOptions(o.channels)));
  gfim4 = register_module("gfim4", Gfim(GfimOptions(o.channels)));
  gfim3 = register_module("gfim3", Gfim(GfimOptions(o.channels)));
  level3_head = register_module("level3_head", map_head(o.channels));
  level4_head = register_module("level4_head", map_head(o.channels));
  level5_head = register_module("level5_head", map_head(o.channels));
  location_head = register_module("location_head", map_head(o.channels));
  bbem = register_module(
      "bbem", Bbem(BbemOptions(widths[0], o.channels, o.boundary_channels, o.boundary_join)));
  mask_head = register_module("mask_head", map_head(o.boundary_channels));
}

BcnetOutputs BcnetImpl::forward(const torch::Tensor& x) {
  const auto features = backbone->forward(x);
  const auto f3 = reduce3(features[1]);
  const auto f4 = reduce4(features[2]);
  const auto f5 = reduce5(features[3]);

  // Keys come from the coarser neighbour where there is one: at most (H/16)·(W/16) of them.
  const auto a3 = acfim3(f3, f4, f5);
  const auto a4 = acfim4(f4, f5, f3);
  const auto a5 = acfim5(f5, f4, f3);
  const auto deep = gfim3(gfim4(a5, a4), a3);

  BcnetOutputs out;
  out.levels = {level3_head(a3), level4_head(a4), level5_head(a5)};
  out.location = location_head(deep);
  const auto edges = bbem(features[0], deep, out.location);
  out.boundary = edges.boundary;
  // BBEM corrects the location: the final mask starts from it.
  const auto mask = mask_head(edges.feature) + resize_like(out.location, edges.feature);
  out.logits = resize_like(mask, x);
  return out;
}

torch::Tensor BcnetImpl::predict(const torch::Tensor& x) { return forward(x).logits; }

std::string module_group(const std::string& name) {
  const auto starts = [&](const char* prefix) { return name.rfind(prefix, 0) == 0; };
  if (starts("backbone.")) {
    return "backbone";
  }
  return starts("bbem.") || starts("mask_head.") ? "bbem" : "cfis";
}

void to_channels_last(torch::nn::Module& module) {
  torch::NoGradGuard no_grad;
  for (auto& parameter : module.parameters()) {
    if (parameter.dim() == 4) {
      parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
    }
  }
}

std::int64_t count_parameters(const torch::nn::Module& module) {
  std::int64_t count = 0;
  for (const auto& parameter : module.parameters()) {
    count += parameter.numel();
  }
  return count;
}

}  // namespace bcnet::nn
