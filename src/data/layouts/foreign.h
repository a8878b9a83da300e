#pragma once

#include <filesystem>
#include <string>

#include "core/json.h"

namespace bcnet::data {

/// Files and folders of other programs that are recognised and not read: text for the end of an
/// error message, which names the program and how to convert its files.

/// For a parsed file that is neither COCO's nor LabelMe's: "; looks like …; not read, …"; empty
/// where it is not recognised.
std::string foreign_note(const Json& json);

/// For a file, by its name, or for a folder, by the files in it and in its sub-folders.
std::string foreign_note(const std::filesystem::path& path);

}  // namespace bcnet::data
