#pragma once

#include <CLI/CLI.hpp>
#include <vector>

#include "cli/serve_part.h"
#include "cli/train_half.h"

namespace bcnet::cli {

/// A verb of the command line, or a verb of a verb ("data check"), and the one place that says
/// what it needs: its function is in the program itself, in the half that trains or in the server's
/// part. With the first two, the program's own is what is left of it without that half.
struct Verb {
  const char* name;
  const char* description;
  SetupVerb setup = nullptr;
  SetupVerb TrainHalf::*in_train_half = nullptr;
  SetupVerb ServePart::*in_serve_part = nullptr;
};

/// Registers verbs on parent. The half that trains, or the server's part, is loaded when the words
/// of the command line come to a verb that needs it, --help included; where it is not installed,
/// such a verb throws Error(usage) that says how to get it, and those of the half that trains are
/// left out of the help.
void add_verbs(CLI::App& parent, const std::vector<Verb>& verbs, int& status);

/// All that stand directly behind `bcnet`, in the order of its help.
std::vector<Verb> all_verbs();

}  // namespace bcnet::cli
