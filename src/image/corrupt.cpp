#include "image/corrupt.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "core/random.h"
#include "image/codec.h"
#include "image/corruptions.h"

namespace bcnet {

namespace {

/// What a corruption needs to know beside the picture.
struct Setting {
  double value;        ///< its strength, in its unit
  double scale;        ///< pixels here for one of a picture whose shorter side has 352
  SplitMix64& random;  ///< the same for every strength
};

using Function = std::function<CorruptedPair(const cv::Mat&, const cv::Mat&, const Setting&)>;

/// A corruption that leaves everything where it is.
template <typename Change>
Function in_place(Change change) {
  return [change](const cv::Mat& image, const cv::Mat& mask, const Setting& setting) {
    return CorruptedPair{change(image, setting), mask};
  };
}

CorruptedPair turn(const cv::Mat& image, const cv::Mat& mask, const Setting& s) {
  const double degrees = s.random.chance(0.5) ? s.value : -s.value;
  return {rotate_about_middle(image, degrees, cv::INTER_LINEAR),
          rotate_about_middle(mask, degrees, cv::INTER_NEAREST)};
}

struct Entry {
  Corruption corruption;
  Function apply;
};

const std::vector<Entry>& table() {
  using Image = const cv::Mat&;
  using Set = const Setting&;
  static const std::vector<Entry> entries{
      {{"blur", "sigma in pixels of 352", {1.5, 3, 6}},
       in_place([](Image image, Set s) { return blur_image(image, s.value * s.scale); })},
      {{"motion_blur", "length in pixels of 352", {10, 20, 40}}, in_place([](Image image, Set s) {
         return blur_motion(image, s.value * s.scale, s.random.uniform(0, 180));
       })},
      {{"noise", "deviation in levels of 255", {10, 25, 50}},
       in_place([](Image image, Set s) { return add_noise(image, s.value, s.random); })},
      {{"jpeg", "quality of 100", {25, 12, 6}}, in_place([](Image image, Set s) {
         return jpeg_round_trip(image, static_cast<int>(s.value));
       })},
      {{"overexposure", "stops", {1, 2, 3}},
       in_place([](Image image, Set s) { return expose(image, s.value); })},
      {{"underexposure", "stops", {1, 2, 3}},
       in_place([](Image image, Set s) { return expose(image, -s.value); })},
      {{"color_cast", "share of each channel", {0.15, 0.3, 0.45}}, in_place([](Image image, Set s) {
         return cast_color(image, s.value, s.random.uniform(0, 360));
       })},
      {{"highlights", "share of the picture", {0.01, 0.03, 0.08}},
       in_place([](Image image, Set s) { return add_highlights(image, s.value, s.random); })},
      {{"rotation", "degrees", {10, 25, 45}}, turn},
      {{"occlusion", "width as a share of the shorter side", {0.1, 0.2, 0.35}},
       in_place([](Image image, Set s) { return occlude(image, s.value, s.random); })},
  };
  return entries;
}

const Entry& find_entry(const std::string& name) {
  const auto found = std::find_if(table().begin(), table().end(), [&](const Entry& entry) {
    return entry.corruption.name == name;
  });
  if (found == table().end()) {
    throw Error(ErrorKind::usage, fmt::format("corruption: found '{}', which is none", name));
  }
  return *found;
}

/// FNV-1a, 64 bits (Fowler, Noll, Vo): the same number for a name on every machine.
std::uint64_t hash(const std::string& text) {
  std::uint64_t value = 0xcbf29ce484222325U;
  for (const char c : text) {
    value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  return value;
}

}  // namespace

const std::vector<Corruption>& corruptions() {
  static const std::vector<Corruption> list = [] {
    std::vector<Corruption> result;
    for (const Entry& entry : table()) {
      result.push_back(entry.corruption);
    }
    return result;
  }();
  return list;
}

std::vector<Corruption> find_corruptions(const std::vector<std::string>& names,
                                         const std::string& option) {
  std::vector<std::string> allowed{"all"};
  for (const Corruption& known : corruptions()) {
    allowed.push_back(known.name);
  }
  for (const std::string& name : names) {
    if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) {
      throw Error(ErrorKind::usage, fmt::format("{}: found '{}', allowed are {}", option, name,
                                                fmt::join(allowed, ", ")));
    }
  }
  const auto wanted = [&](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  std::vector<Corruption> found;
  std::copy_if(corruptions().begin(), corruptions().end(), std::back_inserter(found),
               [&](const Corruption& known) { return wanted("all") || wanted(known.name); });
  return found;
}

CorruptedPair corrupt(const cv::Mat& image, const cv::Mat& mask, const Corruption& corruption,
                      int strength, std::uint64_t seed, const std::string& name) {
  if (strength < 1 || strength > corruption_strengths) {
    throw Error(ErrorKind::usage, fmt::format("{}: strength: found {}, 1..{} is allowed",
                                              corruption.name, strength, corruption_strengths));
  }
  SplitMix64 random(seed, hash(std::filesystem::path(name).stem().string()), hash(corruption.name));
  constexpr double reference_side = 352;
  const Setting setting{corruption.values[static_cast<std::size_t>(strength - 1)],
                        std::min(image.cols, image.rows) / reference_side, random};
  return find_entry(corruption.name).apply(image, mask, setting);
}

}  // namespace bcnet
