#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace bcnet::cli {

/// Each verb has one file with an options struct, `void setup_VERB(CLI::App&, int& status)`,
/// which registers the subcommand, and `int run_VERB(const Options&)`, which a test can call:
/// it returns the exit code or throws bcnet::Error.
///
/// Registers run(options) as the subcommand's action; status receives its exit code.
template <typename Options, typename Run>
void set_action(CLI::App& command, const std::shared_ptr<Options>& options, int& status, Run run) {
  command.callback([options, &status, run] { status = run(*options); });
}

/// Refuses what a variable of a shell gives that is not set: it does not mean the default.
CLI::Validator not_empty();

/// Registers --threads; the value, of which 0 stands for the cores in the affinity mask, must
/// outlive the command.
void add_threads_flag(CLI::App& command, int& threads);

/// For --seed: CLI11 would wrap a negative number and clamp one that is too large.
CLI::Validator seed_number();

}  // namespace bcnet::cli
