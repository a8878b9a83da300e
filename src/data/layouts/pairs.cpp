#include "data/layouts/pairs.h"

#include "data/image_folder.h"

namespace bcnet::data {

namespace fs = std::filesystem;

Survey pair_files(const fs::path& root, const FilesByStem& images, const FilesByStem& masks) {
  Survey survey;
  for (const auto* files : {&images, &masks}) {
    for (const auto& [stem, paths] : *files) {
      if (paths.size() > 1) {
        survey.same_stem.push_back(paths);
      }
    }
  }
  for (const auto& [stem, paths] : images) {
    const fs::path& image = paths.front();
    const auto mask = masks.find(stem);
    if (mask == masks.end()) {
      survey.images_without_mask.push_back(image);
      continue;
    }
    survey.samples.push_back(
        {image.lexically_relative(root).generic_string(), image, mask->second.front()});
  }
  for (const auto& [stem, paths] : masks) {
    if (images.count(stem) == 0) {
      survey.masks_without_image.push_back(paths.front());
    }
  }
  survey.images = images.size();
  survey.masks = masks.size();
  return survey;
}

Survey pair_folders(const fs::path& root, const fs::path& images, const fs::path& masks) {
  Survey survey = pair_files(root, images_by_stem(images), images_by_stem(masks));
  survey.image_folder = images;
  survey.mask_folder = masks;
  return survey;
}

}  // namespace bcnet::data
