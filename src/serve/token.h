#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace bcnet::serve {

/// The token of a file, else of $BCNET_TOKEN; empty where there is neither. Throws Error(usage) for
/// one that is empty, or of characters that a header cannot hold.
std::string read_token(const std::filesystem::path& file);

/// Whether a header "Bearer TOKEN" holds this token; the time it takes does not tell how much of it
/// is right.
bool is_authorized(std::string_view authorization, std::string_view token);

}  // namespace bcnet::serve
