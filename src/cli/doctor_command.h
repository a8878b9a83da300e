#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/doctor_report.h"

namespace bcnet::cli {

struct DoctorOptions {
  std::string model;  ///< empty: the default model
  std::string json;
  bool quiet = false;
};

/// Registers `bcnet doctor`; status receives the exit code.
void setup_doctor(CLI::App& command, int& status);

/// Looks at this build and this machine: versions, CPU, threads, devices, weights, the model.
DoctorReport examine(const DoctorOptions& options);

/// Prints the report. Returns 0 where prediction and, in a build with LibTorch, training can
/// run, else 1.
int run_doctor(const DoctorOptions& options);

}  // namespace bcnet::cli
