#include "evaluate/prediction_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "data/image_folder.h"
#include "data/layouts/names.h"
#include "image/codec.h"
#include "image/npy.h"

namespace bcnet::evaluate {

namespace fs = std::filesystem;

namespace {

// What `bcnet predict` puts behind a name.
const std::string mask_end = "_mask";
const std::string map_end = "_probability";
const std::string overlay_end = "_overlay";
// For the array beside a picture of one name: nnU-Net's probabilities beside its mask.
const std::string array_end = ".npz";

/// Files by their path below the folder, without extension.
class Lister {
 public:
  explicit Lister(const std::string& folder) : folder_(folder) {}

  std::map<std::string, fs::path> run() {
    walk(folder_, "", 0);
    for (auto& [key, paths] : files_) {
      if (paths.size() == 2 && has_array_extension(paths[0]) != has_array_extension(paths[1])) {
        const bool first = has_array_extension(paths[0]);
        single_[key + array_end] = paths[first ? 0 : 1];
        paths = {paths[first ? 1 : 0]};
      }
      if (paths.size() > 1) {
        data::refuse_same_stem(paths);
      }
      single_[key] = paths.front();
    }
    if (single_.empty()) {
      data::refuse_empty(folder_);
    }
    return std::move(single_);
  }

 private:
  void walk(const fs::path& folder, const std::string& key, int level) {
    constexpr int deepest = 8;
    std::error_code error;
    const fs::path self = fs::weakly_canonical(folder, error);
    // Links to folders are followed, but not round in a circle.
    if (level > deepest || std::find(open_.begin(), open_.end(), self) != open_.end()) {
      return;
    }
    open_.push_back(self);
    std::vector<fs::path> entries;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      entries.push_back(entry->path());
    }
    if (error && data::is_folder(folder)) {
      throw Error(ErrorKind::data, folder.string() + ": cannot be read: " + error.message());
    }
    std::sort(entries.begin(), entries.end());
    for (const fs::path& path : entries) {
      if (path.filename().string().front() == '.') {
        continue;
      }
      if (data::is_folder(path)) {
        walk(path, key + path.filename().string() + '/', level + 1);
      } else if (has_mask_extension(path)) {
        files_[key + image_stem(path)].push_back(path);
      }
    }
    open_.pop_back();
  }

  fs::path folder_;
  std::vector<fs::path> open_;
  std::map<std::string, std::vector<fs::path>> files_;
  std::map<std::string, fs::path> single_;
};

std::vector<std::string> parts_of(const fs::path& path) {
  std::vector<std::string> parts;
  for (const fs::path& part : path) {
    parts.push_back(part.string());
  }
  return parts;
}

/// One way of naming a prediction after its image's path.
struct Naming {
  bool without_kinds = false;  ///< folders that are called images, masks_C1 … are left out
  std::size_t dropped = 0;     ///< folders in front that are left out
  bool extension = false;      ///< of the image, as predict keeps it where stems collide

  std::string key(const data::Sample& sample) const {
    std::vector<std::string> parts = parts_of(fs::path(sample.name));
    std::string stem = parts.back();
    parts.pop_back();
    if (without_kinds) {
      parts.erase(std::remove_if(parts.begin(), parts.end(),
                                 [](const std::string& part) {
                                   return data::read_folder_name(part).kind !=
                                          data::FolderKind::other;
                                 }),
                  parts.end());
    }
    std::string key;
    for (std::size_t i = std::min(dropped, parts.size()); i < parts.size(); ++i) {
      key += parts[i] + '/';
    }
    return key + (extension ? stem : image_stem(stem));
  }
};

/// Who gets which file under one way of naming.
struct Assignment {
  std::map<std::string, PredictionFiles> found;  ///< by sample
  std::map<std::string, std::string> missing;    ///< by sample: what is expected
  std::set<std::string> used;                    ///< keys of files
  std::size_t unused = 0;
};

class Assigner {
 public:
  Assigner(const std::map<std::string, fs::path>& files, const std::vector<data::Sample>& samples)
      : files_(files), samples_(samples) {}

  /// The naming under which the most images have a prediction; of equal ones that with the most
  /// folders.
  Assignment best(const std::string& folder) const {
    std::size_t deepest = 0;
    for (const data::Sample& sample : samples_) {
      deepest = std::max(deepest, parts_of(fs::path(sample.name)).size() - 1);
    }
    Naming best{false, deepest, false};  // messages name the stem alone where none fits
    std::size_t most = 0;
    for (std::size_t dropped = 0; dropped <= deepest; ++dropped) {
      for (const bool without_kinds : {false, true}) {
        const Naming naming{without_kinds, dropped, false};
        const std::size_t count = assign(naming, "").found.size();
        if (count > most) {
          best = naming;
          most = count;
        }
      }
    }
    return assign(best, folder);
  }

