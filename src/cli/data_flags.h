#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "data/annotation_options.h"

namespace bcnet::cli {

/// What --data takes, for the help of every verb that opens a data set (data/data_set.h).
inline constexpr const char* data_help =
    "Data set: a folder of any known layout, a manifest .csv, a COCO .json or CVAT .xml";

/// Registers --data, which is required, and --manifest; both must outlive the command.
void add_data_flags(CLI::App& command, std::string& data, std::string& manifest);

/// Registers --category and --images, for annotation files among --data.
void add_annotation_flags(CLI::App& command, data::AnnotationOptions& options);

/// Registers --manifest alone.
CLI::Option* add_manifest_flag(CLI::App& command, std::string& manifest);

}  // namespace bcnet::cli
