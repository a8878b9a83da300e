#include "data/layouts/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "core/error.h"
#include "core/lower_case.h"
#include "core/say_once.h"

namespace bcnet::data {

namespace {

constexpr std::string_view separators = "_-. ";

bool is_separator(char c) { return separators.find(c) != std::string_view::npos; }

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

bool begins_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

const std::vector<std::string> image_words{"images", "image",  "imgs",  "img",     "frames",
                                           "frame",  "photos", "photo", "picture", "pictures"};
const std::vector<std::string> mask_words{
    "masks",        "mask",         "gt",           "gts",           "groundtruth", "ground_truth",
    "ground truth", "ground-truth", "segmentation", "segmentations", "seg",         "segs"};
const std::vector<std::string> weak_mask_words{"labels", "label", "annotations", "annotation"};

/// In names of files; the extension of the image is one too, as in IMAGE.jpg.png.
const std::vector<std::string> file_mask_words{
    "mask",         "masks",        "segmentation", "seg",        "segm",   "groundtruth",
    "ground_truth", "ground-truth", "ground truth", "gt",         "label",  "labels",
    "annotation",   "anno",         "bin",          "binary",     "manual", "lesion",
    "polyp",        "target",       "pred",         "prediction", "out",    "output",
    "probability",  "prob"};
const std::vector<std::string> file_extensions{"jpg", "jpeg", "png", "bmp", "tif", "tiff", "webp"};
const std::vector<std::string> file_image_words{"image", "img",  "frame",   "picture",
                                                "photo", "orig", "original"};

/// Tries a word alone, before and behind a key.
bool take_word(const std::string& name, const std::string& lower, const std::string& word,
               std::string& key) {
  if (lower == word) {
    key.clear();
    return true;
  }
  if (begins_with(lower, word) && is_separator(lower[word.size()])) {
    key = name.substr(word.size() + 1);
    return !key.empty();
  }
  if (ends_with(lower, word) && is_separator(lower[lower.size() - word.size() - 1])) {
    key = name.substr(0, name.size() - word.size() - 1);
    return !key.empty();
  }
  return false;
}

/// What stands around the part of a stem that an image and its mask share; in lower case.
struct Affix {
  std::string before;
  std::string after;

  bool operator<(const Affix& other) const {
    return std::tie(before, after) < std::tie(other.before, other.after);
  }
  bool operator==(const Affix& other) const {
    return before == other.before && after == other.after;
  }
  bool empty() const { return before.empty() && after.empty(); }
  std::string text(const std::string& middle) const { return before + middle + after; }
};

/// A key's folders, with the last '/', and its stem.
std::pair<std::string, std::string> divided(const std::string& key) {
  const std::size_t slash = key.rfind('/');
  const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
  return {key.substr(0, begin), key.substr(begin)};
}

/// The key without an affix; nothing where the stem does not have it, or consists of it.
std::optional<std::string> core_of(const std::string& key, const Affix& affix) {
  const auto [folder, stem] = divided(key);
  const std::string lower = lower_case(stem);
  if (stem.size() <= affix.before.size() + affix.after.size() ||
      !begins_with(lower, affix.before) || !ends_with(lower, affix.after)) {
    return std::nullopt;
  }
  return folder +
         stem.substr(affix.before.size(), stem.size() - affix.before.size() - affix.after.size());
}

/// Every known word that a stem begins or ends with, with the separators between.
void add_affixes(const std::string& key, const std::vector<std::string>& words,
                 std::map<Affix, std::size_t>& found) {
  const std::string stem = lower_case(divided(key).second);
  for (const std::string& word : words) {
    if (stem.size() < word.size() + 2) {
      continue;
    }
    if (begins_with(stem, word) && is_separator(stem[word.size()])) {
      ++found[{word + stem[word.size()], ""}];
    }
    if (ends_with(stem, word) && is_separator(stem[stem.size() - word.size() - 1])) {
      ++found[{"", stem[stem.size() - word.size() - 1] + word}];
    }
  }
}

/// The most frequent ones, at most a few, and that there is none.
std::vector<Affix> candidates(const std::map<Affix, std::size_t>& found) {
  constexpr std::size_t most = 6;
  std::vector<std::pair<std::size_t, Affix>> ordered;
  for (const auto& [affix, count] : found) {
    ordered.emplace_back(count, affix);
  }
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<Affix> result;
  for (std::size_t i = 0; i < ordered.size() && i < most; ++i) {
    result.push_back(ordered[i].second);
  }
  result.emplace_back();
  return result;
}

struct Rule {
  Affix image;
  Affix mask;
  std::map<std::string, std::string> image_of;  ///< of masks, both by key
};

class Matcher {
 public:
  Matcher(const FilesByStem& images, const FilesByStem& masks, const std::string& place)
      : masks_(masks), place_(place) {
    for (const auto& [key, paths] : images) {
      if (masks.count(key) == 0) {
        images_.insert(key);
      }
    }
    for (const auto& [key, paths] : masks) {
      if (images.count(key) == 0) {
        lonely_.insert(key);
      }
    }
    exact_ = images.size() - images_.size();
  }

