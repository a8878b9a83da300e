#include "data/layouts/folders.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/lower_case.h"
#include "core/say_once.h"
#include "data/image_folder.h"
#include "data/layouts/annotation_folders.h"
#include "data/layouts/annotations.h"
#include "data/layouts/coco.h"
#include "data/layouts/foreign.h"
#include "data/layouts/labelme.h"
#include "data/layouts/names.h"
#include "data/layouts/pairs.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

/// The first of these names that is a folder in folder, whatever its capitals; empty where none is.
fs::path first_folder(const fs::path& folder, const std::vector<std::string>& names) {
  const std::vector<std::string> there = sub_folders(folder);
  for (const std::string& name : names) {
    if (std::find(there.begin(), there.end(), name) != there.end()) {
      return folder / name;
    }
    const auto alike = std::find_if(there.begin(), there.end(), [&](const std::string& other) {
      return lower_case(other) == lower_case(name);
    });
    if (alike != there.end()) {
      return folder / *alike;
    }
  }
  return {};
}

/// Whether a JSON file is of a kind; one that is broken is of none.
bool holds(const fs::path& file, bool (*is_kind)(const Json&)) {
  try {
    return is_kind(read_annotations(file));
  } catch (const Error&) {
    return false;
  }
}

/// Whether there is a picture or a mask in a folder or not far below it.
bool holds_images_below(const fs::path& folder, int levels = 3) {
  if (holds_masks(folder)) {
    return true;
  }
  const std::vector<std::string> inner =
      levels > 0 ? sub_folders(folder) : std::vector<std::string>{};
  return std::any_of(inner.begin(), inner.end(), [&](const std::string& name) {
    return holds_images_below(folder / name, levels - 1);
  });
}

/// Sub-folders for images and for masks that have a key in common: none for images/ and masks/.
struct KeyedFolders {
  std::string key;
  fs::path images;
  fs::path masks;
};

/// By key, whose capitals do not matter. Of several for one, the one with the most common name.
std::vector<KeyedFolders> keyed_folders(const fs::path& folder) {
  struct Found {
    KeyedFolders folders;
    std::size_t image_rank = 0;
    std::size_t mask_rank = 0;
  };
  std::map<std::string, Found> by_key;
  std::map<std::string, std::string> plain;  // folders that say nothing of what they hold
  for (const std::string& name : sub_folders(folder)) {
    const FolderName read = read_folder_name(name);
    const fs::path path = folder / name;
    if (read.kind == FolderKind::other) {
      plain[lower_case(name)] = name;
    } else if (!read.weak || holds_images_below(path)) {
      Found& found = by_key[lower_case(read.key)];
      const bool is_mask = read.kind == FolderKind::masks;
      fs::path& place = is_mask ? found.folders.masks : found.folders.images;
      std::size_t& rank = is_mask ? found.mask_rank : found.image_rank;
      // Of names that differ in capitals alone the last has the lower-case letters.
      const std::size_t new_rank = 2 * read.rank + (read.weak ? 1000 : 0);
      if (place.empty() || new_rank <= rank) {
        place = path;
        rank = new_rank;
      }
      found.folders.key = read.key;
    }
  }
  std::vector<KeyedFolders> result;
  for (auto& [key, found] : by_key) {
    KeyedFolders& folders = found.folders;
    // train/ is the images of train_gt/.
    if (!key.empty() && folders.images.empty() && plain.count(key) > 0 &&
        holds_images(unwrapped(folder / plain[key]))) {
      folders.key = plain[key];
      folders.images = folder / plain[key];
    }
    result.push_back(std::move(folders));
  }
  return result;
}

