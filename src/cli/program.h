#pragma once

namespace bcnet::cli {

/// The whole program: carries out the words of a command line, says what went wrong on standard
/// error, and returns the exit code.
int run_program(int argc, char** argv);

}  // namespace bcnet::cli
