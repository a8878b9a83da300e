#include "data/check/names.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <utility>

#include "data/folded_name.h"
#include "data/image_folder.h"
#include "data/layouts/foreign.h"
#include "image/codec.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

std::string folded_stem(const fs::path& file) { return folded_name(image_stem(file)); }

class NameCheck {
 public:
  NameCheck(const Survey& survey, const fs::path& data) : survey_(survey), data_(data) {}

  std::vector<Finding> run() {
    empty_folders();
    partners();
    shared_stems();
    similar_names();
    return std::move(findings_);
  }

 private:
  std::string shown(const fs::path& path) const {
    return path.lexically_relative(data_).generic_string();
  }

  void add(FindingKind kind, Severity severity, std::vector<fs::path> files, std::string message,
           std::string advice) {
    std::vector<std::string> names;
    for (const fs::path& file : files) {
      names.push_back(shown(file));
    }
    findings_.push_back({kind, severity, std::move(names), std::move(message), std::move(advice)});
  }

  void empty_folders() {
    for (const auto& [folder, count] : {std::pair{&survey_.image_folder, survey_.images},
                                        {&survey_.mask_folder, survey_.masks}}) {
      if (count == 0) {
        add(FindingKind::no_images, Severity::error, {*folder},
            is_folder(*folder) ? "holds no images" + foreign_note(*folder) : "no such folder",
            "Put JPEG, PNG, BMP, TIFF or WebP files there; masks have the names of their images");
      }
    }
  }

  /// Where names of a lonely image and a lonely mask differ only in case or form, both are
  /// one finding.
  void partners() {
    std::map<std::string, fs::path> masks;
    for (const fs::path& mask : survey_.masks_without_image) {
      masks.emplace(folded_stem(mask), mask);
    }
    for (const fs::path& image : survey_.images_without_mask) {
      const auto mask = masks.find(folded_stem(image));
      if (mask == masks.end()) {
        add(FindingKind::missing_partner, Severity::error, {image},
            "image without mask: no file of that name in " + shown(survey_.mask_folder),
            "Add its mask, or take the image out");
        continue;
      }
      add(FindingKind::missing_partner, Severity::error, {image, mask->second},
          "image without mask: the names differ in case or in Unicode normal form",
          "Give both the same name");
      taken_.insert(mask->second);
    }
    for (const fs::path& mask : survey_.masks_without_image) {
      if (taken_.count(mask) == 0) {
        add(FindingKind::missing_partner, Severity::error, {mask},
            "mask without image: no file of that name in " + shown(survey_.image_folder),
            "Add its image, or take the mask out");
      }
    }
  }

  void shared_stems() {
    for (const auto& files : survey_.same_stem) {
      add(FindingKind::same_stem, Severity::error, files,
          fmt::format("{} files of one name, one is allowed", files.size()),
          "Rename or remove all but one: pairs go by the name without its extension");
    }
  }

  /// Images of one name in two folders are two files anywhere.
  void similar_names() {
    std::map<std::pair<std::string, std::string>, std::vector<fs::path>> by_name;
    const auto take = [&](const fs::path& image) {
      by_name[{folded_name(image.parent_path().string()), folded_stem(image)}].push_back(image);
    };
    for (const Sample& sample : survey_.samples) {
      take(sample.image);
    }
    for (const fs::path& image : survey_.images_without_mask) {
      take(image);
    }
    for (const auto& [name, images] : by_name) {
      if (images.size() > 1) {
        add(FindingKind::similar_names, Severity::warning, images,
            "names that differ only in case or in Unicode normal form",
            "Rename all but one: on macOS and Windows they are one file");
      }
    }
  }

  const Survey& survey_;
  const fs::path& data_;
  std::set<fs::path> taken_;  ///< masks named in a finding of their image
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check_names(const Survey& survey, const fs::path& data) {
  return NameCheck(survey, data).run();
}

}  // namespace bcnet::data
