#pragma once

#include <functional>
#include <optional>

#include "runs/run_folder.h"
#include "runs/validation_file.h"

namespace bcnet::runs {

/// Writes the report.html of a run that goes on: of its validations it reads what is new, and it
/// takes a small share of the time. A page that cannot be written is a warning, the run goes on.
class ReportWriter {
 public:
  /// Seconds from any moment on.
  using Clock = std::function<double()>;
  static double seconds();

  explicit ReportWriter(RunFolder folder, Clock clock = seconds);

  /// The page as of now.
  void write();

  /// The same, unless the time since the last page is less than twenty times what that took.
  void write_if_due();

 private:
  RunFolder folder_;
  Clock clock_;
  ValidationFile validations_;
  std::optional<double> written_;  ///< when the last page was
  double took_ = 0;
  bool warned_ = false;
};

}  // namespace bcnet::runs
