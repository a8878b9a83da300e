#include "infer/engine_kinds.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/files.h"

namespace bcnet::infer {

std::shared_ptr<Engine> make_engine(const EngineOptions& options,
                                    const std::vector<EngineKind>& kinds) {
  const std::string extension = lower_extension(options.model);
  std::vector<std::string> known;
  for (const EngineKind& kind : kinds) {
    if (kind.extension == extension) {
      return kind.make(options);
    }
    known.push_back(kind.extension);
  }
  throw Error(ErrorKind::model,
              fmt::format("{}: --model: found a file ending in '{}', {} are allowed",
                          options.model.string(), extension, fmt::join(known, " and ")));
}

}  // namespace bcnet::infer
