#pragma once

namespace bcnet {

/// "0.1.0"
const char* version() noexcept;

/// Git commit that was built, with "-dirty" for local changes; "unknown" outside a checkout.
const char* commit() noexcept;

}  // namespace bcnet
