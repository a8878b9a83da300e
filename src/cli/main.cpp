#include <CLI/CLI.hpp>
#include <exception>
#include <string>

#include "cli/bench_command.h"
#include "cli/calibrate_command.h"
#include "cli/data_command.h"
#include "cli/doctor_command.h"
#include "cli/eval_command.h"
#ifdef BCNET_HANDS_OVER
#include "cli/hand_over.h"
#endif
#include "cli/info_command.h"
#include "cli/predict_command.h"
#include "cli/quantize_command.h"
#include "cli/report_command.h"
#ifdef BCNET_HAVE_TRAIN
#include "cli/average_command.h"
#include "cli/compare_command.h"
#include "cli/export_command.h"
#include "cli/train_command.h"
#endif
#include "core/error.h"
#include "core/log.h"
#include "core/terminal.h"
#include "core/version.h"

namespace {

/// One line, whatever a library put below it.
std::string first_line(const std::string& message) { return message.substr(0, message.find('\n')); }

int fail(const std::string& message, int code) {
  bcnet::print(stderr, "bcnet: error: {}\n", message);
  return code;
}

int run(int argc, char** argv) {
  int status = 0;
  CLI::App app("Polyp segmentation in endoscopy images: train, evaluate, export, predict", "bcnet");
  app.set_version_flag("--version",
                       std::string("bcnet ") + bcnet::version() + " (" + bcnet::commit() + ")");
  app.require_subcommand(1);
  bcnet::cli::setup_doctor(app, status);
  bcnet::cli::setup_info(app, status);
  bcnet::cli::setup_data(app, status);
#ifdef BCNET_HAVE_TRAIN
  bcnet::cli::setup_train(app, status);
#elif defined(BCNET_HANDS_OVER)
  bcnet::cli::list_verb(app, bcnet::cli::train_verb);
#endif
  bcnet::cli::setup_report(app, status);
  bcnet::cli::setup_eval(app, status);
  bcnet::cli::setup_calibrate(app, status);
  bcnet::cli::setup_predict(app, status);
#ifdef BCNET_HAVE_TRAIN
  bcnet::cli::setup_average(app, status);
  bcnet::cli::setup_compare(app, status);
  bcnet::cli::setup_export(app, status);
#elif defined(BCNET_HANDS_OVER)
  bcnet::cli::list_verb(app, bcnet::cli::average_verb);
  bcnet::cli::list_verb(app, bcnet::cli::compare_verb);
  bcnet::cli::list_verb(app, bcnet::cli::export_verb);
#endif
  bcnet::cli::setup_quantize(app, status);
  bcnet::cli::setup_bench(app, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --version
      return app.exit(error);
    }
    return fail(first_line(error.what()), bcnet::exit_code(bcnet::ErrorKind::usage));
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    bcnet::set_up_logging(false);
#ifdef BCNET_HANDS_OVER
    if (bcnet::cli::needs_libtorch(argc, argv)) {
      bcnet::cli::hand_over(argv);
    }
#endif
    return run(argc, argv);
  } catch (const bcnet::Error& error) {
    return fail(error.what(), bcnet::exit_code(error.kind()));
  } catch (const std::exception& error) {
    return fail(first_line(error.what()), 1);
  }
}
