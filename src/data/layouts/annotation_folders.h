#pragma once

#include <filesystem>
#include <optional>

#include "data/layouts/folders.h"

namespace bcnet::data {

/// Layouts whose masks are annotations or label pictures of other programs: CVAT's, YOLO's,
/// nnU-Net's, Pascal VOC's; nothing where folder is none of them.
std::optional<FolderLayout> other_programs_folder(const std::filesystem::path& root,
                                                  const std::filesystem::path& folder);

/// COCO's, CVAT's or LabelMe's files in folder and, of LabelMe's, below it, whose images are in
/// another folder. Throws Error(data) where there are none.
FolderLayout find_annotations(const std::filesystem::path& folder,
                              const std::filesystem::path& images);

}  // namespace bcnet::data
