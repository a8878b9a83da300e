#pragma once

#include <filesystem>

namespace bcnet {

/// Whether path is folder or lies in it, whichever way both are written; neither needs to be there.
bool is_within(const std::filesystem::path& path, const std::filesystem::path& folder);

}  // namespace bcnet
