#pragma once

#include <stdexcept>
#include <string>

#include "bcnet/api.h"

namespace bcnet {

/// What went wrong, as a caller needs to know it. Each kind has one exit code.
enum class ErrorKind {
  io,           ///< could not write, or failed for a reason outside the data: exit code 1
  usage,        ///< an option or a recipe key: exit code 2
  data,         ///< an image, a mask, a folder of them: exit code 3
  model,        ///< a model or weight file: exit code 4
  interrupted,  ///< Ctrl-C, state saved: exit code 130
};

/// Base of every error that this project throws on purpose. The message is one line and
/// names the file, the key, what was found and what is allowed.
class BCNET_API Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

}  // namespace bcnet