  FilesByStem run() {
    while (!images_.empty() && !lonely_.empty()) {
      std::optional<Rule> rule = best_known();
      if (!rule && image_of_.empty()) {
        rule = any_suffix_or_prefix();
      }
      if (!rule || image_of_.size() + rule->image_of.size() < exact_) {
        break;
      }
      take(*rule);
    }
    FilesByStem renamed;
    for (const auto& [key, paths] : masks_) {
      const auto image = image_of_.find(key);
      auto& list = renamed[image == image_of_.end() ? key : image->second];
      list.insert(list.end(), paths.begin(), paths.end());
    }
    return renamed;
  }

 private:
  Rule apply(const Affix& image, const Affix& mask) const {
    std::map<std::string, std::string> by_core;
    for (const std::string& key : images_) {
      if (const auto core = core_of(key, image)) {
        by_core.emplace(*core, key);
      }
    }
    Rule rule{image, mask, {}};
    for (const std::string& key : lonely_) {
      const auto core = core_of(key, mask);
      const auto found = core ? by_core.find(*core) : by_core.end();
      if (found != by_core.end()) {
        rule.image_of.emplace(key, found->second);
      }
    }
    return rule;
  }

  std::optional<Rule> best_known() const {
    std::map<Affix, std::size_t> of_images;
    std::map<Affix, std::size_t> of_masks;
    for (const std::string& key : images_) {
      add_affixes(key, file_image_words, of_images);
    }
    for (const std::string& key : lonely_) {
      add_affixes(key, file_mask_words, of_masks);
      add_affixes(key, file_extensions, of_masks);
    }
    std::optional<Rule> best;
    std::optional<Rule> second;  // as good as the best
    for (const Affix& mask : candidates(of_masks)) {
      for (const Affix& image : candidates(of_images)) {
        if (mask.empty() && image.empty()) {
          continue;
        }
        Rule rule = apply(image, mask);
        const std::size_t count = rule.image_of.size();
        if (count > (best ? best->image_of.size() : 0)) {
          best = std::move(rule);
          second.reset();
        } else if (count > 0 && count == best->image_of.size() && !second) {
          second = std::move(rule);
        }
      }
    }
    if (second) {
      refuse_two_masks(*best, *second);
    }
    return best;
  }

  /// Two rules that find different masks for one image: nothing tells which is meant.
  void refuse_two_masks(const Rule& one, const Rule& other) const {
    std::map<std::string, std::string> mask_of;
    for (const auto& [mask, image] : one.image_of) {
      mask_of.emplace(image, mask);
    }
    for (const auto& [mask, image] : other.image_of) {
      const auto found = mask_of.find(image);
      if (found != mask_of.end() && found->second != mask) {
        throw Error(ErrorKind::data,
                    fmt::format("{}: found {} and {}, both of which may be the mask of {}; one is "
                                "allowed, leave the others out",
                                place_, found->second, mask, image));
      }
    }
  }

  /// Whatever all lonely masks have behind or in front of their image's name.
  std::optional<Rule> any_suffix_or_prefix() const {
    if (lonely_.size() < 2) {
      return std::nullopt;
    }
    const auto [folder, stem] = divided(*lonely_.begin());
    for (std::size_t length = stem.size() - 1; length > 0; --length) {
      for (const bool behind : {true, false}) {
        const std::string core =
            behind ? stem.substr(0, length) : stem.substr(stem.size() - length);
        const std::string rest =
            behind ? stem.substr(length) : stem.substr(0, stem.size() - length);
        // 1 and 10 are two numbers.
        const bool number = behind ? is_digit(core.back()) && is_digit(rest.front())
                                   : is_digit(core.front()) && is_digit(rest.back());
        if (number || images_.count(folder + core) == 0) {
          continue;
        }
        const std::string lower = lower_case(rest);
        Rule rule = apply({}, behind ? Affix{"", lower} : Affix{lower, ""});
        if (rule.image_of.size() == lonely_.size()) {
          return rule;
        }
      }
    }
    return std::nullopt;
  }

  void take(const Rule& rule) {
    if (!place_.empty()) {
      say_once(fmt::format("{}: files are found by their names: {} belongs to {} ({} of them)",
                           place_, rule.mask.text("NAME"), rule.image.text("NAME"),
                           rule.image_of.size()));
    }
    for (const auto& [mask, image] : rule.image_of) {
      image_of_.emplace(mask, image);
      lonely_.erase(mask);
      images_.erase(image);
    }
  }

