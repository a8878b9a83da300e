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

void add_mask_flags(CLI::App& command, DecodeOptions& options) {
  // The text is checked before the callback takes it.
  command
      .add_option_function<std::string>(
          "--mask-values",
          [&options](const std::string& text) { parse_mask_values(text, options.masks); },
          "What of a mask's values is polyp: half (from half of full scale on), nonzero (every "
          "number above 0), alpha (what is opaque), index:N,… (those numbers); default: what all "
          "masks of the data set show")
      ->type_name("auto|half|nonzero|alpha|index:N,…")
      ->check([](const std::string& text) {
        MaskReading reading;
        return parse_mask_values(text, reading)
                   ? std::string()
                   : "found '" + text + "', allowed are " + mask_values_choices;
      });
  command
      .add_option_function<std::string>(
          "--ignore-value",
          [&options](const std::string& text) { parse_ignore_value(text, options.masks); },
          "Leave out the pixels whose mask has this value")
      ->type_name("N")
      ->check([](const std::string& text) {
        MaskReading reading;
        return parse_ignore_value(text, reading) ? std::string()
                                                 : "found '" + text + "', a number is allowed";
      });
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
