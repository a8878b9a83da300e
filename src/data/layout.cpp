#include "data/layout.h"

#include <algorithm>

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

/// The first key of a that b lacks and how many there are.
void require_partners(const std::map<std::string, fs::path>& a,
                      const std::map<std::string, fs::path>& b, const std::string& problem,
                      const fs::path& expected_in) {
  std::size_t count = 0;
  const fs::path* first = nullptr;
  for (const auto& [stem, path] : a) {
    if (b.count(stem) == 0) {
      first = count++ == 0 ? &path : first;
    }
  }
  if (first != nullptr) {
    throw Error(ErrorKind::data,
                first->string() + ": " + problem + " of that name in " + expected_in.string() +
                    (count > 1 ? ", and " + std::to_string(count - 1) + " more like it" : ""));
  }
}

/// prefix is what stands before "images/" in a name.
std::vector<Sample> find_pairs(const fs::path& folder, const fs::path& prefix) {
  const auto images = list_images(folder / "images");
  const auto masks = list_images(folder / "masks");
  require_partners(images, masks, "image without mask: no file", folder / "masks");
  require_partners(masks, images, "mask without image: no file", folder / "images");
  std::vector<Sample> samples;
  for (const auto& [stem, image] : images) {
    samples.push_back(
        {(prefix / "images" / image.filename()).generic_string(), image, masks.at(stem)});
  }
  return samples;
}

}  // namespace

std::map<std::string, fs::path> list_images(const fs::path& folder) {
  if (!fs::is_directory(folder)) {
    throw Error(ErrorKind::data, folder.string() + ": no such folder");
  }
  std::map<std::string, fs::path> found;
  try {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      const fs::path& path = entry.path();
      if (path.filename().string().front() == '.' || !has_image_extension(path) ||
          entry.is_directory()) {
        continue;
      }
      const auto [other, fresh] = found.emplace(path.stem().string(), path);
      if (!fresh) {
        // Which one comes first is the file system's choice; the message is not.
        const auto [first, second] = std::minmax(other->second, path);
        throw Error(ErrorKind::data, first.string() + " and " + second.filename().string() +
                                         ": two files of one name, one is allowed");
      }
    }
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorKind::data, folder.string() + ": cannot be read: " + error.code().message());
  }
  if (found.empty()) {
    throw Error(ErrorKind::data, folder.string() + ": holds no images");
  }
  return found;
}

std::vector<std::string> list_splits(const fs::path& data) {
  if (!fs::is_directory(data)) {
    throw Error(ErrorKind::data,
                data.string() + (fs::exists(data) ? ": is not a folder" : ": no such folder"));
  }
  std::vector<std::string> splits;
  for (const std::string& name : known_splits) {
    if (fs::is_directory(data / name)) {
      splits.push_back(name);
    }
  }
  const bool flat = fs::is_directory(data / "images") || fs::is_directory(data / "masks");
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

std::vector<Sample> find_samples(const fs::path& data, const std::string& split) {
  const std::vector<std::string> splits = list_splits(data);
  if (splits.empty()) {
    if (!split.empty()) {
      throw Error(ErrorKind::usage,
                  data.string() + ": is a flat folder, there is no split '" + split + "' in it");
    }
    return find_pairs(data, {});
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
  return find_pairs(data / *found, *found);
}

}  // namespace bcnet::data
