#include "infer/log_warnings.h"

#include <sstream>
#include <string>

#include "core/say_once.h"

namespace bcnet::infer {

void log_warnings(const Engine& engine) {
  std::istringstream warnings(engine.warnings());
  for (std::string line; std::getline(warnings, line);) {
    warn_once(line);
  }
}

}  // namespace bcnet::infer
