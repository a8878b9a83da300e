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

// The keys of each network's options with what they allow and mean, the same in recipes and in
// model files: Reader is TomlReader or OptionReader.

template <typename Reader>
void read_backbone(Reader& reader, BackboneChoice& o) {
  o.backbone = reader.get_string({"backbone", "the encoder, and whose ImageNet weights fit"},
                                 o.backbone, backbone_names());
}

template <typename Reader>
void read_options(Reader& reader, BcnetOptions& o) {
  read_backbone(reader, o);
  o.channels = reader.get_integer({"channels", "C of the cross-layer feature integration"},
                                  o.channels, 8, 1024);
  o.boundary_channels = reader.get_integer(
      {"boundary_channels", "width of the boundary extraction"}, o.boundary_channels, 8, 1024);
  o.boundary_join = reader.get_integer_of(
      {"boundary_join",
       "side of the kernel that joins the boundary extraction's two sides with the deep feature; "
       "1 costs a ninth"},
      o.boundary_join, {1, 3});
  o.acfim = reader.get_string(
      {"acfim",
       "the attention: whole; without its background branch; with the article's background, not "
       "divided by K − 1; left out, so that levels go on as they are"},
      o.acfim, {"full", "foreground", "unnormalized", "none"});
  o.gfim = reader.get_bool({"gfim", "false: levels are resampled and added, no more"}, o.gfim);
  o.bbem = reader.get_bool(
      {"bbem", "false: no boundary extraction; the location map is the final mask"}, o.bbem);
}

template <typename Reader>
void read_options(Reader& reader, PranetOptions& o) {
  read_backbone(reader, o);
  o.channels = reader.get_integer(
      {"channels", "of the receptive field blocks and the partial decoder"}, o.channels, 8, 1024);
}

template <typename Reader>
void read_options(Reader& reader, UnetOptions& o) {
  o.base = reader.get_integer({"base",
                               "channels of the finest level, each coarser one twice as many; 64 "
                               "is the article's 34.5 M parameters"},
                              o.base, 4, 256);
}

}  // namespace bcnet::nn
