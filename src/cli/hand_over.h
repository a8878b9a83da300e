#pragma once

#include <CLI/CLI.hpp>

#include "cli/training_verbs.h"

namespace bcnet::cli {

/// True where a command line needs LibTorch: train, compare, export, doctor, info and the bench of
/// training; quantize of anything but an .onnx file; and the others where a weight file
/// (.safetensors) is named, or by $BCNET_MODEL. bench infer takes none.
bool needs_libtorch(int argc, char** argv);

/// Puts a verb of bcnet-train into the help. Its command lines are handed over before they are
/// parsed.
void list_verb(CLI::App& app, const Verb& verb);

/// Becomes the program bcnet-train, which lies beside this one, with the same arguments. Returns
/// only by Error(io), where it is not there.
[[noreturn]] void hand_over(char** argv);

}  // namespace bcnet::cli
