#include "core/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <thread>

#include "core/error.h"
#include "core/threads.h"

namespace bcnet {

namespace {

constexpr int default_port = 29500;  // PyTorch's
constexpr int most_processes = 1 << 20;

class Variables {
 public:
  explicit Variables(const Environment& environment) : environment_(environment) {}

  bool has(const char* name) const { return environment_(name).has_value(); }

  std::string text(const char* name) const { return environment_(name).value_or(""); }

  std::optional<int> number(const char* name, int low, int high) const {
    const auto value = environment_(name);
    if (!value) {
      return {};
    }
    int found = 0;
    const char* end = value->data() + value->size();
    const auto [read, error] = std::from_chars(value->data(), end, found);
    if (error != std::errc() || read != end || found < low || found > high) {
      throw Error(ErrorKind::usage,
                  fmt::format("{}: found '{}', {}..{} is allowed", name, *value, low, high));
    }
    return found;
  }

  int required(const char* name, int low, int high, const std::string& launcher) const {
    const auto found = number(name, low, high);
    if (!found) {
      throw Error(ErrorKind::usage,
                  fmt::format("{} is not set, which {} sets beside the others", name, launcher));
    }
    return *found;
  }

 private:
  const Environment& environment_;
};

/// Names of the variables of one launcher.
struct Names {
  const char* launcher;
  const char* rank;
  const char* size;
  const char* local_rank;
};

World place(const Variables& variables, const Names& names) {
  World world;
  world.launcher = names.launcher;
  world.size = variables.required(names.size, 1, most_processes, names.launcher);
  world.rank = variables.required(names.rank, 0, world.size - 1, names.launcher);
  world.local_rank = variables.number(names.local_rank, 0, world.size - 1).value_or(0);
  world.address = variables.text("MASTER_ADDR");
  world.port = variables.number("MASTER_PORT", 1, 65535).value_or(default_port);
  return world;
}

void require_address(const World& world, const char* how) {
  if (world.address.empty()) {
    throw Error(ErrorKind::usage,
                fmt::format("MASTER_ADDR is not set: the host of the process of rank 0; {}", how));
  }
}

int share_of_threads(int processes) { return std::max(1, affinity_threads() / processes); }

World of_torchrun(const Variables& variables) {
  World world = place(variables, {"torchrun", "RANK", "WORLD_SIZE", "LOCAL_RANK"});
  require_address(world, "torchrun sets it");
  world.threads =
      share_of_threads(variables.number("LOCAL_WORLD_SIZE", 1, most_processes).value_or(1));
  if (variables.text("TORCHELASTIC_USE_AGENT_STORE") == "True") {
    // The port is that of torchrun's own store, which speaks as its version of PyTorch does.
    world.port += world.port < 65535 ? 1 : -1;
  }
  return world;
}

World of_slurm(const Variables& variables) {
  const bool of_step = variables.has("SLURM_STEP_NUM_TASKS");
  World world =
      place(variables, {"Slurm", "SLURM_PROCID", of_step ? "SLURM_STEP_NUM_TASKS" : "SLURM_NTASKS",
                        "SLURM_LOCALID"});
  if (world.address.empty()) {
    const std::string of_this_step = variables.text("SLURM_STEP_NODELIST");
    world.address =
        first_host(of_this_step.empty() ? variables.text("SLURM_JOB_NODELIST") : of_this_step);
    require_address(world, "Slurm names the hosts in SLURM_STEP_NODELIST");
  }
  if (!variables.has("MASTER_PORT")) {
    // Two jobs on one host get each its own.
    constexpr int first = 20000, ports = 20000;
    world.port = first + variables.number("SLURM_JOB_ID", 0, 2147483647).value_or(0) % ports;
  }
  world.threads = variables.number("SLURM_CPUS_PER_TASK", 1, 65536).value_or(0);
  return world;
}

World of_open_mpi(const Variables& variables) {
  World world = place(variables, {"Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE",
                                  "OMPI_COMM_WORLD_LOCAL_RANK"});
  const int local =
      variables.number("OMPI_COMM_WORLD_LOCAL_SIZE", 1, most_processes).value_or(world.size);
  if (world.address.empty() && local == world.size) {
    world.address = "127.0.0.1";
  }
  require_address(world, "mpirun hands it on with -x MASTER_ADDR=HOST");
  // mpirun may have given each process cores of its own.
  const bool bound = affinity_threads() < static_cast<int>(std::thread::hardware_concurrency());
  world.threads = bound ? 0 : share_of_threads(local);
  return world;
}

}  // namespace

std::optional<std::string> environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == 0 ? std::nullopt : std::optional<std::string>(value);
}

std::optional<World> world_of(const Environment& environment) {
  const Variables variables(environment);
  if (variables.has("RANK") || variables.has("WORLD_SIZE")) {
    return of_torchrun(variables);
  }
  if (variables.has("SLURM_PROCID")) {
    return of_slurm(variables);
  }
  if (variables.has("OMPI_COMM_WORLD_RANK")) {
    return of_open_mpi(variables);
  }
  return {};
}

std::string first_host(const std::string& hosts) {
  const auto end = hosts.find_first_of(",[");
  if (end == std::string::npos || hosts[end] == ',') {
    return hosts.substr(0, end);
  }
  const auto last = hosts.find_first_of(",-]", end + 1);
  std::string host = hosts.substr(0, end) + hosts.substr(end + 1, last - end - 1);
  const auto close = hosts.find(']', end);
  if (close != std::string::npos) {  // a domain behind it
    host += first_host(hosts.substr(close + 1));
  }
  return host;
}

}  // namespace bcnet
