#include "data/mask.h"

#include <fmt/format.h>

#include <cstdint>
#include <stdexcept>
#include <utility>

#include "core/error.h"
#include "data/drawing.h"
#include "data/mask_set.h"

namespace bcnet::data {

namespace {

MaskPlanes draw_planes(const Sample& sample, const DecodeOptions& options) {
  const auto refuse = [&](const std::string& problem) {
    throw Error(ErrorKind::data, sample.mask.string() + ": " + sample.name + ": " + problem);
  };
  if (const std::string problem = problem_of(*sample.drawing); !problem.empty()) {
    refuse(problem);
  }
  const auto width = static_cast<std::uint64_t>(sample.drawing->width);
  const auto height = static_cast<std::uint64_t>(sample.drawing->height);
  if (width * height > options.max_pixels) {
    refuse(
        fmt::format("is {}x{} pixels, allowed are {} in all", width, height, options.max_pixels));
  }
  try {
    cv::Mat mask = draw(*sample.drawing);
    cv::Mat ignored = draw_ignored(*sample.drawing, mask);
    return {std::move(mask), std::move(ignored)};
  } catch (const std::invalid_argument& error) {
    refuse(error.what());
    throw;
  }
}

}  // namespace

cv::Mat read_mask(const Sample& sample, const DecodeOptions& options, MaskRule rule) {
  return read_mask_planes(sample, options, rule).mask;
}

MaskPlanes read_mask_planes(const Sample& sample, const DecodeOptions& options, MaskRule rule) {
  if (sample.drawing) {
    return draw_planes(sample, options);
  }
  const MaskReading reading = reading_of(sample, options);
  const MaskValues values = decode_mask_values(sample.mask, options);
  try {
    return {binarise_mask(values, reading, rule), ignored_pixels(values, reading)};
  } catch (const std::invalid_argument& error) {
    throw Error(ErrorKind::data, sample.mask.string() + ": " + error.what());
  }
}

MaskValues read_mask_values(const Sample& sample, const DecodeOptions& options) {
  return sample.drawing ? MaskValues{draw_planes(sample, options).mask, true}
                        : decode_mask_values(sample.mask, options);
}

std::string mask_name(const Sample& sample, const std::filesystem::path& folder) {
  return sample.drawing ? sample.name : sample.mask.lexically_relative(folder).generic_string();
}

}  // namespace bcnet::data
