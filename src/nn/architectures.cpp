#include "nn/architectures.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <type_traits>

#include "core/error.h"
#include "nn/option_reader.h"

namespace bcnet::nn {

namespace {

const char* name_of(const BcnetOptions&) { return "bcnet"; }
const char* name_of(const PranetOptions&) { return "pranet"; }
const char* name_of(const UnetOptions&) { return "unet"; }

std::shared_ptr<SegmentationNetwork> make(const BcnetOptions& o) {
  return std::make_shared<BcnetImpl>(o);
}
std::shared_ptr<SegmentationNetwork> make(const PranetOptions& o) {
  return std::make_shared<PranetImpl>(o);
}
std::shared_ptr<SegmentationNetwork> make(const UnetOptions& o) {
  return std::make_shared<UnetImpl>(o);
}

Json keys_of(const BcnetOptions& o) {
  return {{"backbone", o.backbone},
          {"channels", o.channels},
          {"boundary_channels", o.boundary_channels},
          {"boundary_join", o.boundary_join},
          {"acfim", o.acfim},
          {"gfim", o.gfim},
          {"bbem", o.bbem}};
}
Json keys_of(const PranetOptions& o) {
  return {{"backbone", o.backbone}, {"channels", o.channels}};
}
Json keys_of(const UnetOptions& o) { return {{"base", o.base}}; }

std::vector<std::string> groups_of(const BcnetOptions& o) {
  return o.bbem ? std::vector<std::string>{"backbone", "cfis", "bbem"}
                : std::vector<std::string>{"backbone", "cfis"};
}
std::vector<std::string> groups_of(const PranetOptions&) {
  return {"backbone", "decoder", "attention"};
}
std::vector<std::string> groups_of(const UnetOptions&) { return {"encoder", "decoder"}; }

SupervisedOutputs outputs_of(const BcnetOptions& o) { return {o.bbem, true, o.bbem}; }
SupervisedOutputs outputs_of(const PranetOptions&) { return {true, true, false}; }
SupervisedOutputs outputs_of(const UnetOptions&) { return {}; }

/// Choice is BackboneChoice, const or not.
template <typename Choice, typename Options>
Choice* choice_of(Options& options) {
  if constexpr (std::is_base_of_v<BackboneChoice, Options>) {
    return &options;
  } else {
    return nullptr;
  }
}

const std::vector<NetworkOptions>& all_defaults() {
  static const std::vector<NetworkOptions> all{BcnetOptions(), PranetOptions(), UnetOptions()};
  return all;
}

}  // namespace

std::vector<std::string> architecture_names() {
  std::vector<std::string> names;
  for (const auto& options : all_defaults()) {
    names.push_back(architecture_name(options));
  }
  return names;
}

std::string architecture_name(const NetworkOptions& options) {
  return std::visit([](const auto& o) { return std::string(name_of(o)); }, options);
}

NetworkOptions default_options(const std::string& architecture) {
  for (const auto& options : all_defaults()) {
    if (architecture_name(options) == architecture) {
      return options;
    }
  }
  throw Error(ErrorKind::usage, fmt::format("architecture: found '{}', allowed are {}",
                                            architecture, fmt::join(architecture_names(), ", ")));
}

std::shared_ptr<SegmentationNetwork> make_network(const NetworkOptions& options) {
  return std::visit([](const auto& o) { return make(o); }, options);
}

Json to_json(const NetworkOptions& options) {
  Json json = {{"name", architecture_name(options)}};
  json.update(std::visit([](const auto& o) { return keys_of(o); }, options));
  return json;
}

NetworkOptions network_options_from_json(const Json& json, const std::string& file) {
  OptionReader reader(json, file);
  const std::string name = reader.get_string({"name", "which network"}, "", architecture_names());
  if (name.empty()) {
    reader.fail("name",
                fmt::format("missing, allowed are {}", fmt::join(architecture_names(), ", ")));
  }
  NetworkOptions options = default_options(name);
  std::visit([&](auto& o) { read_options(reader, o); }, options);
  reader.finish();
  return options;
}

BackboneChoice* backbone_of(NetworkOptions& options) {
  return std::visit([](auto& o) { return choice_of<BackboneChoice>(o); }, options);
}

const BackboneChoice* backbone_of(const NetworkOptions& options) {
  return std::visit([](const auto& o) { return choice_of<const BackboneChoice>(o); }, options);
}

std::vector<std::string> module_groups(const NetworkOptions& options) {
  return std::visit([](const auto& o) { return groups_of(o); }, options);
}

SupervisedOutputs supervised_outputs(const NetworkOptions& options) {
  return std::visit([](const auto& o) { return outputs_of(o); }, options);
}

}  // namespace bcnet::nn
