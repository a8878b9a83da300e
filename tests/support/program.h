#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace bcnet::test {

struct ProgramResult {
  int exit_code = -1;  ///< 128 + signal where a signal ended it
  std::string output;  ///< stdout
  std::string error;   ///< stderr
};

/// Runs a program to its end; the first word is its path. environment is added to ours.
ProgramResult run_program(const std::vector<std::string>& command,
                          const std::map<std::string, std::string>& environment = {});

/// Runs build/bin/bcnet with these arguments.
ProgramResult bcnet(const std::vector<std::string>& arguments,
                    const std::map<std::string, std::string>& environment = {});

/// Starts a program, its stderr thrown away, and sends it the signal as soon as ready(). Gives its
/// exit code: 128 + signal where it died of one, its own where it had ended before.
int interrupt_program(const std::vector<std::string>& command, int signal,
                      const std::function<bool()>& ready);

/// Path of build/bin/bcnet.
std::string bcnet_path();

}  // namespace bcnet::test
