#include "data/layouts/manifest_parts.h"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "data/layouts/annotations.h"
#include "data/layouts/coco.h"
#include "data/layouts/labelme.h"
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
      read(file);
    }
    const auto found = by_name_.find(row.image);
    if (found == by_name_.end()) {
      throw Error(ErrorKind::data,
                  manifest.string() + ": " + row.image + ": is not an image of " + file.string());
    }
    return found->second;
  }

 private:
  /// A COCO file has many images; LabelMe's are read a folder at a time.
  void read(const fs::path& file) {
    const bool coco = is_coco(read_annotations(file));
    if (!coco && !folders_.insert(file.parent_path()).second) {
      return;
    }
    const Survey survey = coco ? coco_parts({file}, folder_, coco_folder_of(file)).front().survey()
                               : read_labelme(file.parent_path(), folder_);
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

std::vector<DataSet::Part> manifest_parts(const fs::path& manifest, const fs::path& folder) {
  std::vector<std::pair<std::string, Survey>> splits;
  std::map<std::string, std::size_t> places;  // of splits, which are in the order of the file
  Annotated annotated(folder);
  for (const ManifestRow& row : read_manifest(manifest)) {
    const auto [place, added] = places.emplace(row.split, splits.size());
    if (added) {
      splits.push_back({row.split, {}});
      splits.back().second.image_folder = manifest;
      splits.back().second.mask_folder = manifest;
    }
    Survey& survey = splits[place->second].second;
    survey.samples.push_back(lower_extension(row.mask) == ".json"
                                 ? annotated.find(row, manifest)
                                 : Sample{row.image, folder / row.image, folder / row.mask});
    survey.samples.back().group = row.group;
    survey.samples.back().reading = row.reading;
    ++survey.images;
    ++survey.masks;
  }
  if (splits.empty()) {
    throw Error(ErrorKind::data, manifest.string() + ": holds no images");
  }
  std::vector<DataSet::Part> parts;
  for (auto& [name, survey] : splits) {
    parts.push_back({name, [survey = std::move(survey)] { return survey; }});
  }
  return parts;
}

}  // namespace bcnet::data
