#pragma once

namespace bcnet {

/// Tells glibc's allocator to keep large blocks for the next request in place of giving them
/// back to the kernel. Training steps, and images one after another, free and take the same
/// megabytes again and again: without this, half of a training step and of decoding a large image
/// goes into page faults (docs/decisions/0008-freed-memory-is-kept.md). For programs, not for the
/// SDK. Does nothing on other C libraries.
void keep_freed_memory() noexcept;

/// Resident set of this process, in megabytes; 0 where /proc does not say it.
double resident_memory_megabytes();

/// Largest resident set of this process so far, in megabytes.
double peak_memory_megabytes() noexcept;

}  // namespace bcnet
