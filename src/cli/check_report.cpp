#include "cli/check_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/terminal.h"

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

Json check_json(const std::string& data, const data::CheckResult& result) {
  Json findings = Json::array();
  for (const data::Finding& finding : result.findings) {
    findings.push_back({{"kind", data::kind_name(finding.kind)},
                        {"severity", data::severity_name(finding.severity)},
                        {"files", finding.files},
                        {"message", finding.message},
                        {"advice", finding.advice}});
  }
  return {{"data", data},
          {"splits", result.splits},
          {"pairs", result.samples.size()},
          {"errors", result.count(data::Severity::error)},
          {"warnings", result.count(data::Severity::warning)},
          {"infos", result.count(data::Severity::info)},
          {"findings", findings}};
}

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

}  // namespace bcnet::cli
