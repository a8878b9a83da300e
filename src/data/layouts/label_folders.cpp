#include "data/layouts/label_folders.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <utility>

#include "core/error.h"
#include "data/image_folder.h"
#include "data/layouts/annotations.h"
#include "data/layouts/pairs.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

/// "0000" of "case_0000"; empty where there is no such number.
std::string channel_of(const std::string& stem) {
  constexpr std::size_t digits = 4;
  if (stem.size() <= digits + 1 || stem[stem.size() - digits - 1] != '_' ||
      stem.find_last_not_of("0123456789") != stem.size() - digits - 1) {
    return {};
  }
  return stem.substr(stem.size() - digits);
}

Survey read_nnunet(const fs::path& root, const fs::path& images, const fs::path& labels) {
  FilesByStem cases;
  for (auto& [stem, paths] : images_by_stem(images)) {
    const std::string channel = channel_of(stem);
    if (!channel.empty() && channel != "0000") {
      throw Error(ErrorKind::data, paths.front().string() +
                                       ": is a further channel of an image; pictures whose colours "
                                       "are in one file, CASE_0000, are allowed");
    }
    cases[channel.empty() ? stem : stem.substr(0, stem.size() - channel.size() - 1)] = paths;
  }
  Survey survey = pair_files(root, cases, images_by_stem(labels));
  survey.image_folder = images;
  survey.mask_folder = labels;
  return survey;
}

/// The stems that a list names, as far as they are stems.
std::vector<std::string> read_list(const fs::path& file) {
  std::vector<std::string> stems;
  std::istringstream lines(read_annotation_bytes(file));
  for (std::string line; std::getline(lines, line);) {
    const std::string stem = fs::path(line.substr(0, line.find_first_of(" \t\r"))).filename();
    if (!stem.empty()) {
      stems.push_back(stem);
    }
  }
  return stems;
}

Survey read_voc(const fs::path& root, const fs::path& folder, const fs::path& list) {
  FilesByStem images = images_by_stem(folder / "JPEGImages");
  FilesByStem masks = images_by_stem(folder / "SegmentationClass");
  if (!list.empty()) {
    FilesByStem listed_images;
    FilesByStem listed_masks;
    for (const std::string& stem : read_list(list)) {
      for (auto& [all, listed] : {std::pair{&images, &listed_images}, {&masks, &listed_masks}}) {
        if (const auto found = all->find(stem); found != all->end()) {
          (*listed)[stem] = found->second;
        }
      }
      if (images.count(stem) == 0 && masks.count(stem) == 0) {
        throw Error(ErrorKind::data, list.string() + ": " + stem + ": no such file in JPEGImages/");
      }
    }
    images = std::move(listed_images);
    masks = std::move(listed_masks);
  }
  Survey survey = pair_files(root, images, masks);
  survey.image_folder = folder / "JPEGImages";
  survey.mask_folder = folder / "SegmentationClass";
  return survey;
}

}  // namespace

std::vector<DataSet::Part> nnunet_parts(const fs::path& root, const fs::path& folder) {
  std::vector<DataSet::Part> parts;
  const auto add = [&](const std::string& split, const fs::path& images, const fs::path& labels) {
    if (is_folder(images) && is_folder(labels) &&
        !(images_by_stem(images).empty() && images_by_stem(labels).empty())) {
      parts.push_back(
          {split, [root, images, labels] { return read_nnunet(root, images, labels); }});
    }
  };
  add("train", folder / "imagesTr", folder / "labelsTr");
  add("test", folder / "imagesTs", folder / "labelsTs");
  if (parts.size() == 1) {
    parts.front().split.clear();
  }
  return parts;
}

std::vector<DataSet::Part> voc_parts(const fs::path& root, const fs::path& folder) {
  std::vector<DataSet::Part> parts;
  if (!is_folder(folder / "JPEGImages") || !is_folder(folder / "SegmentationClass")) {
    return parts;
  }
  const auto add = [&](const std::string& split, const fs::path& list) {
    parts.push_back({split, [root, folder, list] { return read_voc(root, folder, list); }});
  };
  const auto lists = files_ending(folder / "ImageSets" / "Segmentation", ".txt");
  const bool has_train = std::any_of(lists.begin(), lists.end(),
                                     [](const fs::path& list) { return list.stem() == "train"; });
  for (const fs::path& list : lists) {
    if (!has_train || list.stem() != "trainval") {
      add(lists.size() > 1 ? list.stem().string() : "", list);
    }
  }
  if (parts.empty()) {
    add("", {});
  }
  return parts;
}

}  // namespace bcnet::data
