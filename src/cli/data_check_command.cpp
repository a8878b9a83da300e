#include "cli/data_check_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "cli/command.h"
#include "cli/data_flags.h"
#include "cli/decode_flags.h"
#include "cli/output_files.h"
#include "cli/progress_bar.h"
#include "cli/shard_flag.h"
#include "core/error.h"
#include "core/files.h"
#include "core/json.h"
#include "core/terminal.h"
#include "data/check.h"
#include "data/check/report.h"
#include "data/check/share.h"
#include "data/check/sheet.h"

namespace bcnet::cli {

namespace {

constexpr std::size_t most_shown = 10;  ///< findings of a kind

std::string first_files(const std::vector<std::string>& files) {
  constexpr std::size_t most = 4;
  const std::string text = fmt::format(
      "{}",
      fmt::join(files.begin(),
                files.begin() + static_cast<std::ptrdiff_t>(std::min(most, files.size())), ", "));
  return files.size() > most ? text + fmt::format(" and {} more", files.size() - most) : text;
}

}  // namespace

void print_check(const std::string& data, const data::CheckResult& result) {
  const auto& findings = result.findings;
  for (auto at = findings.begin(); at != findings.end();) {
    const auto end = std::find_if(at, findings.end(), [&](const data::Finding& finding) {
      return finding.kind != at->kind || finding.severity != at->severity;
    });
    const auto count = static_cast<std::size_t>(end - at);
    print("{:<8} {} ({})\n", data::severity_name(at->severity), data::kind_name(at->kind), count);
    for (std::size_t i = 0; i < std::min(count, most_shown); ++i) {
      const data::Finding& finding = at[static_cast<std::ptrdiff_t>(i)];
      const std::string files = first_files(finding.files);
      print("  {}{}{}\n", files, files.empty() ? "" : ": ", finding.message);
    }
    if (count > most_shown) {
      print("  and {} more: --json and --html have them\n", count - most_shown);
    }
    print("  → {}\n", at->advice);
    at = end;
  }
  print("{}: {} pairs{}{}: {} errors, {} warnings, {} notes\n", data, result.samples.size(),
        result.splits.empty() ? "" : " in ", fmt::format("{}", fmt::join(result.splits, ", ")),
        result.count(data::Severity::error), result.count(data::Severity::warning),
        result.count(data::Severity::info));
}

void setup_data_check(CLI::App& command, int& status) {
  const auto options = std::make_shared<DataCheckOptions>();
  add_data_flags(command, options->data, options->manifest);
  add_annotation_flags(command, options->annotations);
  add_decode_flags(command, options->decode);
  add_mask_flags(command, options->decode);
  add_threads_flag(command, options->threads);
  add_shard_flag(
      command, options->shard,
      "Only share I of N of the pairs, by name, into --out; bcnet merge DIR finds what is "
      "wrong with all, duplicates in different shares too");
  command.add_option("--out", options->out, "Folder for the shares of --shard")->type_name("DIR");
  command.add_option("--json", options->json, "Write the findings as JSON, - for stdout");
  command.add_option("--html", options->html, "Write a page that shows each finding");
  command.add_flag("--quiet", options->quiet, "No progress");
  command.footer(
      "Example:\n"
      "  bcnet data check --data kvasir-seg --html check.html\n"
      "  bcnet data check --data archive.csv --shard 2/8 --out shares && bcnet merge shares");
  set_action(command, options, status, run_data_check);
}

namespace {

int check_one_share(const DataCheckOptions& options) {
  const Shard shard = *shard_of(options.shard);
  for (const auto& [flag, value] : {std::pair{"--json", options.json}, {"--html", options.html}}) {
    if (!value.empty()) {
      throw Error(ErrorKind::usage,
                  fmt::format("{}: found --shard too; bcnet merge makes it of all shares", flag));
    }
  }
  const Json settings = {
      {"mask_values", mask_values_text(options.decode.masks)},
      {"ignore_value", options.decode.masks.ignore ? Json(*options.decode.masks.ignore) : Json()},
      {"exif", options.decode.apply_exif},
      {"category", options.annotations.categories}};
  const std::size_t pairs = data::check_share(
      data::DataSet(options.data, options.manifest, options.annotations, data::Needed::pairs,
                    shard),
      shard, options.out, settings, {options.decode, options.threads, progress_bar(options.quiet)});
  if (!options.quiet) {
    print("share {} of {}: {} pairs; bcnet merge {} joins the shares\n", shard.number, shard.count,
          pairs, options.out);
  }
  return 0;
}

}  // namespace

int run_data_check(const DataCheckOptions& options) {
  if (options.shard.empty() != options.out.empty()) {
    throw Error(ErrorKind::usage, options.shard.empty()
                                      ? "--out: found no --shard, which it is for"
                                      : "--out: found none, a folder for the shares is needed");
  }
  if (!options.shard.empty()) {
    return check_one_share(options);
  }
  for (const std::string& file : {options.json, options.html}) {
    make_parent(file);
  }
  check_outputs({{"--json", options.json}, {"--html", options.html}});
  const data::CheckResult result =
      data::check_data(data::DataSet(options.data, options.manifest, options.annotations),
                       {options.decode, options.threads, progress_bar(options.quiet)});
  if (options.json != "-") {
    print_check(options.data, result);
  }
  if (!options.json.empty()) {
    write_json(options.json, data::check_json(options.data, result));
  }
  if (!options.html.empty()) {
    write_file_atomically(options.html,
                          data::check_sheet_html(options.data, result, options.decode).text());
  }
  return result.count(data::Severity::error) > 0 ? exit_code(ErrorKind::data) : 0;
}

}  // namespace bcnet::cli
