#include "cli/program.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include "cli/verb.h"
#include "core/error.h"
#include "core/log.h"
#include "core/log_name.h"
#include "core/terminal.h"
#include "core/version.h"

namespace bcnet::cli {

namespace {

/// One line, whatever a library put below it.
std::string first_line(const std::string& message) { return message.substr(0, message.find('\n')); }

int fail(const std::string& message, int code) {
  print(stderr, "{}: error: {}\n", log_name(), message);
  return code;
}

/// What is wrong with the words of a command line. CLI11 says of a verb that it does not know only
/// that one is required.
std::string complaint(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* verb = &app;
  while (!verb->get_subcommands().empty()) {
    verb = verb->get_subcommands().front();
  }
  const std::vector<std::string> unknown = verb->remaining();
  if (dynamic_cast<const CLI::RequiredError*>(&error) == nullptr || unknown.empty() ||
      verb->get_require_subcommand_min() == 0) {
    return first_line(error.what());
  }
  std::vector<std::string> names;
  for (const CLI::App* allowed : verb->get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(allowed->get_name());
  }
  return fmt::format("{}: found '{}', allowed are {}", verb->get_name(), unknown.front(),
                     fmt::join(names, ", "));
}

int run(int argc, char** argv) {
  int status = 0;
  CLI::App app("Polyp segmentation in endoscopy images: train, evaluate, export, predict", "bcnet");
  app.set_version_flag("--version", std::string("bcnet ") + version() + " (" + commit() + ")");
  app.require_subcommand(1);
  add_verbs(app, all_verbs(), status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --version
      return app.exit(error);
    }
    return fail(complaint(app, error), exit_code(ErrorKind::usage));
  }
  return status;
}

/// What was said on standard output is part of the result: as with a full disk behind it.
int require_said(int status) {
  errno = 0;
  if (status != 0 || (std::fflush(stdout) == 0 && std::ferror(stdout) == 0)) {
    return status;
  }
  const int reason = errno;
  throw Error(ErrorKind::io,
              fmt::format("standard output: cannot be written{}{}", reason == 0 ? "" : ": ",
                          reason == 0 ? "" : std::strerror(reason)));
}

}  // namespace

int run_program(int argc, char** argv) {
  try {
    set_up_logging(false);
    return require_said(run(argc, argv));
  } catch (const Error& error) {
    return fail(error.what(), exit_code(error.kind()));
  } catch (const std::exception& error) {
    return fail(first_line(error.what()), 1);
  }
}

}  // namespace bcnet::cli
