#include "core/error.h"

namespace bcnet {

int exit_code(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::io:
      return 1;
    case ErrorKind::usage:
      return 2;
    case ErrorKind::data:
      return 3;
    case ErrorKind::model:
      return 4;
    case ErrorKind::interrupted:
      return 130;
  }
  return 1;
}

}  // namespace bcnet
