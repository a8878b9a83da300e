#include "data/layouts/pairs.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/error.h"
#include "core/lower_case.h"
#include "data/image_folder.h"
#include "data/layouts/names.h"
#include "image/codec.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void refuse_unreadable(const fs::path& folder, const fs::filesystem_error& error) {
  throw Error(ErrorKind::data, folder.string() + ": cannot be read: " + error.code().message());
}

using Lister = FilesByStem (*)(const fs::path& folder);

/// Files of a folder, or of its sub-folders where it has none of its own; no deeper than levels.
void add_files(const fs::path& folder, const std::string& key, int levels, Lister list,
               FilesByStem& files) {
  FilesByStem own = list(folder);
  for (auto& [stem, paths] : own) {
    files[key + stem] = std::move(paths);
  }
  if (own.empty() && levels > 0) {
    for (const std::string& name : sub_folders(folder)) {
      add_files(folder / name, key + name + '/', levels - 1, list, files);
    }
  }
}

FilesByStem files_below(const fs::path& folder, Lister list) {
  constexpr int levels = 3;
  FilesByStem files;
  add_files(folder, "", levels, list, files);
  return files;
}

bool holds(const fs::path& folder, bool (*wanted)(const fs::path&)) {
  if (!is_folder(folder)) {
    return false;
  }
  try {
    const fs::directory_iterator entries(folder);
    return std::any_of(begin(entries), end(entries), [&](const fs::directory_entry& entry) {
      const fs::path& path = entry.path();
      return path.filename().string().front() != '.' && wanted(path) && !is_folder(path);
    });
  } catch (const fs::filesystem_error& error) {
    refuse_unreadable(folder, error);
  }
}

}  // namespace

bool holds_images(const fs::path& folder) { return holds(folder, has_image_extension); }

bool holds_masks(const fs::path& folder) { return holds(folder, has_mask_extension); }

std::vector<std::string> sub_folders(const fs::path& folder) {
  std::vector<std::string> names;
  if (!is_folder(folder)) {
    return names;
  }
  try {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      std::error_code ignored;
      if (entry.is_regular_file(ignored) && !entry.is_symlink(ignored)) {
        continue;  // known without another look at it
      }
      const std::string name = entry.path().filename().string();
      if (name.front() != '.' && name != "__MACOSX" && is_folder(entry.path())) {
        names.push_back(name);
      }
    }
  } catch (const fs::filesystem_error& error) {
    refuse_unreadable(folder, error);
  }
  std::sort(names.begin(), names.end());
  return names;
}

fs::path unwrapped(const fs::path& folder) {
  const std::vector<std::string> inner = sub_folders(folder);
  const fs::path name = folder.has_filename() ? folder.filename() : folder.parent_path().filename();
  const bool repeated = inner.size() == 1 &&
                        lower_case(inner.front()) == lower_case(name.string()) &&
                        !holds_images(folder);
  return repeated ? folder / inner.front() : folder;
}

void append(Survey& all, Survey more) {
  all.images += more.images;
  all.masks += more.masks;
  const auto move = [](auto& from, auto& to) {
    std::move(from.begin(), from.end(), std::back_inserter(to));
  };
  move(more.samples, all.samples);
  move(more.images_without_mask, all.images_without_mask);
  move(more.masks_without_image, all.masks_without_image);
  move(more.same_stem, all.same_stem);
}

Survey pair_files(const fs::path& root, const FilesByStem& images, const FilesByStem& masks) {
  Survey survey;
  for (const auto* files : {&images, &masks}) {
    for (const auto& [stem, paths] : *files) {
      if (paths.size() > 1) {
        survey.same_stem.push_back(paths);
      }
    }
  }
  for (const auto& [stem, paths] : images) {
    const fs::path& image = paths.front();
    const auto mask = masks.find(stem);
    if (mask == masks.end()) {
      survey.images_without_mask.push_back(image);
      continue;
    }
    survey.samples.push_back({image.lexically_relative(root).generic_string(), image,
                              mask->second.front(), nullptr, group_of_key(stem)});
  }
  for (const auto& [stem, paths] : masks) {
    if (images.count(stem) == 0) {
      survey.masks_without_image.push_back(paths.front());
    }
  }
  survey.images = images.size();
  survey.masks = masks.size();
  return survey;
}

Survey pair_folders(const fs::path& root, const fs::path& images, const fs::path& masks) {
  const FilesByStem of_images = files_below(unwrapped(images), images_by_stem);
  const FilesByStem of_masks = masks_named_like_images(
      of_images, files_below(unwrapped(masks), masks_by_stem), masks.string());
  Survey survey = pair_files(root, of_images, of_masks);
  survey.image_folder = images;
  survey.mask_folder = masks;
  return survey;
}

}  // namespace bcnet::data
