#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "data/data_set.h"

namespace bcnet::data {

/// The splits of a manifest whose paths are below folder. A mask that is an annotation file
/// stands for what the data set in folder knows of that image. Throws Error(data) as
/// read_manifest, and for an image that the annotations do not have. shard: rows of others are
/// counted and not kept.
std::vector<DataSet::Part> manifest_parts(const std::filesystem::path& manifest,
                                          const std::filesystem::path& folder,
                                          const std::optional<Shard>& shard = {});

}  // namespace bcnet::data
