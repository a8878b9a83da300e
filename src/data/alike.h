#pragma once

#include <cstddef>
#include <vector>

#include "core/progress.h"
#include "data/sample.h"
#include "data/team.h"
#include "image/decode_options.h"

namespace bcnet::data {

/// Indices of samples that belong together, ascending.
using Group = std::vector<std::size_t>;

/// Groups of samples whose images show the same, as it is or as one scene (see check/twins.h), or
/// whose manifest says that they belong together (Sample::group), also through others; a sample
/// that is like no other is a group of its own. Groups are in the order of their first samples.
/// Decodes every image, in parallel, of a team each process its share; time grows as n log n.
/// Throws Error(data) for a bad image.
std::vector<Group> group_alike(const std::vector<Sample>& samples, const DecodeOptions& decode,
                               ProgressObserver* observer, const Team& team = {});

}  // namespace bcnet::data
