#include "data/layouts/folders.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <utility>

#include "core/error.h"
#include "data/image_folder.h"
#include "data/layouts/annotation_folders.h"
#include "data/layouts/annotations.h"
#include "data/layouts/coco.h"
#include "data/layouts/foreign.h"
#include "data/layouts/labelme.h"
#include "data/layouts/pairs.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

const std::vector<std::string> known_splits{"train", "validation", "val", "valid", "test"};

/// The first of these names that is a folder in folder; empty where none is.
fs::path first_folder(const fs::path& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (is_folder(folder / name)) {
      return folder / name;
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

/// Sub-folders by name, hidden ones passed over.
std::vector<std::string> sub_folders(const fs::path& folder) {
  std::vector<std::string> names;
  try {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (name.front() != '.' && is_folder(entry.path())) {
        names.push_back(name);
      }
    }
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorKind::data, folder.string() + ": cannot be read: " + error.code().message());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// images/ and masks/, or PraNet's image/ and mask/.
std::optional<FolderLayout> flat_folder(const fs::path& root, const fs::path& folder,
                                        bool one_is_enough) {
  const fs::path images = first_folder(folder, {"images", "image"});
  const fs::path masks = first_folder(folder, {"masks", "mask"});
  if (one_is_enough ? images.empty() && masks.empty() : images.empty() || masks.empty()) {
    return std::nullopt;
  }
  return FolderLayout{Layout::flat,
                      {{"", [root, images = images.empty() ? folder / "images" : images,
                             masks = masks.empty() ? folder / "masks" : masks] {
                          return pair_folders(root, images, masks);
                        }}}};
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
  const fs::path masks = first_folder(folder, {"Ground Truth", "GroundTruth", "Ground_Truth"});
  const fs::path images = first_folder(folder, {"Original", "ETIS-LaribPolypDB"});
  if (masks.empty() || images.empty()) {
    return std::nullopt;
  }
  return FolderLayout{Layout::cvc, {{"", [root, images, masks] {
                                       const FilesByStem of_images = images_by_stem(images);
                                       Survey survey =
                                           pair_files(root, of_images,
                                                      without_p(images_by_stem(masks), of_images));
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

/// A folder that is not divided into sub-folders.
std::optional<FolderLayout> leaf_folder(const fs::path& root, const fs::path& folder) {
  if (auto found = flat_folder(root, folder, false)) {
    return found;
  }
  for (const auto find :
       {coco_folder, other_programs_folder, labelme_folder, ground_truth_folder, mixed_folder}) {
    if (auto found = find(root, folder)) {
      return found;
    }
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

std::optional<FolderLayout> pranet_folder(const fs::path& root) {
  FolderLayout all{Layout::pranet, {}};
  if (auto found = leaf_folder(root, root / "TrainDataset")) {
    add_split(all, std::move(*found), "train");
  }
  if (is_folder(root / "TestDataset")) {
    for (const std::string& name : sub_folders(root / "TestDataset")) {
      if (auto found = leaf_folder(root, root / "TestDataset" / name)) {
        add_split(all, std::move(*found), name);
      }
    }
  }
  return all.parts.empty() ? std::nullopt : std::optional(std::move(all));
}

/// train/, validation/, test/. Where one of them is a data set, those that are none are splits
/// without images; with_empty: also where all are.
std::optional<FolderLayout> split_folder(const fs::path& root, bool with_empty) {
  FolderLayout all{Layout::split, {}};
  bool any = with_empty;
  for (const std::string& name : known_splits) {
    const fs::path folder = root / name;
    if (!is_folder(folder)) {
      continue;
    }
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
std::optional<FolderLayout> named_folders(const fs::path& root) {
  FolderLayout all{Layout::split, {}};
  std::optional<FolderLayout> last;
  std::size_t count = 0;
  for (const std::string& name : sub_folders(root)) {
    if (auto found = leaf_folder(root, root / name)) {
      last = found;
      ++count;
      add_split(all, std::move(*found), name);
    }
  }
  return count == 1 ? last : count == 0 ? std::nullopt : std::optional(std::move(all));
}

}  // namespace

FolderLayout find_folder_layout(const fs::path& folder) {
  if (auto pranet = pranet_folder(folder)) {
    return *pranet;
  }
  const auto leaf = leaf_folder(folder, folder);
  const auto split = split_folder(folder, !leaf);
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
    return split ? *split : *leaf;
  }
  if (const auto named = named_folders(folder)) {
    return *named;
  }
  throw Error(ErrorKind::data,
              folder.string() +
                  ": is no data set: images/ and masks/ are expected, or train/, validation/, "
                  "test/ with these inside, or another layout of docs/reference/data-layouts.md" +
                  foreign_note(folder));
}

}  // namespace bcnet::data
