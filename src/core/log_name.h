#pragma once

#include <string>

namespace bcnet {

/// What messages begin with: "bcnet", unless one of several processes is named so that it is known
/// which of them speaks. After set_up_logging.
void set_log_name(const std::string& name);
std::string log_name();

}  // namespace bcnet
