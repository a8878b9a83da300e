#include "core/path_within.h"

#include <algorithm>

namespace bcnet {

namespace fs = std::filesystem;

namespace {

/// Without the slash that a folder may end in.
fs::path plain(const fs::path& path) {
  const fs::path whole = fs::weakly_canonical(fs::absolute(path));
  return whole.has_filename() ? whole : whole.parent_path();
}

}  // namespace

bool is_within(const fs::path& path, const fs::path& folder) {
  const fs::path inner = plain(path);
  const fs::path outer = plain(folder);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

}  // namespace bcnet