/// Images in images/train, masks in masks/train: one part for each split, or the whole where the
/// sub-folders are none.
std::vector<DataSet::Part> folder_parts(const fs::path& root, const fs::path& images,
                                        const fs::path& masks) {
  const auto part = [root](const std::string& split, const fs::path& of_images,
                           const fs::path& of_masks) {
    return DataSet::Part{split, [=] { return pair_folders(root, of_images, of_masks); }};
  };
  const fs::path image_root = unwrapped(images);
  const fs::path mask_root = unwrapped(masks);
  std::vector<std::string> names;
  if (!holds_images(image_root) && !holds_masks(mask_root)) {
    names = sub_folders(image_root);
    for (const std::string& name : sub_folders(mask_root)) {
      names.push_back(name);
    }
  }
  std::vector<DataSet::Part> parts;
  if (std::none_of(names.begin(), names.end(), is_split_name)) {
    parts.push_back(part("", images, masks));
    return parts;
  }
  // One name for the same thing: images/Train and masks/train, images/val and masks/validation.
  std::set<std::string> done;
  const auto partner = [](const fs::path& folder, const fs::path& opposite,
                          const std::string& name) {
    const std::vector<std::string> there = sub_folders(folder);
    const std::vector<std::string> theirs = sub_folders(opposite);
    const auto holds = [](const std::vector<std::string>& list, const std::string& text) {
      return std::find(list.begin(), list.end(), text) != list.end();
    };
    // What has a partner of its very name is nobody else's.
    const auto found = std::find_if(there.begin(), there.end(), [&](const std::string& other) {
      return !holds(theirs, other) &&
             split_meaning(lower_case(other)) == split_meaning(lower_case(name));
    });
    return holds(there, name) || found == there.end() ? name : *found;
  };
  for (const std::string& name : names) {
    const std::string of_images = partner(image_root, mask_root, name);
    const std::string of_masks = partner(mask_root, image_root, name);
    if (done.insert(of_images).second) {
      done.insert(of_masks);
      parts.push_back(
          part(of_images, unwrapped(image_root / of_images), unwrapped(mask_root / of_masks)));
    }
  }
  return parts;
}

/// Whether the one that is there has a name that says enough without the other.
bool common_name(const fs::path& images, const fs::path& masks) {
  const std::string name = lower_case((images.empty() ? masks : images).filename().string());
  return name == "images" || name == "image" || name == "masks" || name == "mask" || name == "gt";
}

/// images/ and masks/, or PraNet's image/ and mask/, and what else such folders are called.
std::optional<FolderLayout> flat_folder(const fs::path& root, const fs::path& folder,
                                        bool one_is_enough) {
  const std::vector<KeyedFolders> keyed = keyed_folders(folder);
  if (keyed.empty() || !keyed.front().key.empty()) {
    return std::nullopt;
  }
  const auto& [key, images, masks] = keyed.front();
  if ((images.empty() || masks.empty()) && !(one_is_enough && common_name(images, masks))) {
    return std::nullopt;
  }
  FolderLayout found{Layout::flat, folder_parts(root, images.empty() ? folder / "images" : images,
                                                masks.empty() ? folder / "masks" : masks)};
  found.layout = found.parts.front().split.empty() ? Layout::flat : Layout::split;
  return found;
}

/// Folders for images and masks that share a key, in folder or in its sub-folders.
void find_keyed(const fs::path& folder, int levels, std::vector<KeyedFolders>& found) {
  for (KeyedFolders& folders : keyed_folders(folder)) {
    if (!folders.key.empty() && !folders.images.empty() && !folders.masks.empty()) {
      found.push_back(std::move(folders));
    }
  }
  if (levels > 0) {
    for (const std::string& name : sub_folders(folder)) {
      find_keyed(folder / name, levels - 1, found);
    }
  }
}

