#include "evaluate/against.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "core/error.h"
#include "core/files.h"
#include "evaluate/measures.h"
#include "metrics/mean.h"
#include "metrics/paired.h"

namespace bcnet::evaluate {

namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& found) {
  throw Error(ErrorKind::data,
              fmt::format("{}: {}, a result of bcnet eval --json on the same images is allowed",
                          file.string(), found));
}

void check_result(const Json& result, const std::filesystem::path& file) {
  if (!result.is_object() || !result.contains("per_image") || !result["per_image"].is_array()) {
    refuse(file, "per_image: found no such list");
  }
  for (const Json& image : result["per_image"]) {
    if (!image.is_object() || !image.contains("image") || !image["image"].is_string()) {
      refuse(file, "per_image: found an entry without the name of its image");
    }
  }
}

/// Two images of one name at a time.
struct ImagePair {
  const Json* here;
  const Json* there;
};

std::vector<ImagePair> pair_images(const Json& result, const Json& other) {
  std::map<std::string, const Json*> there;
  for (const Json& image : other["per_image"]) {
    there[image["image"].get<std::string>()] = &image;
  }
  std::vector<ImagePair> pairs;
  for (const Json& image : result["per_image"]) {
    const auto found = there.find(image["image"].get<std::string>());
    if (found != there.end()) {
      pairs.push_back({&image, found->second});
    }
  }
  return pairs;
}

/// Null where no image has the measure on both sides.
Json compare_measure(const std::vector<ImagePair>& pairs, const char* key, std::uint64_t seed) {
  std::vector<double> here, there;
  for (const ImagePair& pair : pairs) {
    const Json a = pair.here->value(key, Json());
    const Json b = pair.there->value(key, Json());
    if (a.is_number() && b.is_number()) {
      here.push_back(a.get<double>());
      there.push_back(b.get<double>());
    }
  }
  if (here.empty()) {
    return {};
  }
  const metrics::PairedDifference d = metrics::compare_paired(here, there, seed);
  return {{"images", here.size()},
          {"mean", metrics::mean(here)},
          {"other_mean", metrics::mean(there)},
          {"difference", d.mean},
          {"ci", {d.interval.low, d.interval.high}},
          {"wilcoxon_p", d.wilcoxon_p}};
}

}  // namespace

std::vector<Json> read_results(const std::filesystem::path& file) {
  const Json document = Json::parse(read_file(file, ErrorKind::data), nullptr, false);
  if (document.is_discarded()) {
    refuse(file, "found text that is no JSON");
  }
  std::vector<Json> results;
  if (document.is_object() && document.contains("data_sets") && document["data_sets"].is_array()) {
    results.assign(document["data_sets"].begin(), document["data_sets"].end());
  } else {
    results.push_back(document);
  }
  for (const Json& result : results) {
    check_result(result, file);
  }
  return results;
}

void require_shared_images(const Json& other, const std::vector<data::Sample>& samples,
                           const std::filesystem::path& file) {
  std::set<std::string> there;
  for (const Json& image : other["per_image"]) {
    there.insert(image["image"].get<std::string>());
  }
  const bool shared = std::any_of(samples.begin(), samples.end(), [&](const data::Sample& sample) {
    return there.count(sample.name) > 0;
  });
  if (!shared) {
    refuse(file, fmt::format("per_image: found none of the {} images of --data, {} among them",
                             samples.size(), samples.front().name));
  }
}

Json compare_results(const Json& result, const Json& other, const std::filesystem::path& file,
                     std::uint64_t seed) {
  const std::vector<ImagePair> pairs = pair_images(result, other);
  Json measures = Json::object();
  for (const auto& group : {basic_measures(), field_measures()}) {
    for (const Measure& measure : group) {
      const Json compared = compare_measure(pairs, measure.image_key, seed);
      if (!compared.is_null()) {
        measures[measure.key] = compared;
      }
    }
  }
  return {{"file", file.string()},
          {"images", pairs.size()},
          {"left_out", result["per_image"].size() + other["per_image"].size() - 2 * pairs.size()},
          {"level", 0.95},
          {"measures", measures}};
}

}  // namespace bcnet::evaluate
