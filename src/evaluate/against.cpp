#include "evaluate/against.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>

#include "core/error.h"
#include "core/files.h"
#include "evaluate/measures.h"
#include "metrics/mean.h"

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
  const ComparableImage* here;
  const ComparableImage* there;
};

std::vector<ImagePair> pair_images(const std::vector<ComparableImage>& here,
                                   const std::vector<ComparableImage>& there) {
  std::map<std::string, const ComparableImage*> others;
  for (const ComparableImage& image : there) {
    others[image.image] = &image;
  }
  std::vector<ImagePair> pairs;
  for (const ComparableImage& image : here) {
    const auto found = others.find(image.image);
    if (found != others.end()) {
      pairs.push_back({&image, found->second});
    }
  }
  return pairs;
}

/// None where no image has the measure on both sides.
std::optional<ComparedMeasure> compare_measure(const std::vector<ImagePair>& pairs,
                                               const Measure& measure, std::uint64_t seed) {
  std::vector<double> here, there;
  for (const ImagePair& pair : pairs) {
    const auto a = pair.here->values.find(measure.image_key);
    const auto b = pair.there->values.find(measure.image_key);
    if (a != pair.here->values.end() && b != pair.there->values.end()) {
      here.push_back(a->second);
      there.push_back(b->second);
    }
  }
  if (here.empty()) {
    return {};
  }
  return ComparedMeasure{measure.key, here.size(), metrics::mean(here), metrics::mean(there),
                         metrics::compare_paired(here, there, seed)};
}

}  // namespace

std::vector<ComparableImage> comparable_images(const std::vector<ImageScore>& images) {
  std::vector<ComparableImage> comparable;
  for (const ImageScore& image : images) {
    comparable.push_back({image.name, {}});
    for (const ImageValue& value : image_values(image)) {
      if (value.number) {
        comparable.back().values[value.key] = *value.number;
      }
    }
  }
  return comparable;
}

std::vector<ComparableImage> comparable_images(const Json& per_image) {
  std::vector<ComparableImage> comparable;
  for (const Json& image : per_image) {
    comparable.push_back({image["image"].get<std::string>(), {}});
    for (const auto& [key, value] : image.items()) {
      if (value.is_number()) {
        comparable.back().values[key] = value.get<double>();
      }
    }
  }
  return comparable;
}

std::vector<std::vector<ComparableImage>> read_results(const std::filesystem::path& file) {
  const Json document = Json::parse(read_file(file, ErrorKind::data), nullptr, false);
  if (document.is_discarded()) {
    refuse(file, "found text that is no JSON");
  }
  std::vector<std::vector<ComparableImage>> results;
  const auto add = [&](const Json& result) {
    check_result(result, file);
    results.push_back(comparable_images(result["per_image"]));
  };
  if (document.is_object() && document.contains("data_sets") && document["data_sets"].is_array()) {
    std::for_each(document["data_sets"].begin(), document["data_sets"].end(), add);
  } else {
    add(document);
  }
  return results;
}

void require_shared_images(const std::vector<ComparableImage>& other,
                           const std::vector<data::Sample>& samples,
                           const std::filesystem::path& file) {
  std::set<std::string> there;
  for (const ComparableImage& image : other) {
    there.insert(image.image);
  }
  const bool shared = std::any_of(samples.begin(), samples.end(), [&](const data::Sample& sample) {
    return there.count(sample.name) > 0;
  });
  if (!shared) {
    refuse(file, fmt::format("per_image: found none of the {} images of --data, {} among them",
                             samples.size(), samples.front().name));
  }
}

Against compare_images(const std::vector<ComparableImage>& here,
                       const std::vector<ComparableImage>& there, const std::filesystem::path& file,
                       std::uint64_t seed) {
  const std::vector<ImagePair> pairs = pair_images(here, there);
  Against against{file.string(), pairs.size(), here.size() + there.size() - 2 * pairs.size(), {}};
  for (const auto& group : {basic_measures(), field_measures()}) {
    for (const Measure& measure : group) {
      if (const auto compared = compare_measure(pairs, measure, seed)) {
        against.measures.push_back(*compared);
      }
    }
  }
  return against;
}

}  // namespace bcnet::evaluate
