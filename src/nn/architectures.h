#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/json.h"
#include "nn/bcnet.h"
#include "nn/network.h"
#include "nn/pranet.h"
#include "nn/unet.h"

namespace bcnet::nn {

/// The options of any network; which of them is the architecture.
using NetworkOptions = std::variant<BcnetOptions, PranetOptions, UnetOptions>;

/// "bcnet", "pranet", "unet".
std::vector<std::string> architecture_names();
std::string architecture_name(const NetworkOptions& options);

/// The defaults of an architecture. Throws Error(usage) for an unknown name.
NetworkOptions default_options(const std::string& architecture);

/// A network with random weights, in training mode.
std::shared_ptr<SegmentationNetwork> make_network(const NetworkOptions& options);

/// The options as they stand in a model file's description, the architecture's name first, and
/// back. What only training needs is left out. from_json throws Error(model) for unknown
/// architectures, keys and values out of range; file is for the message.
Json to_json(const NetworkOptions& options);
NetworkOptions network_options_from_json(const Json& json, const std::string& file);

/// Which backbone, and its own options; null for a network without one.
BackboneChoice* backbone_of(NetworkOptions& options);
const BackboneChoice* backbone_of(const NetworkOptions& options);

/// The groups that parameters fall into, see SegmentationNetwork::group_of.
std::vector<std::string> module_groups(const NetworkOptions& options);

/// What training supervises beside the final mask.
struct SupervisedOutputs {
  bool location = false, levels = false, boundary = false;
};
SupervisedOutputs supervised_outputs(const NetworkOptions& options);

// The keys of each network's options with what they allow, the same in recipes and in model files:
// Reader is TomlReader or OptionReader.

template <typename Reader>
void read_options(Reader& reader, BcnetOptions& o) {
  o.backbone = reader.get_string("backbone", o.backbone, backbone_names());
  o.channels = reader.get_integer("channels", o.channels, 8, 1024);
  o.boundary_channels = reader.get_integer("boundary_channels", o.boundary_channels, 8, 1024);
  o.boundary_join = reader.get_integer("boundary_join", o.boundary_join, 1, 3);
  if (o.boundary_join == 2) {
    reader.fail("boundary_join", "found 2, allowed are 1, 3");
  }
  o.acfim = reader.get_string("acfim", o.acfim, {"full", "foreground", "unnormalized", "none"});
  o.gfim = reader.get_bool("gfim", o.gfim);
  o.bbem = reader.get_bool("bbem", o.bbem);
}

template <typename Reader>
void read_options(Reader& reader, PranetOptions& o) {
  o.backbone = reader.get_string("backbone", o.backbone, backbone_names());
  o.channels = reader.get_integer("channels", o.channels, 8, 1024);
}

template <typename Reader>
void read_options(Reader& reader, UnetOptions& o) {
  o.base = reader.get_integer("base", o.base, 4, 256);
}

}  // namespace bcnet::nn
