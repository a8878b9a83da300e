#include "cli/data_check_command.h"

#include <memory>

#include "cli/check_report.h"
#include "cli/check_sheet.h"
#include "cli/command.h"
#include "cli/data_flags.h"
#include "cli/decode_flags.h"
#include "cli/progress_bar.h"
#include "core/error.h"
#include "core/files.h"
#include "core/json.h"
#include "data/check.h"

namespace bcnet::cli {

void setup_data_check(CLI::App& data, int& status) {
  const auto options = std::make_shared<DataCheckOptions>();
  CLI::App* command = data.add_subcommand(
      "check", "Find bad files, doubtful masks, duplicates and leakage between splits");
  add_data_flags(*command, options->data, options->manifest);
  add_decode_flags(*command, options->decode);
  command->add_option("--threads", options->threads, "Threads (default: the affinity mask)")
      ->check(CLI::Range(1, 1024));
  command->add_option("--json", options->json, "Write the findings as JSON, - for stdout");
  command->add_option("--html", options->html, "Write a page that shows each finding");
  command->add_flag("--quiet", options->quiet, "No progress");
  command->footer("Example:\n  bcnet data check --data kvasir-seg --html check.html");
  set_action(*command, options, status, run_data_check);
}

int run_data_check(const DataCheckOptions& options) {
  const data::CheckResult result =
      data::check_data(data::DataSet(options.data, options.manifest),
                       {options.decode, options.threads, progress_bar(options.quiet)});
  if (options.json != "-") {
    print_check(options.data, result);
  }
  if (!options.json.empty()) {
    make_parent(options.json);
    write_json(options.json, check_json(options.data, result));
  }
  if (!options.html.empty()) {
    make_parent(options.html);
    write_file_atomically(options.html,
                          check_sheet_html(options.data, result, options.decode).text());
  }
  return result.count(data::Severity::error) > 0 ? exit_code(ErrorKind::data) : 0;
}

}  // namespace bcnet::cli
