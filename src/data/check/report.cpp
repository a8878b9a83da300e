#include "data/check/report.h"

namespace bcnet::data {

Json check_json(const std::string& data, const CheckResult& result) {
  Json findings = Json::array();
  for (const Finding& finding : result.findings) {
    findings.push_back({{"kind", kind_name(finding.kind)},
                        {"severity", severity_name(finding.severity)},
                        {"files", finding.files},
                        {"message", finding.message},
                        {"advice", finding.advice}});
  }
  return {{"data", data},
          {"splits", result.splits},
          {"pairs", result.samples.size()},
          {"errors", result.count(Severity::error)},
          {"warnings", result.count(Severity::warning)},
          {"infos", result.count(Severity::info)},
          {"findings", findings}};
}

}  // namespace bcnet::data
