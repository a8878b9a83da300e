#pragma once

#include <stdexcept>
#include <string>
#include <utility>

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

/// What a server's answer tells apart within a kind; the exit code is the kind's.
enum class ErrorReason {
  other,
  too_large,    ///< more bytes or pixels than are allowed
  unsupported,  ///< of no format that is read
  not_found,    ///< no file or no model of that name
  busy,         ///< nothing is wrong with what was asked: try again later
};

/// Base of every error that this project throws on purpose. The message is one line and
/// names the file, the key, what was found and what is allowed.
class BCNET_API Error : public std::runtime_error {
 public:
  /// public_message: what a stranger may read; without it, a sentence that the kind and the reason
  /// give.
  Error(ErrorKind kind, const std::string& message, ErrorReason reason = ErrorReason::other,
        std::string public_message = {})
      : std::runtime_error(message),
        kind_(kind),
        reason_(reason),
        public_message_(public_message.empty() ? sentence(kind, reason)
                                               : std::move(public_message)) {}

  /// Who has to do something about it.
  ErrorKind kind() const noexcept { return kind_; }
  /// What it is, where programs treat it apart.
  ErrorReason reason() const noexcept { return reason_; }

  /// The message for whoever has no business with this machine's files: what() may hold paths, this
  /// holds none.
  const std::string& public_message() const noexcept { return public_message_; }

 private:
  static const char* sentence(ErrorKind kind, ErrorReason reason) noexcept {
    switch (reason) {
      case ErrorReason::too_large:
        return "too large";
      case ErrorReason::unsupported:
        return "of a format that is not supported";
      case ErrorReason::not_found:
        return "not found";
      case ErrorReason::busy:
        return "busy, try again later";
      case ErrorReason::other:
        break;
    }
    switch (kind) {
      case ErrorKind::usage:
        return "an option is wrong";
      case ErrorKind::data:
        return "the data cannot be used";
      case ErrorKind::model:
        return "the model cannot be used";
      case ErrorKind::interrupted:
        return "interrupted";
      case ErrorKind::io:
        break;
    }
    return "failed for a reason of this machine's";
  }

  ErrorKind kind_;
  ErrorReason reason_;
  std::string public_message_;
};

}  // namespace bcnet
