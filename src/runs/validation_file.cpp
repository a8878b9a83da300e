#include "runs/validation_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <optional>

#include "metrics/quantile.h"
#include "runs/outline.h"
#include "runs/run_record.h"

namespace bcnet::runs {

namespace {

bool is_image(const Json& image) {
  const auto name = image.find("image");
  const auto outline = image.find("outline");
  return name != image.end() && name->is_string() && number_of(image, "dice") &&
         number_of(image, "iou") && number_of(image, "polyp_percent") &&
         (outline == image.end() ||
          (outline->is_string() && is_outline_path(outline->get<std::string>())));
}

/// A validation with its images; none where the line holds something else.
std::optional<Validation> validation_of(Json line) {
  const auto images = line.find("images");
  if (!has_epoch(line) || images == line.end() || !images->is_array() ||
      !std::all_of(images->begin(), images->end(), is_image)) {
    return std::nullopt;
  }
  Validation validation;
  validation.epoch = line["epoch"].get<std::int64_t>();
  validation.count = images->size();
  std::vector<double> dice;
  for (const Json& image : *images) {
    dice.push_back(image["dice"].get<double>());
  }
  std::sort(dice.begin(), dice.end());
  for (std::size_t i = 0; !dice.empty() && i < shown_quantiles.size(); ++i) {
    validation.dice[i] = metrics::quantile(dice, shown_quantiles[i]);
  }
  validation.images = std::move(*images);
  return validation;
}

}  // namespace

void ValidationFile::read_on() {
  std::ifstream in(path_, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(read_));
  std::string text;
  rest_ = false;
  while (std::getline(in, text)) {
    if (in.eof()) {
      rest_ = true;
      return;
    }
    const std::uint64_t place = read_;
    read_ += text.size() + 1;
    ++lines_;
    Json line = Json::parse(text, nullptr, false);
    if (!line.is_object()) {
      damage_.push_back(
          fmt::format("{}: line {}: found no JSON object, left out", path_.string(), lines_));
    } else if (auto validation = validation_of(std::move(line))) {
      validation->images = Json::array();
      validations_.push_back(std::move(*validation));
      places_.push_back(place);
    } else {
      ++others_;
    }
  }
}

std::vector<Validation> ValidationFile::validations(const Wanted& wanted) const {
  std::vector<Validation> all = validations_;
  std::ifstream in(path_, std::ios::binary);
  for (const std::size_t i : wanted(all)) {
    std::string text;
    in.clear();
    in.seekg(static_cast<std::streamoff>(places_[i]));
    std::getline(in, text);
    Json line = Json::parse(text, nullptr, false);
    auto read = line.is_object() ? validation_of(std::move(line)) : std::nullopt;
    // Another program may have cut the file in the meantime.
    if (read && read->epoch == all[i].epoch) {
      all[i].images = std::move(read->images);
    }
  }
  return all;
}

std::vector<std::string> ValidationFile::damage() const {
  std::vector<std::string> damage = damage_;
  if (others_ > 0) {
    damage.push_back(fmt::format("{}: {} lines left out: they hold something else than an epoch",
                                 path_.string(), others_));
  }
  return damage;
}

std::vector<std::string> ValidationFile::notes() const {
  if (rest_) {
    return {fmt::format("{}: the last line is not whole: left out", path_.string())};
  }
  return {};
}

}  // namespace bcnet::runs
