#pragma once

#include <CLI/CLI.hpp>

#include "image/decode_options.h"

namespace bcnet::cli {

/// Registers --ignore-exif and --max-megapixels, which mean the same in every verb that reads
/// images; options must outlive the command.
void add_decode_flags(CLI::App& command, DecodeOptions& options);

/// Registers --mask-values and --ignore-value for the verbs that read masks (data/mask_set.h).
void add_mask_flags(CLI::App& command, DecodeOptions& options);

/// Registers --ignore-data-errors for the verbs that check their data at the start (see
/// data/start_check.h); ignore must outlive the command.
void add_ignore_data_errors_flag(CLI::App& command, bool& ignore);

/// Registers --whole-frame, which keeps what lies around the endoscope's field of view.
void add_whole_frame_flag(CLI::App& command, bool& whole_frame);

}  // namespace bcnet::cli
