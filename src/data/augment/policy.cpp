#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "data/augment.h"

namespace bcnet::data {
namespace {

AugmentOptions make_weak() {
  AugmentOptions options;
  options.horizontal_flip = 0.5;
  options.vertical_flip = 0.5;
  return options;
}

AugmentOptions make_basic() {
  AugmentOptions options = make_weak();
  options.rotation = 15;
  options.brightness = 0.1;
  options.contrast = 0.2;
  return options;
}

AugmentOptions make_lite() {
  AugmentOptions options = make_basic();
  options.quarter_turns = 1;
  options.scale_low = 0.75;
  options.scale_high = 1.5;
  options.crop = 1;
  options.brightness = 0.2;
  options.saturation = 0.2;
  return options;
}

AugmentOptions make_strong() {
  AugmentOptions options = make_basic();
  options.quarter_turns = 1;
  options.scale_low = 0.75;
  options.scale_high = 1.5;
  options.crop = 1;
  options.saturation = 0.2;
  options.blur = 0.2;
  options.elastic = 0.3;
  return options;
}

AugmentOptions make_lite_strong() {
  AugmentOptions options = make_lite();
  options.rotation = 30;
  options.scale_low = 0.7;
  options.shear = 8;
  options.stretch = 0.15;
  options.elastic = 0.1;
  options.reflect = 0.3;
  options.saturation = 0.3;
  options.hue = 8;
  options.gamma = 0.25;
  options.white_balance = 0.08;
  options.highlights = 0.2;
  options.blur = 0.15;
  options.motion_blur = 0.1;
  options.noise = 0.3;
  options.box = 0.15;
  options.dropout = 0.2;
  options.dropout_mean = 0.5;
  options.paste = 0.3;
  options.cutmix = 0.15;
  return options;
}

const std::vector<std::pair<std::string, AugmentOptions>>& policies() {
  static const std::vector<std::pair<std::string, AugmentOptions>> known{
      {"none", {}},
      {"weak", make_weak()},
      {"basic", make_basic()},
      {"strong", make_strong()},
      {"lite", make_lite()},
      {"lite_strong", make_lite_strong()}};
  return known;
}

}  // namespace

AugmentOptions augment_policy(const std::string& name) {
  for (const auto& [known, options] : policies()) {
    if (known == name) {
      return options;
    }
  }
  std::string allowed;
  for (const std::string& known : augment_policy_names()) {
    allowed += (allowed.empty() ? "" : ", ") + known;
  }
  throw Error(ErrorKind::usage, "augmentation: found '" + name + "', allowed are " + allowed);
}

const std::vector<std::string>& augment_policy_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const auto& policy : policies()) {
      list.push_back(policy.first);
    }
    return list;
  }();
  return names;
}

}  // namespace bcnet::data
