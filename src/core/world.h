#pragma once

#include <functional>
#include <optional>
#include <string>

namespace bcnet {

/// The place of this process among those that a launcher started together, and where they meet.
struct World {
  std::string launcher;  ///< "torchrun", "Slurm", "Open MPI"
  int rank = 0;          ///< from 0
  int size = 1;          ///< processes
  int local_rank = 0;    ///< among those of this host
  std::string address;   ///< host of the process of rank 0
  int port = 0;          ///< on which it listens
  int threads = 0;       ///< left to each process of this host; 0: the affinity mask
};

/// Value of an environment variable, none where it is not set or empty.
using Environment = std::function<std::optional<std::string>(const char* name)>;
std::optional<std::string> environment_variable(const char* name);

/// What the variables of torchrun (or of whoever sets RANK and WORLD_SIZE as it does, such as
/// Kubeflow's PyTorchJob), of Slurm's srun or of Open MPI's mpirun say, looked for in this order;
/// none where none of them started this process. MASTER_ADDR and MASTER_PORT come before what Slurm
/// and Open MPI say of hosts. Throws Error(usage) for one that is missing or out of range.
std::optional<World> world_of(const Environment& environment = environment_variable);

/// The first host of Slurm's list: "gpu[03-05,9],login" → "gpu03".
std::string first_host(const std::string& hosts);

}  // namespace bcnet
