#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/json.h"
#include "data/sample.h"

namespace bcnet::evaluate {

/// The results in a file that `bcnet eval --json` wrote, one for each data set. Throws
/// Error(data) where it is missing or no such file.
std::vector<Json> read_results(const std::filesystem::path& file);

/// Throws Error(data) where a result has none of these images: before they are measured, which
/// takes long. file: the result's, for the message.
void require_shared_images(const Json& other, const std::vector<data::Sample>& samples,
                           const std::filesystem::path& file);

/// How a result differs from another on the images that both have, measure by measure
/// (metrics/paired.h): the "against" of docs/reference/schemas/eval.schema.json. file: the
/// other's, as the document names it.
Json compare_results(const Json& result, const Json& other, const std::filesystem::path& file,
                     std::uint64_t seed);

}  // namespace bcnet::evaluate
