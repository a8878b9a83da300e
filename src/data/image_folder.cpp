#include "data/image_folder.h"

#include <algorithm>

#include "core/error.h"
#include "data/layouts/foreign.h"
#include "image/codec.h"
#include "image/format_module.h"

namespace bcnet::data {

namespace fs = std::filesystem;

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

namespace {

using FilesByStem = std::map<std::string, std::vector<fs::path>>;

FilesByStem files_by_stem(const fs::path& folder, bool (*wanted)(const fs::path&)) {
  FilesByStem found;
  if (!is_folder(folder)) {
    return found;
  }
  try {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      const fs::path& path = entry.path();
      // A link that leads nowhere counts as a file: reading it says what is wrong.
      if (path.filename().string().front() == '.' || !wanted(path) || is_folder(path)) {
        continue;
      }
      found[image_stem(path)].push_back(path);
    }
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorKind::data, folder.string() + ": cannot be read: " + error.code().message());
  }
  for (auto& [stem, paths] : found) {
    std::sort(paths.begin(), paths.end());
  }
  return found;
}

}  // namespace

FilesByStem images_by_stem(const fs::path& folder) {
  FilesByStem pictures = files_by_stem(folder, [](const fs::path& path) {
    return has_image_extension(path) && !has_module_extension(path);
  });
  return pictures.empty() ? files_by_stem(folder, has_module_extension) : pictures;
}

FilesByStem masks_by_stem(const fs::path& folder) {
  FilesByStem pictures = images_by_stem(folder);
  return pictures.empty() ? files_by_stem(folder, has_mask_extension) : pictures;
}

void require_new_folder(const fs::path& folder) {
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(folder)) &&
      !(is_folder(folder) && fs::is_empty(folder, ignored))) {
    throw Error(ErrorKind::usage,
                folder.string() + ": holds files already, an empty or new folder is expected");
  }
}

void refuse_same_stem(const std::vector<fs::path>& files) {
  throw Error(ErrorKind::data, files[0].string() + " and " + files[1].filename().string() +
                                   ": two files of one name, one is allowed");
}

void refuse_empty(const fs::path& folder) {
  throw Error(ErrorKind::data,
              folder.string() + (is_folder(folder) ? ": holds no images" + foreign_note(folder)
                                                   : ": no such folder"));
}

}  // namespace bcnet::data
