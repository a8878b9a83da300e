#pragma once

namespace bcnet {

/// From now on SIGINT and SIGTERM set a flag in place of ending the process; a second
/// one ends it at once.
void catch_interrupts();

/// True once SIGINT or SIGTERM came. Long loops look at it between steps.
bool interrupted() noexcept;

}  // namespace bcnet
