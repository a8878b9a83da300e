#include "data/layout.h"

#include <algorithm>
#include <map>

#include "core/error.h"
#include "image/codec.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

const std::vector<std::string> known_splits{"train", "validation", "val", "test"};

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : ", ") + word;
  }
  return text;
}

/// As fs::is_directory, but a link that leads in circles is no folder, not an exception.
bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

/// Images of one folder by stem, each stem's in order of names; none where it is missing.
std::map<std::string, std::vector<fs::path>> list_by_stem(const fs::path& folder) {
  std::map<std::string, std::vector<fs::path>> found;
  if (!is_folder(folder)) {
    return found;
  }
  try {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      const fs::path& path = entry.path();
      // A link that leads nowhere counts as a file: reading it says what is wrong.
      if (path.filename().string().front() == '.' || !has_image_extension(path) ||
          is_folder(path)) {
        continue;
      }
      found[path.stem().string()].push_back(path);
    }
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorKind::data, folder.string() + ": cannot be read: " + error.code().message());
  }
  for (auto& [stem, paths] : found) {
    std::sort(paths.begin(), paths.end());
  }
  return found;
}

/// prefix is what stands before "images/" in a name.
Survey survey_folder(const fs::path& folder, const fs::path& prefix) {
  const auto images = list_by_stem(folder / "images");
  const auto masks = list_by_stem(folder / "masks");
  Survey survey;
  survey.folder = folder;
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
    survey.samples.push_back(
        {(prefix / "images" / image.filename()).generic_string(), image, mask->second.front()});
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

void refuse_same_stem(const std::vector<fs::path>& files) {
  throw Error(ErrorKind::data, files[0].string() + " and " + files[1].filename().string() +
                                   ": two files of one name, one is allowed");
}

void refuse_empty(const fs::path& folder) {
  throw Error(ErrorKind::data,
              folder.string() + (is_folder(folder) ? ": holds no images" : ": no such folder"));
}

void require_partners(const std::vector<fs::path>& lonely, const std::string& problem,
                      const fs::path& expected_in) {
  if (!lonely.empty()) {
    throw Error(
        ErrorKind::data,
        lonely.front().string() + ": " + problem + " of that name in " + expected_in.string() +
            (lonely.size() > 1 ? ", and " + std::to_string(lonely.size() - 1) + " more like it"
                               : ""));
  }
}

}  // namespace

std::vector<std::string> list_splits(const fs::path& data) {
  if (!is_folder(data)) {
    throw Error(ErrorKind::data,
                data.string() + (fs::exists(fs::symlink_status(data)) ? ": is not a folder"
                                                                      : ": no such folder"));
  }
  std::vector<std::string> splits;
  for (const std::string& name : known_splits) {
    if (is_folder(data / name)) {
      splits.push_back(name);
    }
  }
  const bool flat = is_folder(data / "images") || is_folder(data / "masks");
  if (flat && !splits.empty()) {
    throw Error(ErrorKind::data, data.string() + ": holds images/ or masks/ and also " +
                                     join(splits) + "/, one layout is allowed");
  }
  if (!flat && splits.empty()) {
    throw Error(ErrorKind::data, data.string() +
                                     ": is no data set: images/ and masks/ are expected, or "
                                     "train/, validation/, test/ with these inside");
  }
  return splits;
}

Survey survey_split(const fs::path& data, const std::string& split) {
  const std::vector<std::string> splits = list_splits(data);
  if (splits.empty()) {
    if (!split.empty()) {
      throw Error(ErrorKind::usage,
                  data.string() + ": is a flat folder, there is no split '" + split + "' in it");
    }
    return survey_folder(data, {});
  }
  if (split.empty()) {
    throw Error(ErrorKind::usage, data.string() + ": holds the splits " + join(splits) +
                                      ": say which one by --split");
  }
  const auto same = [&](const std::string& name) {
    const auto full = [](const std::string& text) { return text == "val" ? "validation" : text; };
    return full(name) == full(split);
  };
  const auto found = std::find_if(splits.begin(), splits.end(), same);
  if (found == splits.end()) {
    throw Error(ErrorKind::usage,
                data.string() + ": has no split '" + split + "', allowed are " + join(splits));
  }
  return survey_folder(data / *found, *found);
}

std::vector<Sample> find_samples(const fs::path& data, const std::string& split) {
  const Survey survey = survey_split(data, split);
  if (!survey.same_stem.empty()) {
    refuse_same_stem(survey.same_stem.front());
  }
  for (const auto& [name, count] : {std::pair{"images", survey.images}, {"masks", survey.masks}}) {
    if (count == 0) {
      refuse_empty(survey.folder / name);
    }
  }
  require_partners(survey.images_without_mask, "image without mask: no file",
                   survey.folder / "masks");
  require_partners(survey.masks_without_image, "mask without image: no file",
                   survey.folder / "images");
  return survey.samples;
}

std::map<std::string, fs::path> list_images(const fs::path& folder) {
  std::map<std::string, fs::path> images;
  for (const auto& [stem, paths] : list_by_stem(folder)) {
    if (paths.size() > 1) {
      refuse_same_stem(paths);
    }
    images[stem] = paths.front();
  }
  if (images.empty()) {
    refuse_empty(folder);
  }
  return images;
}

}  // namespace bcnet::data
