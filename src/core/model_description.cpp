#include "core/model_description.h"

#include <fmt/format.h>

#include <cmath>

#include "core/error.h"

namespace bcnet {

namespace {

const std::string prefix = "bcnet.";

Json parse_value(const std::string& text, const std::string& key, const std::string& file) {
  Json value = Json::parse(text, nullptr, false);
  if (value.is_discarded()) {
    throw Error(ErrorKind::model,
                fmt::format("{}: {}{}: found '{}', JSON is expected", file, prefix, key, text));
  }
  return value;
}

template <std::size_t Count>
std::array<float, Count> parse_numbers(const std::string& text, const std::string& key,
                                       const std::string& file) {
  const Json value = parse_value(text, key, file);
  std::array<float, Count> numbers{};
  bool good = value.is_array() && value.size() == Count;
  for (std::size_t i = 0; good && i < Count; ++i) {
    good = value[i].is_number();
    numbers[i] = good ? value[i].get<float>() : 0.0F;
  }
  if (!good) {
    throw Error(ErrorKind::model, fmt::format("{}: {}{}: found '{}', {} numbers are expected", file,
                                              prefix, key, text, Count == 2 ? "two" : "three"));
  }
  return numbers;
}

}  // namespace

std::map<std::string, std::string> to_metadata(const ModelDescription& d) {
  std::map<std::string, std::string> metadata{
      {prefix + "format", std::to_string(d.format)},
      {prefix + "architecture", d.architecture},
      {prefix + "input_size", fmt::format("[{},{}]", d.input_height, d.input_width)},
      {prefix + "mean", fmt::format("[{},{},{}]", d.mean[0], d.mean[1], d.mean[2])},
      {prefix + "std", fmt::format("[{},{},{}]", d.std[0], d.std[1], d.std[2])},
      {prefix + "channel_order", d.channel_order},
      {prefix + "threshold", fmt::format("{}", d.threshold)},
      {prefix + "temperature", fmt::format("{}", d.temperature)},
      {prefix + "region_calibration",
       fmt::format("[{},{}]", d.region_calibration.slope, d.region_calibration.intercept)},
      {prefix + "region_threshold", fmt::format("{}", d.region_threshold)},
      {prefix + "metrics", json_line(d.metrics)},
      {prefix + "trained_on", d.trained_on},
      {prefix + "recipe_sha256", d.recipe_sha256},
      {prefix + "commit", d.commit},
      {prefix + "license", d.license},
  };
  if (!d.field_of_view) {
    metadata[prefix + "field_of_view"] = "false";
  }
  return metadata;
}

Json to_json(const ModelDescription& d) {
  return {{"format", d.format},
          {"input_size", {d.input_height, d.input_width}},
          {"mean", {shortest(d.mean[0]), shortest(d.mean[1]), shortest(d.mean[2])}},
          {"std", {shortest(d.std[0]), shortest(d.std[1]), shortest(d.std[2])}},
          {"channel_order", d.channel_order},
          {"threshold", shortest(d.threshold)},
          {"temperature", shortest(d.temperature)},
          {"region_calibration",
           {shortest(d.region_calibration.slope), shortest(d.region_calibration.intercept)}},
          {"region_threshold", shortest(d.region_threshold)},
          {"field_of_view", d.field_of_view},
          {"metrics", d.metrics},
          {"trained_on", d.trained_on},
          {"recipe_sha256", d.recipe_sha256},
          {"commit", d.commit},
          {"license", d.license}};
}

bool has_description(const std::map<std::string, std::string>& metadata) {
  return metadata.count(prefix + "format") > 0;
}

ModelDescription from_metadata(const std::map<std::string, std::string>& metadata,
                               const std::string& file) {
  if (!has_description(metadata)) {
    throw Error(ErrorKind::model,
                file +
                    ": has no description (metadata key bcnet.format): not written by "
                    "bcnet train, export or quantize");
  }
  ModelDescription d;
  const auto text = [&](const char* key) -> const std::string* {
    const auto found = metadata.find(prefix + key);
    return found == metadata.end() ? nullptr : &found->second;
  };
  const auto fail = [&](const char* key, const std::string& allowed) {
    throw Error(ErrorKind::model,
                fmt::format("{}: {}{}: found '{}', {}", file, prefix, key, *text(key), allowed));
  };
  const Json format = parse_value(*text("format"), "format", file);
  if (!format.is_number_integer() || format.get<std::int64_t>() < 1 ||
      format.get<std::int64_t>() > ModelDescription::current_format) {
    fail("format", fmt::format("1..{} is allowed", ModelDescription::current_format));
  }
  d.format = format.get<int>();
  if (const auto* value = text("architecture")) {
    d.architecture = *value;
  }
  if (const auto* value = text("input_size")) {
    const Json size = parse_value(*value, "input_size", file);
    const auto good = [](const Json& n) {
      return n.is_number_integer() && n.get<std::int64_t>() >= 32 &&
             n.get<std::int64_t>() <= 8192 && n.get<std::int64_t>() % 32 == 0;
    };
    if (!size.is_array() || size.size() != 2 || !good(size[0]) || !good(size[1])) {
      fail("input_size", "[height,width], multiples of 32 in 32..8192, is allowed");
    }
    d.input_height = size[0].get<int>();
    d.input_width = size[1].get<int>();
  }
  if (const auto* value = text("mean")) {
    d.mean = parse_numbers<3>(*value, "mean", file);
  }
  if (const auto* value = text("std")) {
    d.std = parse_numbers<3>(*value, "std", file);
    for (const float s : d.std) {
      if (!(s > 0.0F) || !std::isfinite(s)) {
        fail("std", "numbers above 0 are allowed");
      }
    }
  }
  if (const auto* value = text("channel_order")) {
    d.channel_order = *value;
    if (d.channel_order != "RGB" && d.channel_order != "BGR") {
      fail("channel_order", "RGB or BGR is allowed");
    }
  }
  if (const auto* value = text("threshold")) {
    const Json threshold = parse_value(*value, "threshold", file);
    if (!threshold.is_number() ||
        !(threshold.get<float>() > 0.0F && threshold.get<float>() < 1.0F)) {
      fail("threshold", "a number between 0 and 1 is allowed");
    }
    d.threshold = threshold.get<float>();
  }
  if (const auto* value = text("temperature")) {
    const Json temperature = parse_value(*value, "temperature", file);
    d.temperature = temperature.is_number() ? temperature.get<float>() : 0.0F;
    if (!(d.temperature > 0.0F) || !std::isfinite(d.temperature)) {
      fail("temperature", "a number above 0 is allowed");
    }
  }
  if (const auto* value = text("region_calibration")) {
    const auto [slope, intercept] = parse_numbers<2>(*value, "region_calibration", file);
    if (!(slope > 0.0F) || !std::isfinite(slope) || !std::isfinite(intercept)) {
      fail("region_calibration", "[slope,intercept], the slope above 0, is allowed");
    }
    d.region_calibration = {slope, intercept};
  }
  if (const auto* value = text("region_threshold")) {
    const Json threshold = parse_value(*value, "region_threshold", file);
    if (!threshold.is_number() ||
        !(threshold.get<float>() >= 0.0F && threshold.get<float>() < 1.0F)) {
      fail("region_threshold", "a number from 0 to less than 1 is allowed");
    }
    d.region_threshold = threshold.get<float>();
  }
  if (const auto* value = text("field_of_view")) {
    const Json field_of_view = parse_value(*value, "field_of_view", file);
    if (!field_of_view.is_boolean()) {
      fail("field_of_view", "true or false is allowed");
    }
    d.field_of_view = field_of_view.get<bool>();
  }
  if (const auto* value = text("metrics")) {
    d.metrics = parse_value(*value, "metrics", file);
  }
  for (const auto& [key, target] :
       {std::pair{"trained_on", &d.trained_on}, std::pair{"recipe_sha256", &d.recipe_sha256},
        std::pair{"commit", &d.commit}, std::pair{"license", &d.license}}) {
    if (const auto* value = text(key)) {
      *target = *value;
    }
  }
  return d;
}

}  // namespace bcnet
