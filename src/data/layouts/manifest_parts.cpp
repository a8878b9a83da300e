#include "data/layouts/manifest_parts.h"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "data/layouts/annotations.h"
#include "data/layouts/coco.h"
#include "data/layouts/cvat.h"
#include "data/layouts/labelme.h"
#include "data/layouts/yolo.h"
#include "data/manifest.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

/// Samples by name, for rows whose mask is an annotation file.
class Annotated {
 public:
  explicit Annotated(const fs::path& folder) : folder_(folder) {}

  Sample find(const ManifestRow& row, const fs::path& manifest) {
    const fs::path file = folder_ / row.mask;
    if (files_.insert(file).second) {
      read(file, folder_ / row.image);
    }
    const auto found = by_name_.find(row.image);
    if (found == by_name_.end()) {
      throw Error(ErrorKind::data,
                  manifest.string() + ": " + row.image + ": is not an image of " + file.string());
    }
    return found->second;
  }

 private:
  /// A file of COCO or CVAT has many images; LabelMe's and YOLO's are read a folder at a time.
  void read(const fs::path& file, const fs::path& image) {
    const std::string extension = lower_extension(file);
    if (extension == ".xml") {
      add(cvat_parts({file}, folder_, coco_folder_of(file)).front().survey());
    } else if (extension == ".json" && is_coco(read_annotations(file))) {
      add(coco_parts({file}, folder_, coco_folder_of(file)).front().survey());
    } else if (folders_.insert(file.parent_path()).second) {
      add(extension == ".txt" ? read_yolo(folder_, folder_of(image), folder_of(file))
                              : read_labelme(file.parent_path(), folder_, folder_of(image)));
    }
  }

  void add(const Survey& survey) {
    for (const Sample& sample : survey.samples) {
      by_name_.emplace(sample.name, sample);
    }
  }

  const fs::path& folder_;
  std::set<fs::path> files_;
  std::set<fs::path> folders_;
  std::map<std::string, Sample> by_name_;
};

}  // namespace

std::vector<DataSet::Part> manifest_parts(const fs::path& manifest, const fs::path& folder,
                                          const std::optional<Shard>& shard) {
  std::vector<std::pair<std::string, Survey>> splits;
  std::map<std::string, std::size_t> places;  // of splits, which are in the order of the file
  Annotated annotated(folder);
  each_manifest_row(manifest, shard.value_or(Shard{}), [&](const ManifestRow& row, bool kept) {
    const auto [place, added] = places.emplace(row.split, splits.size());
    if (added) {
      splits.push_back({row.split, {}});
      splits.back().second.image_folder = manifest;
      splits.back().second.mask_folder = manifest;
    }
    Survey& survey = splits[place->second].second;
    const std::size_t pair = survey.images;
    ++survey.images;
    ++survey.masks;
    if (!kept) {
      return;
    }
    const std::string extension = lower_extension(row.mask);
    survey.samples.push_back(extension == ".json" || extension == ".xml" || extension == ".txt"
                                 ? annotated.find(row, manifest)
                                 : Sample{row.image, folder / row.image, folder / row.mask});
    survey.samples.back().group = row.group;
    survey.samples.back().reading = row.reading;
    survey.samples.back().place = shard ? pair : 0;
  });
  if (splits.empty()) {
    throw Error(ErrorKind::data, manifest.string() + ": holds no images");
  }
  std::vector<DataSet::Part> parts;
  for (auto& [name, survey] : splits) {
    survey.pairs = shard ? survey.images : 0;
    survey.samples.shrink_to_fit();
    parts.push_back({name, [survey = std::move(survey)] { return survey; }});
  }
  return parts;
}

}  // namespace bcnet::data
