#include "data/layouts/manifest_parts.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/error.h"
#include "data/manifest.h"

namespace bcnet::data {

namespace fs = std::filesystem;

std::vector<DataSet::Part> manifest_parts(const fs::path& manifest, const fs::path& folder) {
  std::vector<std::pair<std::string, Survey>> splits;
  for (const ManifestRow& row : read_manifest(manifest)) {
    auto split = std::find_if(splits.begin(), splits.end(),
                              [&](const auto& known) { return known.first == row.split; });
    if (split == splits.end()) {
      split = splits.insert(splits.end(), {row.split, {}});
      split->second.image_folder = manifest;
      split->second.mask_folder = manifest;
    }
    Survey& survey = split->second;
    survey.samples.push_back({row.image, folder / row.image, folder / row.mask});
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