/// images_C1/ and masks_C1/ (PolypGen), each in a folder of its centre or side by side; train/ and
/// train_gt/ (BKAI-IGH). Keys that are names of splits are splits, others are groups of one whole.
std::optional<FolderLayout> keyed_folder(const fs::path& root, const fs::path& folder, int levels) {
  std::vector<KeyedFolders> found;
  find_keyed(folder, levels, found);
  if (found.empty()) {
    return std::nullopt;
  }
  const bool all_splits = std::all_of(found.begin(), found.end(), [](const KeyedFolders& folders) {
    return is_split_name(folders.key);
  });
  if (all_splits && found.size() > 1) {
    FolderLayout all{Layout::split, {}};
    for (const auto& [key, images, masks] : found) {
      all.parts.push_back({key, [root, images = images, masks = masks] {
                             return pair_folders(root, images, masks);
                           }});
    }
    return all;
  }
  for (const std::string& name : sub_folders(folder)) {
    const bool known = std::any_of(found.begin(), found.end(), [&](const KeyedFolders& folders) {
      return folders.images == folder / name || folders.masks == folder / name;
    });
    if (!known && is_split_name(name) && holds_images(unwrapped(folder / name))) {
      say_once(fmt::format("{}: holds images and there are no masks for them: left out",
                           (folder / name).string()));
    }
  }
  const auto survey = [root, folder, found] {
    Survey all;
    for (const auto& [key, images, masks] : found) {
      Survey one = pair_folders(root, images, masks);
      for (Sample& sample : one.samples) {
        sample.group = found.size() > 1 ? key : sample.group;
      }
      append(all, std::move(one));
    }
    all.image_folder = found.size() > 1 ? folder : found.front().images;
    all.mask_folder = found.size() > 1 ? folder : found.front().masks;
    return all;
  };
  return FolderLayout{Layout::flat, {{"", survey}}};
}

/// Masks named pNAME beside or instead of NAME: the "p" goes where the images know no such name.
FilesByStem without_p(const FilesByStem& masks, const FilesByStem& images) {
  FilesByStem plain;
  for (const auto& [stem, paths] : masks) {
    const bool prefixed = images.count(stem) == 0 && stem.size() > 1 && stem.front() == 'p';
    auto& list = plain[prefixed ? stem.substr(1) : stem];
    list.insert(list.end(), paths.begin(), paths.end());
  }
  return plain;
}

/// CVC-ClinicDB (Original) and ETIS-LaribPolypDB as distributed.
std::optional<FolderLayout> ground_truth_folder(const fs::path& root, const fs::path& folder) {
  const fs::path masks =
      first_folder(folder, {"Ground Truth", "GroundTruth", "Ground_Truth", "Ground-Truth"});
  const fs::path images = first_folder(folder, {"Original", "ETIS-LaribPolypDB"});
  if (masks.empty() || images.empty()) {
    return std::nullopt;
  }
  return FolderLayout{
      Layout::cvc, {{"", [root, images, masks] {
                       const FilesByStem of_images = images_by_stem(unwrapped(images));
                       Survey survey = pair_files(
                           root, of_images, without_p(images_by_stem(unwrapped(masks)), of_images));
                       survey.image_folder = images;
                       survey.mask_folder = masks;
                       return survey;
                     }}}};
}

/// CVC-ColonDB as distributed: N.tiff, its mask pN.tiff, and what is neither (cN, sN, cpN) in
/// one folder. Known by a pair that is there.
std::optional<FolderLayout> mixed_folder(const fs::path& root, const fs::path& folder) {
  const auto is_number = [](const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  };
  const auto split_up = [folder, is_number] {
    std::pair<FilesByStem, FilesByStem> found;  // images, masks
    for (auto& [stem, paths] : images_by_stem(folder)) {
      if (is_number(stem)) {
        found.first[stem] = paths;
      } else if (stem.front() == 'p' && is_number(stem.substr(1))) {
        found.second[stem.substr(1)] = paths;
      }
    }
    return found;
  };
  const auto [images, masks] = split_up();
  if (std::none_of(images.begin(), images.end(),
                   [&](const auto& image) { return masks.count(image.first) > 0; })) {
    return std::nullopt;
  }
  return FolderLayout{Layout::cvc, {{"", [root, folder, split_up] {
                                       const auto found = split_up();
                                       Survey survey = pair_files(root, found.first, found.second);
                                       survey.image_folder = folder;
                                       survey.mask_folder = folder;
                                       return survey;
                                     }}}};
}

