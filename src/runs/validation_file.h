#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/json.h"

namespace bcnet::runs {

/// What is shown of how Dice is spread over the images: its quantiles at these places.
constexpr std::array<double, 4> shown_quantiles{0.75, 0.5, 0.25, 0.1};

/// One validation of a run.
struct Validation {
  std::int64_t epoch = 0;
  std::size_t count = 0;                                 ///< of images
  std::array<double, shown_quantiles.size()> dice = {};  ///< of the images, at shown_quantiles
  /// image, dice, iou, polyp_percent and, of those that are kept as pictures, outline; empty for a
  /// validation that nobody asked for.
  Json images = Json::array();
};

/// A run's validation.jsonl, a line of which holds every image. It is read once from its beginning
/// to its end, a line at a time; the images of single lines are read again where they are shown.
class ValidationFile {
 public:
  explicit ValidationFile(std::filesystem::path path) : path_(std::move(path)) {}

  /// Reads what is new in the file.
  void read_on();

  /// Every validation by its line; images: of the places that wanted gives for all of them.
  using Wanted = std::function<std::vector<std::size_t>(const std::vector<Validation>&)>;
  std::vector<Validation> validations(const Wanted& wanted) const;

  /// Lines that could not be read, as read_lines (run_record.h) tells them.
  std::vector<std::string> damage() const;
  std::vector<std::string> notes() const;

 private:
  std::filesystem::path path_;
  std::vector<Validation> validations_;  ///< without images
  std::vector<std::uint64_t> places_;    ///< where each one's line begins
  std::uint64_t read_ = 0;               ///< bytes of whole lines
  std::size_t lines_ = 0;
  std::size_t others_ = 0;  ///< JSON objects that are no validation
  bool rest_ = false;       ///< a line without its end is behind them
  std::vector<std::string> damage_;
};

}  // namespace bcnet::runs
