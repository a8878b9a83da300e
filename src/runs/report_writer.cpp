#include "runs/report_writer.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <exception>
#include <utility>

#include "core/files.h"
#include "runs/run_names.h"
#include "runs/run_page.h"

namespace bcnet::runs {

namespace {

constexpr double times_what_it_took = 20;

}  // namespace

double ReportWriter::seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

ReportWriter::ReportWriter(RunFolder folder, Clock clock)
    : folder_(std::move(folder)), clock_(std::move(clock)), validations_(folder_.validation()) {}

void ReportWriter::write() {
  const double begin = clock_();
  try {
    const RunRecord run = read_run(folder_.path(), validations_);
    const std::string name = run_names({std::filesystem::weakly_canonical(folder_.path())}).front();
    write_file_atomically(folder_.report(), run_page({{name, &run}}).text());
  } catch (const std::exception& error) {
    if (!warned_) {
      spdlog::warn("{}; the run goes on without its page, bcnet report makes it", error.what());
      warned_ = true;
    }
  }
  written_ = clock_();
  took_ = *written_ - begin;
}

void ReportWriter::write_if_due() {
  if (!written_ || clock_() - *written_ >= times_what_it_took * took_) {
    write();
  }
}

}  // namespace bcnet::runs