/// NAME and NAME_mask in one folder.
std::optional<FolderLayout> suffixed_folder(const fs::path& root, const fs::path& folder) {
  const auto tell = [folder] { return tell_masks_apart(images_by_stem(folder), folder.string()); };
  if (!holds_images(folder) || !tell()) {
    return std::nullopt;
  }
  const auto survey = [root, folder, tell] {
    const ImagesAndMasks found = tell().value_or(ImagesAndMasks{});
    Survey all = pair_files(root, found.images,
                            masks_named_like_images(found.images, found.masks, folder.string()));
    all.image_folder = folder;
    all.mask_folder = folder;
    return all;
  };
  return FolderLayout{Layout::flat, {{"", survey}}};
}

/// COCO files in annotations/ or in the folder itself. Of COCO's own several kinds these are
/// the instances.
std::optional<FolderLayout> coco_folder(const fs::path& root, const fs::path& folder) {
  for (const fs::path& place : {folder / "annotations", folder}) {
    std::vector<fs::path> files = json_files(place);
    const auto named_instances = [](const fs::path& file) {
      return file.filename().string().rfind("instances_", 0) == 0;
    };
    const bool by_name = std::any_of(files.begin(), files.end(), named_instances);
    files.erase(std::remove_if(files.begin(), files.end(),
                               [&](const fs::path& file) {
                                 return by_name ? !named_instances(file) : !holds(file, is_coco);
                               }),
                files.end());
    if (!files.empty()) {
      return FolderLayout{Layout::coco, coco_parts(files, root, folder)};
    }
  }
  return std::nullopt;
}

/// LabelMe's files beside the images, in the folder or in its images/, or in a folder of their own.
std::optional<FolderLayout> labelme_folder(const fs::path& root, const fs::path& folder) {
  for (const char* name :
       {"", "images", "image", "img", "annotations", "ann", "json", "jsons", "labels", "labelme"}) {
    const fs::path place = *name == '\0' ? folder : folder / name;
    for (const fs::path& file : json_files(place)) {
      if (holds(file, is_labelme)) {
        const fs::path images =
            place == folder ? fs::path() : first_folder(folder, {"images", "image", "img"});
        return FolderLayout{
            Layout::labelme,
            {{"", [root, place, images] { return read_labelme(place, root, images); }}}};
      }
    }
  }
  return std::nullopt;
}

/// A folder with images and masks, and not with parts that are data sets themselves.
std::optional<FolderLayout> leaf_folder(const fs::path& root, const fs::path& wrapped) {
  const fs::path folder = unwrapped(wrapped);
  if (auto found = flat_folder(root, folder, false)) {
    return found;
  }
  for (const auto find : {coco_folder, other_programs_folder, labelme_folder, ground_truth_folder,
                          mixed_folder, suffixed_folder}) {
    if (auto found = find(root, folder)) {
      return found;
    }
  }
  if (auto found = keyed_folder(root, folder, 0)) {
    return found;
  }
  return flat_folder(root, folder, true);
}

/// Adds folder as a split of this name.
void add_split(FolderLayout& all, FolderLayout found, const std::string& name) {
  for (DataSet::Part& part : found.parts) {
    all.parts.push_back(
        {part.split.empty() ? name : name + "/" + part.split, std::move(part.survey)});
  }
}

/// Adds each of folder's sub-folders that is a data set as a split, before being in front.
void add_sub_folders(FolderLayout& all, const fs::path& root, const fs::path& folder,
                     const std::string& before) {
  for (const std::string& name : sub_folders(folder)) {
    if (auto found = leaf_folder(root, folder / name)) {
      add_split(all, std::move(*found), before + name);
    }
  }
}

