#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace bcnet::cli {

struct ReportOptions {
  std::vector<std::string> runs;
  std::string out;  ///< empty: RUN/report.html of one run, runs.html here of several
  bool quiet = false;
};

/// Registers `bcnet report`; status receives the exit code.
void setup_report(CLI::App& command, int& status);

/// Writes the page of one run, or of several laid over each other, and prints their best
/// figures. Returns 0, or 3 where files of a run are damaged and their good part is shown, or
/// throws Error: data for a folder that holds no run, io.
int run_report(const ReportOptions& options);

}  // namespace bcnet::cli
