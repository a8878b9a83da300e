#include "data/data_set.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "core/error.h"
#include "core/files.h"
#include "data/image_folder.h"
#include "data/layouts/annotation_folders.h"
#include "data/layouts/annotations.h"
#include "data/layouts/categories.h"
#include "data/layouts/coco.h"
#include "data/layouts/cvat.h"
#include "data/layouts/folders.h"
#include "data/layouts/foreign.h"
#include "data/layouts/manifest_parts.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

std::string full_name(const std::string& split) {
  return split == "val" || split == "valid" ? "validation" : split;
}

/// train, validation, test, then the others as they came.
std::size_t rank(const std::string& split) {
  constexpr std::array known{"train", "validation", "test"};
  return static_cast<std::size_t>(std::find(known.begin(), known.end(), full_name(split)) -
                                  known.begin());
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

const char* layout_name(Layout layout) {
  constexpr std::array names{"flat",    "split", "pranet", "cvc",  "manifest", "coco",
                             "labelme", "yolo",  "nnunet", "cvat", "voc"};
  return names[static_cast<std::size_t>(layout)];
}

DataSet::DataSet(const fs::path& data, const fs::path& manifest, AnnotationOptions annotations)
    : data_(data), annotations_(std::move(annotations)) {
  const std::string extension = lower_extension(data);
  if (!annotations_.images.empty()) {
    if (!is_folder(annotations_.images)) {
      throw Error(ErrorKind::data, annotations_.images.string() + ": no such folder");
    }
    folder_ = annotations_.images;
  } else if (is_folder(data)) {
    folder_ = data;
  } else if (!fs::exists(fs::symlink_status(data))) {
    throw Error(ErrorKind::data, data.string() + ": no such folder");
  } else if (extension == ".csv") {
    folder_ = folder_of(data);
  } else if (extension == ".json" || extension == ".xml") {
    folder_ = coco_folder_of(data);
  } else {
    throw Error(ErrorKind::data, data.string() +
                                     ": is not a folder, allowed are folders, .csv manifests, "
                                     ".json files of COCO and .xml files of CVAT" +
                                     foreign_note(data));
  }
  if (!manifest.empty() || (extension == ".csv" && !is_folder(data))) {
    layout_ = Layout::manifest;
    parts_ = manifest_parts(manifest.empty() ? data : manifest, folder_);
  } else if (!is_folder(data)) {
    layout_ = extension == ".xml" ? Layout::cvat : Layout::coco;
    parts_ = extension == ".xml" ? cvat_parts({data}, folder_, folder_)
                                 : coco_parts({data}, folder_, folder_);
    parts_.front().split.clear();  // one file is the whole
  } else if (!annotations_.images.empty()) {
    FolderLayout found = find_annotations(data, folder_);
    layout_ = found.layout;
    parts_ = std::move(found.parts);
  } else {
    FolderLayout found = find_folder_layout(data);
    layout_ = found.layout;
    parts_ = std::move(found.parts);
  }
  std::stable_sort(parts_.begin(), parts_.end(),
                   [](const Part& a, const Part& b) { return rank(a.split) < rank(b.split); });
  for (auto part = parts_.begin(); part != parts_.end(); ++part) {
    if (std::any_of(parts_.begin(), part,
                    [&](const Part& earlier) { return earlier.split == part->split; })) {
      throw Error(ErrorKind::data, fmt::format("{}: holds two splits named {}, one is allowed",
                                               data_.string(), part->split));
    }
  }
}

std::string DataSet::name() const {
  const auto absolute = fs::absolute(data_).lexically_normal();
  const fs::path last = absolute.has_filename() ? absolute : absolute.parent_path();
  return (is_folder(data_) ? last.filename() : last.stem()).string();
}

std::vector<std::string> DataSet::splits() const {
  std::vector<std::string> names;
  for (const Part& part : parts_) {
    if (!part.split.empty()) {
      names.push_back(part.split);
    }
  }
  return names;
}

std::string DataSet::find_split(const std::string& split) const {
  const auto names = splits();
  if (std::find(names.begin(), names.end(), split) != names.end()) {
    return split;
  }
  std::vector<std::string> same;
  std::copy_if(names.begin(), names.end(), std::back_inserter(same),
               [&](const std::string& name) { return full_name(name) == full_name(split); });
  if (same.size() > 1) {
    throw Error(ErrorKind::data,
                fmt::format("{}: holds the splits {}, each of which {} may mean; say which one, or "
                            "keep one of them",
                            data_.string(), fmt::join(same, " and "), split));
  }
  return same.empty() ? std::string() : same.front();
}

std::string DataSet::require_split(const std::string& split) const {
  std::string name = find_split(split);
  if (name.empty()) {
    throw Error(ErrorKind::data, fmt::format("{}: holds the splits {}, but none named {}",
                                             data_.string(), fmt::join(splits(), ", "), split));
  }
  return name;
}

Survey DataSet::survey(const std::string& split) const {
  const std::vector<std::string> names = splits();
  if (names.empty()) {
    if (!split.empty()) {
      throw Error(ErrorKind::usage,
                  data_.string() + ": is not divided, there is no split '" + split + "' in it");
    }
    Survey all = parts_.front().survey();
    keep_categories(all, annotations_.categories);
    return all;
  }
  if (split.empty()) {
    throw Error(ErrorKind::usage, fmt::format("{}: holds the splits {}: say which one by --split",
                                              data_.string(), fmt::join(names, ", ")));
  }
  const std::string name = find_split(split);
  if (name.empty()) {
    throw Error(ErrorKind::usage, fmt::format("{}: has no split '{}', allowed are {}",
                                              data_.string(), split, fmt::join(names, ", ")));
  }
  Survey survey = std::find_if(parts_.begin(), parts_.end(), [&](const Part& part) {
                    return part.split == name;
                  })->survey();
  survey.split = name;
  keep_categories(survey, annotations_.categories);
  return survey;
}

std::vector<Sample> DataSet::samples(const std::string& split) const {
  const Survey found = survey(split);
  if (!found.same_stem.empty()) {
    refuse_same_stem(found.same_stem.front());
  }
  for (const auto& [folder, count] :
       {std::pair{&found.image_folder, found.images}, {&found.mask_folder, found.masks}}) {
    if (count == 0) {
      refuse_empty(*folder);
    }
  }
  require_partners(found.images_without_mask, "image without mask: no file", found.mask_folder);
  require_partners(found.masks_without_image, "mask without image: no file", found.image_folder);
  return found.samples;
}

std::vector<Sample> find_samples(const fs::path& data, const std::string& split) {
  return DataSet(data).samples(split);
}

}  // namespace bcnet::data
