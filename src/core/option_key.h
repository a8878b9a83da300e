#pragma once

#include <string>

namespace bcnet {

/// A key of a recipe or of a model's description, declared where it is read.
struct OptionKey {
  std::string name;
  std::string meaning;  ///< in one line, for docs/reference/recipes.md; may hold Markdown
};

}  // namespace bcnet
