#pragma once

namespace bcnet {

/// Cores in this process's affinity mask, at least 1: what taskset, cgroup cpusets and
/// containers leave to it. The default of every --threads.
int affinity_threads() noexcept;

}  // namespace bcnet
