#include "cli/doctor_report.h"

#include <algorithm>

namespace bcnet::cli {

bool DoctorReport::ok() const {
  return std::none_of(checks.begin(), checks.end(),
                      [](const Check& check) { return check.status == CheckStatus::problem; });
}

std::string status_name(CheckStatus status) {
  switch (status) {
    case CheckStatus::ok:
      return "ok";
    case CheckStatus::note:
      return "note";
    case CheckStatus::problem:
      return "problem";
  }
  return "problem";
}

}  // namespace bcnet::cli
