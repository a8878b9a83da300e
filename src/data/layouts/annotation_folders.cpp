#include "data/layouts/annotation_folders.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/error.h"
#include "data/image_folder.h"
#include "data/layouts/annotations.h"
#include "data/layouts/coco.h"
#include "data/layouts/cvat.h"
#include "data/layouts/foreign.h"
#include "data/layouts/label_folders.h"
#include "data/layouts/labelme.h"
#include "data/layouts/yolo.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

std::vector<fs::path> cvat_files(const fs::path& folder) {
  std::vector<fs::path> files = files_ending(folder, ".xml");
  files.erase(std::remove_if(files.begin(), files.end(),
                             [](const fs::path& file) { return !is_cvat(file); }),
              files.end());
  return files;
}

std::vector<fs::path> coco_files(const fs::path& folder) {
  std::vector<fs::path> files = json_files(folder);
  files.erase(std::remove_if(files.begin(), files.end(),
                             [](const fs::path& file) {
                               try {
                                 return !is_coco(read_annotations(file));
                               } catch (const Error&) {
                                 return true;
                               }
                             }),
              files.end());
  return files;
}

}  // namespace

std::optional<FolderLayout> other_programs_folder(const fs::path& root, const fs::path& folder) {
  for (const fs::path& place : {folder, folder / "annotations"}) {
    if (const auto files = cvat_files(place); !files.empty()) {
      return FolderLayout{Layout::cvat, cvat_parts(files, root, folder)};
    }
  }
  for (const auto& [layout, find] : {std::pair{Layout::yolo, yolo_parts},
                                     {Layout::nnunet, nnunet_parts},
                                     {Layout::voc, voc_parts}}) {
    if (auto parts = find(root, folder); !parts.empty()) {
      return FolderLayout{layout, std::move(parts)};
    }
  }
  return std::nullopt;
}

FolderLayout find_annotations(const fs::path& folder, const fs::path& images) {
  for (const fs::path& place : {folder, folder / "annotations"}) {
    if (const auto files = coco_files(place); !files.empty()) {
      return {Layout::coco, coco_parts(files, images, images)};
    }
    if (const auto files = cvat_files(place); !files.empty()) {
      return {Layout::cvat, cvat_parts(files, images, images)};
    }
  }
  if (holds_labelme(folder)) {
    return {Layout::labelme,
            {{"", [folder, images] { return read_labelme_below(folder, images); }}}};
  }
  throw Error(ErrorKind::data, folder.string() + ": holds no annotations of COCO, CVAT or LabelMe" +
                                   foreign_note(folder));
}

}  // namespace bcnet::data
