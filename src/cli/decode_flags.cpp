#include "cli/decode_flags.h"

#include <algorithm>

namespace bcnet::cli {

void add_decode_flags(CLI::App& command, DecodeOptions& options) {
  command.add_flag_callback(
      "--ignore-exif", [&options] { options.apply_exif = false; },
      "Leave images and masks as they are stored, whatever their EXIF orientation");
  constexpr std::uint64_t million = 1'000'000;
  command
      .add_option_function<std::uint64_t>(
          "--max-megapixels",
          [&options](const std::uint64_t& megapixels) {
            options.max_pixels = megapixels * million;
            // A large picture may have a large file: 8 bytes a pixel are more than any takes.
            options.max_bytes = std::max(options.max_bytes, options.max_pixels * 8);
          },
          "Refuse larger images (default: 100, and files of over 256 MiB)")
      ->check(CLI::Range(1, 10000));
}

void add_ignore_data_errors_flag(CLI::App& command, bool& ignore) {
  command.add_flag("--ignore-data-errors", ignore,
                   "Go on with the pairs that can be read where the data have errors");
}

void add_whole_frame_flag(CLI::App& command, bool& whole_frame) {
  command.add_flag("--whole-frame", whole_frame,
                   "Look at all of each image (default: without the dark border around what the "
                   "endoscope shows)");
}

}  // namespace bcnet::cli