  const FilesByStem& masks_;
  const std::string& place_;
  std::set<std::string> images_;  ///< without a mask yet
  std::set<std::string> lonely_;  ///< masks without an image yet
  std::size_t exact_ = 0;
  std::map<std::string, std::string> image_of_;
};

/// PolypGen's C4: of "8_endocv2021_positive_1447", a frame, the sequence 8; of others nothing.
std::string sequence_of_stem(const std::string& stem) {
  std::string_view rest = stem;
  const auto take_digits = [&rest] {
    const auto end = std::find_if_not(rest.begin(), rest.end(), is_digit);
    const auto count = static_cast<std::size_t>(end - rest.begin());
    rest.remove_prefix(count);
    return count;
  };
  const auto take_text = [&rest](std::string_view text) {
    const bool there = lower_case(std::string(rest.substr(0, text.size()))) == text;
    rest.remove_prefix(there ? text.size() : 0);
    return there;
  };
  const std::size_t number = take_digits();
  const bool frame = number > 0 && take_text("_endocv") && take_digits() > 0 &&
                     (take_text("_positive_") || take_text("_negative_")) && take_digits() > 0;
  return frame ? stem.substr(0, number) : std::string();
}

}  // namespace

std::string split_meaning(const std::string& name) {
  const std::string lower = lower_case(name);
  if (lower == "val" || lower == "valid" || lower == "validation") {
    return "validation";
  }
  for (const char* known : {"train", "test"}) {
    if (lower == known || lower == std::string(known) + "ing") {
      return known;
    }
  }
  return name;
}

bool is_split_name(const std::string& name) {
  const std::string meaning = split_meaning(name);
  return meaning == "train" || meaning == "validation" || meaning == "test";
}

FolderName read_folder_name(const std::string& name) {
  const std::string lower = lower_case(name);
  FolderName result;
  const auto look = [&](FolderKind kind, const std::vector<std::string>& words, bool weak) {
    for (std::size_t i = 0; result.kind == FolderKind::other && i < words.size(); ++i) {
      if (take_word(name, lower, words[i], result.key)) {
        result.kind = kind;
        result.rank = i;
        result.weak = weak;
      }
    }
  };
  look(FolderKind::masks, mask_words, false);
  look(FolderKind::images, image_words, false);
  look(FolderKind::masks, weak_mask_words, true);
  return result;
}

FilesByStem masks_named_like_images(const FilesByStem& images, const FilesByStem& masks,
                                    const std::string& place) {
  return Matcher(images, masks, place).run();
}

std::optional<ImagesAndMasks> tell_masks_apart(const FilesByStem& files, const std::string& place) {
  ImagesAndMasks found;
  for (const auto& [key, paths] : files) {
    std::map<Affix, std::size_t> affixes;
    add_affixes(key, file_mask_words, affixes);
    (affixes.empty() ? found.images : found.masks)[key] = paths;
  }
  if (found.images.empty() || found.masks.empty()) {
    return std::nullopt;
  }
  const FilesByStem renamed = masks_named_like_images(found.images, found.masks, place);
  const bool any = std::any_of(renamed.begin(), renamed.end(), [&](const auto& mask) {
    return found.images.count(mask.first) > 0;
  });
  return any ? std::optional(std::move(found)) : std::nullopt;
}

std::string without_mask_word(const std::string& key) {
  std::map<Affix, std::size_t> found;
  add_affixes(key, file_mask_words, found);
  return found.empty() ? key : core_of(key, found.begin()->first).value_or(key);
}

std::string group_of_key(const std::string& key) {
  constexpr std::array classes{"polyp",    "polyps",   "normal",    "healthy",
                               "positive", "negative", "positives", "negatives"};
  std::string rest = key;
  for (std::size_t slash = rest.find('/'); slash != std::string::npos; slash = rest.find('/')) {
    std::string folder = rest.substr(0, slash);
    rest.erase(0, slash + 1);
    const std::string lower = lower_case(folder);
    if (std::find(classes.begin(), classes.end(), lower) != classes.end()) {
      continue;
    }
    // SUN-SEG: case7_2 is the second clip of case 7.
    const std::size_t clip = folder.rfind('_');
    const auto digits = [&](std::size_t begin, std::size_t end) {
      return begin < end &&
             std::all_of(folder.begin() + static_cast<std::ptrdiff_t>(begin),
                         folder.begin() + static_cast<std::ptrdiff_t>(end), is_digit);
    };
    if (begins_with(lower, "case") && clip != std::string::npos && digits(4, clip) &&
        digits(clip + 1, folder.size())) {
      folder.resize(clip);
    }
    return folder;
  }
  return sequence_of_stem(rest);
}

}  // namespace bcnet::data
