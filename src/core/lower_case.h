#pragma once

#include <string>
#include <string_view>

namespace bcnet {

/// ASCII letters as small ones; every other byte as it is, whatever the locale.
std::string lower_case(std::string_view text);

}  // namespace bcnet
