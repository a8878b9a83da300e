#pragma once

#include <filesystem>
#include <string>

#include "core/json.h"

namespace bcnet::data {

/// What other programs write and is not read here, with the way to what is.

/// Of a parsed file that is neither COCO's nor LabelMe's: "; looks like …; not read, …", or
/// nothing.
std::string foreign_note(const Json& json);

/// The same of a file, by its name, or of the files of a folder and of its sub-folders.
std::string foreign_note(const std::filesystem::path& path);

}  // namespace bcnet::data