/// TrainDataset/ and TestDataset/NAME/; SUN-SEG's TestEasyDataset/Seen/ and the like.
std::optional<FolderLayout> pranet_folder(const fs::path& root, const fs::path& folder) {
  FolderLayout all{Layout::pranet, {}};
  for (const std::string& name : sub_folders(folder)) {
    const std::string lower = lower_case(name);
    const std::string end = "dataset";
    const bool named =
        lower.size() > end.size() && lower.compare(lower.size() - end.size(), end.size(), end) == 0;
    if (!named || (lower.rfind("train", 0) != 0 && lower.rfind("test", 0) != 0)) {
      continue;
    }
    const bool plain = lower == "traindataset" || lower == "testdataset";
    if (auto found = leaf_folder(root, folder / name)) {
      add_split(all, std::move(*found), plain ? lower.substr(0, lower.size() - end.size()) : name);
    } else if (lower.rfind("test", 0) == 0) {
      add_sub_folders(all, root, folder / name, plain ? "" : name + "/");
    }
  }
  return all.parts.empty() ? std::nullopt : std::optional(std::move(all));
}

/// train/, validation/, test/. Where one of them is a data set, those that are none are splits
/// without images; with_empty: also where all are.
std::optional<FolderLayout> split_folder(const fs::path& root, const fs::path& parent,
                                         bool with_empty) {
  FolderLayout all{Layout::split, {}};
  bool any = with_empty;
  for (const std::string& name : sub_folders(parent)) {
    if (!is_split_name(name)) {
      continue;
    }
    const fs::path folder = parent / name;
    auto found = leaf_folder(root, folder);
    any = any || found;
    if (!found) {
      found = FolderLayout{Layout::flat, {{"", [root, folder] {
                                             return pair_folders(root, folder / "images",
                                                                 folder / "masks");
                                           }}}};
    }
    add_split(all, std::move(*found), name);
  }
  return all.parts.empty() || !any ? std::nullopt : std::optional(std::move(all));
}

/// Data sets side by side, as in PraNet's TestDataset; one alone is not a split but the whole.
std::optional<FolderLayout> named_folders(const fs::path& root, const fs::path& folder) {
  constexpr int levels = 3;
  if (auto centres = keyed_folder(root, folder, levels)) {
    return centres;
  }
  FolderLayout all{Layout::split, {}};
  std::optional<FolderLayout> last;
  std::size_t count = 0;
  for (const std::string& name : sub_folders(folder)) {
    if (auto found = leaf_folder(root, folder / name)) {
      last = found;
      ++count;
      add_split(all, std::move(*found), name);
    }
  }
  return count == 1 ? last : count == 0 ? std::nullopt : std::optional(std::move(all));
}

std::optional<FolderLayout> layout_in(const fs::path& root, const fs::path& folder) {
  if (auto pranet = pranet_folder(root, folder)) {
    return pranet;
  }
  auto leaf = leaf_folder(root, folder);
  auto split = split_folder(root, folder, !leaf);
  if (split && leaf) {
    std::vector<std::string> names;
    for (const DataSet::Part& part : split->parts) {
      names.push_back(part.split);
    }
    throw Error(ErrorKind::data,
                fmt::format("{}: holds images or masks of its own and also {}/, one layout is "
                            "allowed",
                            folder.string(), fmt::join(names, "/, ")));
  }
  if (split || leaf) {
    return split ? split : leaf;
  }
  return named_folders(root, folder);
}

}  // namespace

FolderLayout find_folder_layout(const fs::path& folder, Needed needed) {
  fs::path place = folder;
  constexpr int levels = 3;
  for (int level = 0; level < levels; ++level) {
    if (auto found = layout_in(folder, place)) {
      return *found;
    }
    // What archives are unpacked to: one folder in the other.
    const std::vector<std::string> inner = sub_folders(place);
    if (inner.size() != 1) {
      break;
    }
    place /= inner.front();
  }
  if (needed == Needed::masks && holds_images(folder)) {
    return {Layout::flat, {{"", [folder] {
                              Survey survey = pair_files(folder, {}, images_by_stem(folder));
                              survey.image_folder = folder;
                              survey.mask_folder = folder;
                              return survey;
                            }}}};
  }
  throw Error(ErrorKind::data,
              folder.string() +
                  ": is no data set: images/ and masks/ are expected, or train/, validation/, "
                  "test/ with these inside, or another layout of docs/reference/data-layouts.md" +
                  foreign_note(folder));
}

}  // namespace bcnet::data
