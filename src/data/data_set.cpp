#include "data/data_set.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>

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
#include "data/layouts/names.h"
#include "data/mask_set.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

/// train, validation, test, each before other names that mean it, then the others as they came.
std::size_t rank(const std::string& split) {
  constexpr std::array known{"train", "validation", "test"};
  const std::string meaning = split_meaning(split);
  const auto place = std::find(known.begin(), known.end(), meaning) - known.begin();
  return 2 * static_cast<std::size_t>(place) + (split == meaning ? 0 : 1);
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

/// A part that cannot be listed has none here: whoever uses it is told.
std::vector<Sample> all_samples(const std::vector<DataSet::Part>& parts) {
  std::vector<Sample> samples;
  for (const DataSet::Part& part : parts) {
    try {
      std::vector<Sample> more = part.survey().samples;
      std::move(more.begin(), more.end(), std::back_inserter(samples));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) {
        throw;
      }
    }
  }
  return samples;
}

/// Leaves the pairs of the share.
Survey share_of(Survey survey, const Shard& shard) {
  survey.pairs = survey.samples.size();
  std::vector<Sample> share;
  for (std::size_t i = 0; i < survey.samples.size(); ++i) {
    if (shard.has(survey.samples[i].name)) {
      share.push_back(std::move(survey.samples[i]));
      share.back().place = i;
    }
  }
  survey.samples = std::move(share);
  return survey;
}

}  // namespace

const char* layout_name(Layout layout) {
  constexpr std::array names{"flat",    "split", "pranet", "cvc",  "manifest", "coco",
                             "labelme", "yolo",  "nnunet", "cvat", "voc"};
  return names[static_cast<std::size_t>(layout)];
}

DataSet::DataSet(const fs::path& data, const fs::path& manifest, AnnotationOptions annotations,
                 Needed needed, const std::optional<Shard>& shard)
    : data_(data), annotations_(std::move(annotations)) {
  const std::string extension = lower_extension(data);
  const bool is_table = extension == ".csv" || extension == ".tsv" || extension == ".txt";
  if (!annotations_.images.empty()) {
    if (!is_folder(annotations_.images)) {
      throw Error(ErrorKind::data, annotations_.images.string() + ": no such folder");
    }
    folder_ = annotations_.images;
  } else if (is_folder(data)) {
    folder_ = data;
  } else if (!fs::exists(fs::symlink_status(data))) {
    throw Error(ErrorKind::data, data.string() + ": no such folder");
  } else if (is_table) {
    folder_ = folder_of(data);
  } else if (extension == ".json" || extension == ".xml") {
    folder_ = coco_folder_of(data);
  } else {
    throw Error(ErrorKind::data, data.string() +
                                     ": is not a folder, allowed are folders, .csv manifests, "
                                     ".json files of COCO and .xml files of CVAT" +
                                     foreign_note(data));
  }
  if (!manifest.empty() || (is_table && !is_folder(data))) {
    layout_ = Layout::manifest;
    parts_ = manifest_parts(manifest.empty() ? data : manifest, folder_, shard);
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
    FolderLayout found = find_folder_layout(data, needed);
    layout_ = found.layout;
    parts_ = std::move(found.parts);
  }
  if (shard && layout_ != Layout::manifest) {
    for (Part& part : parts_) {
      part.survey = [survey = part.survey, share = *shard] { return share_of(survey(), share); };
    }
  }
  std::stable_sort(parts_.begin(), parts_.end(),
                   [](const Part& a, const Part& b) { return rank(a.split) < rank(b.split); });
  std::set<std::string> seen;
  for (const Part& part : parts_) {
    if (!seen.insert(part.split).second) {
      throw Error(ErrorKind::data, fmt::format("{}: holds two splits named {}, one is allowed",
                                               data_.string(), part.split));
    }
  }
  masks_ = std::make_shared<MaskSet>([parts = parts_] { return all_samples(parts); }, folder_);
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
  std::copy_if(names.begin(), names.end(), std::back_inserter(same), [&](const std::string& name) {
    return split_meaning(name) == split_meaning(split);
  });
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
    Survey whole = parts_.front().survey();
    const std::string folder = whole.image_folder.filename().string();
    if (!split.empty() && split_meaning(split) != split_meaning(folder)) {
      throw Error(ErrorKind::usage,
                  data_.string() + ": is not divided, there is no split '" + split + "' in it");
    }
    keep_categories(whole, annotations_.categories);
    return with_masks(std::move(whole));
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
  return with_masks(std::move(survey));
}

Survey DataSet::with_masks(Survey survey) const {
  for (Sample& sample : survey.samples) {
    sample.masks = masks_;
  }
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
