#pragma once

#include <CLI/CLI.hpp>

#include "image/decode_options.h"

namespace bcnet::cli {

/// Registers --ignore-exif and --max-megapixels, which mean the same in every verb that reads
/// images; options must outlive the command.
void add_decode_flags(CLI::App& command, DecodeOptions& options);

}  // namespace bcnet::cli
