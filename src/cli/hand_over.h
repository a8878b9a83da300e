#pragma once

namespace bcnet::cli {

/// True where a command line needs LibTorch: every verb but predict, eval, calibrate, data, report
/// and bench infer, and those too where a weight file (.safetensors) is named, or by $BCNET_MODEL.
bool needs_libtorch(int argc, char** argv);

/// Becomes the program bcnet-train, which lies beside this one, with the same arguments. Returns
/// only by Error(io), where it is not there.
[[noreturn]] void hand_over(char** argv);

}  // namespace bcnet::cli
