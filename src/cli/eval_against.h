#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/json.h"

namespace bcnet::cli {

/// The results in a file that `bcnet eval --json` wrote, one for each data set. Throws
/// Error(data) where it is missing or no such file.
std::vector<Json> read_results(const std::filesystem::path& file);

/// How a result differs from another on the images that both have, measure by measure
/// (metrics/paired.h): for the "against" of docs/reference/schemas/eval.schema.json. file: the
/// other's, for the document and messages. Throws Error(data) where they share no image.
Json compare_results(const Json& result, const Json& other, const std::filesystem::path& file,
                     std::uint64_t seed);

}  // namespace bcnet::cli
