#pragma once

#include <string>
#include <vector>

#include "core/json.h"

namespace bcnet::cli {

/// How one check of `bcnet doctor` came out.
enum class CheckStatus {
  ok,       ///< nothing to do
  note,     ///< works, and could be better
  problem,  ///< one of the main jobs cannot run
};

struct Check {
  std::string name;  ///< "CPU", "LibTorch"
  CheckStatus status = CheckStatus::ok;
  std::string found;
  std::string advice;  ///< what to do; empty where nothing is
};

/// What `bcnet doctor` found: checks for people, the same facts under stable keys for scripts.
struct DoctorReport {
  std::vector<Check> checks;
  Json facts = Json::object();

  /// True where every main job can run.
  bool ok() const;
};

/// "ok", "note" or "problem".
std::string status_name(CheckStatus status);

}  // namespace bcnet::cli