 private:
  Assignment assign(const Naming& naming, const std::string& place) const {
    Assignment result;
    Naming with_extension = naming;
    with_extension.extension = true;
    data::FilesByStem lonely;                      // keys of images that have none yet
    std::map<std::string, std::string> sample_of;  // by key
    std::vector<const data::Sample*> others;
    for (const data::Sample& sample : samples_) {
      if (!take(sample, with_extension.key(sample), result) &&
          !take(sample, naming.key(sample), result)) {
        others.push_back(&sample);
      }
    }
    for (const data::Sample* other : others) {
      const data::Sample& sample = *other;
      const std::string key = naming.key(sample);
      // A mask that stands for its image may be called NAME_mask.
      const bool mask_alone = fs::path(sample.name).filename() == sample.mask.filename();
      if (mask_alone && take(sample, data::without_mask_word(key), result)) {
        continue;
      }
      result.missing[sample.name] =
          files_.count(key) > 0
              ? fmt::format(
                    "{} belongs to another image of that name; sub-folders like those of "
                    "the images are expected",
                    files_.at(key).string())
              : fmt::format("an image named {} is expected", key);
      if (sample_of.emplace(key, sample.name).second) {
        lonely[key] = {sample.image};
      }
    }
    take_by_rule(lonely, sample_of, place, result);
    for (const auto& [key, path] : files_) {
      result.unused += result.used.count(key) > 0 || is_overlay(key, result) ? 0 : 1;
    }
    return result;
  }

  /// Where names have something in front or behind that all of them have.
  void take_by_rule(const data::FilesByStem& lonely,
                    const std::map<std::string, std::string>& sample_of, const std::string& place,
                    Assignment& result) const {
    data::FilesByStem left;
    std::map<fs::path, std::string> key_of;
    for (const auto& [key, path] : files_) {
      if (result.used.count(key) == 0 && !is_overlay(key, result)) {
        left[key] = {path};
        key_of[path] = key;
      }
    }
    if (lonely.empty() || left.empty()) {
      return;
    }
    for (const auto& [key, paths] : data::masks_named_like_images(lonely, left, place)) {
      const auto sample = sample_of.find(key);
      if (sample == sample_of.end()) {
        continue;
      }
      if (paths.size() > 1) {
        data::refuse_same_stem(paths);
      }
      result.found[sample->second] = {paths.front(), {}};
      result.missing.erase(sample->second);
      result.used.insert(key_of.at(paths.front()));
    }
  }

  /// The overlay of an image is no prediction, and no stray file.
  static bool is_overlay(const std::string& key, const Assignment& result) {
    if (key.size() <= overlay_end.size() ||
        key.compare(key.size() - overlay_end.size(), overlay_end.size(), overlay_end) != 0) {
      return false;
    }
    const std::string stem = key.substr(0, key.size() - overlay_end.size());
    return result.used.count(stem + mask_end) > 0 || result.used.count(stem + map_end) > 0;
  }

  /// Takes what is there under a key, once.
  bool take(const data::Sample& sample, const std::string& key, Assignment& result) const {
    const auto at = [&](const std::string& name) {
      const auto found = files_.find(name);
      const bool free = found != files_.end() && result.used.insert(name).second;
      return free ? found->second : fs::path();
    };
    PredictionFiles files{at(key), {}};
    if (!files.mask.empty()) {
      files.map = at(key + array_end);
    } else {
      files.mask = at(key + mask_end);
      files.map = at(key + map_end);
    }
    if (files.mask.empty()) {
      std::swap(files.mask, files.map);
    }
    if (files.mask.empty()) {
      return false;
    }
    result.found[sample.name] = std::move(files);
    return true;
  }

  const std::map<std::string, fs::path>& files_;
  const std::vector<data::Sample>& samples_;
};

/// Files below the one folder that all of them lie in: what an archive or a program puts around.
std::map<std::string, fs::path> without_common_folder(
    const std::map<std::string, fs::path>& files) {
  const std::string& first = files.begin()->first;
  const std::string& last = files.rbegin()->first;
  std::size_t common = 0;
  for (std::size_t i = 0; i < std::min(first.size(), last.size()) && first[i] == last[i]; ++i) {
    common = first[i] == '/' ? i + 1 : common;
  }
  std::map<std::string, fs::path> shorter;
  for (const auto& [key, path] : files) {
    shorter[key.substr(common)] = path;
  }
  return shorter;
}

}  // namespace

PredictionIndex::PredictionIndex(const std::string& folder,
                                 const std::vector<data::Sample>& samples)
    : folder_(folder) {
  const std::map<std::string, fs::path> files = Lister(folder).run();
  Assignment chosen = Assigner(files, samples).best(folder);
  if (chosen.found.empty()) {
    const std::map<std::string, fs::path> shorter = without_common_folder(files);
    chosen = Assigner(shorter, samples).best(folder);
  }
  found_ = std::move(chosen.found);
  missing_ = std::move(chosen.missing);
  unused_ = chosen.unused;
}

const PredictionFiles& PredictionIndex::find(const data::Sample& sample) const {
  const auto found = found_.find(sample.name);
  if (found != found_.end()) {
    return found->second;
  }
  throw Error(ErrorKind::data, fmt::format("{}: no prediction for {}: {}", folder_, sample.name,
                                           missing_.at(sample.name)));
}

}  // namespace bcnet::evaluate
