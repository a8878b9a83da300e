#include "cli/report_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "cli/command.h"
#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "core/terminal.h"
#include "core/text_table.h"
#include "runs/run_names.h"
#include "runs/run_page.h"
#include "runs/run_tables.h"

namespace bcnet::cli {

namespace fs = std::filesystem;

namespace {

/// The folders, each once.
std::vector<fs::path> folders_of(const std::vector<std::string>& runs) {
  std::vector<fs::path> folders;
  for (const std::string& run : runs) {
    const fs::path folder = fs::weakly_canonical(run);
    if (std::find(folders.begin(), folders.end(), folder) != folders.end()) {
      spdlog::warn("{}: the run is given twice and shown once", run);
    } else {
      folders.push_back(folder);
    }
  }
  return folders;
}

}  // namespace

void setup_report(CLI::App& command, int& status) {
  const auto options = std::make_shared<ReportOptions>();
  command.add_option("runs", options->runs, "Run folders of bcnet train")->required();
  command.add_option("--out", options->out,
                     "Page to write (default: RUN/report.html; of several runs runs.html)");
  command.add_flag("--quiet", options->quiet, "No figures");
  command.footer(
      "Example:\n"
      "  bcnet report runs/lite\n"
      "  bcnet report runs/lite runs/mine --out compared.html");
  set_action(command, options, status, run_report);
}

int run_report(const ReportOptions& options) {
  const std::vector<fs::path> folders = folders_of(options.runs);
  const std::vector<std::string> names = runs::run_names(folders);
  std::vector<runs::RunRecord> records;
  for (const fs::path& folder : folders) {
    records.push_back(runs::read_run(folder));
  }
  bool damaged = false;
  std::vector<runs::NamedRun> named;
  for (std::size_t i = 0; i < records.size(); ++i) {
    named.push_back({names[i], &records[i]});
    for (const auto* lines : {&records[i].damage, &records[i].notes}) {
      for (const std::string& line : *lines) {
        spdlog::warn("{}", line);
      }
    }
    damaged = damaged || !records[i].damage.empty();
  }
  const fs::path out = !options.out.empty()  ? fs::path(options.out)
                       : records.size() == 1 ? runs::RunFolder(folders[0]).report()
                                             : fs::path("runs.html");
  make_parent(out);
  write_file_atomically(out, runs::run_page(named).text());
  if (!options.quiet) {
    std::fputs(text_table(runs::best_figures(named)).c_str(), stdout);
    print("report   {}\n", out.string());
  }
  return damaged ? exit_code(ErrorKind::data) : 0;
}

}  // namespace bcnet::cli
