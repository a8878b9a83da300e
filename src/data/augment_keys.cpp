#include "data/augment_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace bcnet::data {
namespace {

using Number = double AugmentOptions::*;
using Count = int AugmentOptions::*;
using Switch = bool AugmentOptions::*;

template <class Field>
struct Key {
  const char* name;
  Field field;
  double low;
  double high;
};

// Every field of AugmentOptions, once.
constexpr std::array numbers{
    Key<Number>{"horizontal_flip", &AugmentOptions::horizontal_flip, 0, 1},
    Key<Number>{"vertical_flip", &AugmentOptions::vertical_flip, 0, 1},
    Key<Number>{"quarter_turns", &AugmentOptions::quarter_turns, 0, 1},
    Key<Number>{"rotation", &AugmentOptions::rotation, 0, 180},
    Key<Number>{"scale_low", &AugmentOptions::scale_low, 0.1, 10},
    Key<Number>{"scale_high", &AugmentOptions::scale_high, 0.1, 10},
    Key<Number>{"crop", &AugmentOptions::crop, 0, 1},
    Key<Number>{"shear", &AugmentOptions::shear, 0, 45},
    Key<Number>{"stretch", &AugmentOptions::stretch, 0, 2},
    Key<Number>{"elastic", &AugmentOptions::elastic, 0, 1},
    Key<Number>{"elastic_strength", &AugmentOptions::elastic_strength, 0, 0.5},
    Key<Number>{"reflect", &AugmentOptions::reflect, 0, 1},
    Key<Number>{"negative", &AugmentOptions::negative, 0, 1},
    Key<Number>{"negative_scale_low", &AugmentOptions::negative_scale_low, 1, 10},
    Key<Number>{"negative_scale_high", &AugmentOptions::negative_scale_high, 1, 10},
    Key<Number>{"brightness", &AugmentOptions::brightness, 0, 1},
    Key<Number>{"contrast", &AugmentOptions::contrast, 0, 1},
    Key<Number>{"saturation", &AugmentOptions::saturation, 0, 1},
    Key<Number>{"hue", &AugmentOptions::hue, 0, 180},
    Key<Number>{"gamma", &AugmentOptions::gamma, 0, 4},
    Key<Number>{"white_balance", &AugmentOptions::white_balance, 0, 1},
    Key<Number>{"highlights", &AugmentOptions::highlights, 0, 1},
    Key<Number>{"glare", &AugmentOptions::glare, 0, 1},
    Key<Number>{"glare_size", &AugmentOptions::glare_size, 0.01, 1},
    Key<Number>{"glare_gain", &AugmentOptions::glare_gain, 1, 10},
    Key<Number>{"blur", &AugmentOptions::blur, 0, 1},
    Key<Number>{"blur_sigma", &AugmentOptions::blur_sigma, 0.3, 20},
    Key<Number>{"motion_blur", &AugmentOptions::motion_blur, 0, 1},
    Key<Number>{"motion_blur_length", &AugmentOptions::motion_blur_length, 2, 64},
    Key<Number>{"noise", &AugmentOptions::noise, 0, 1},
    Key<Number>{"noise_sigma", &AugmentOptions::noise_sigma, 0, 128},
    Key<Number>{"box", &AugmentOptions::box, 0, 1},
    Key<Number>{"box_size", &AugmentOptions::box_size, 0.01, 1},
    Key<Number>{"dropout", &AugmentOptions::dropout, 0, 1},
    Key<Number>{"dropout_size", &AugmentOptions::dropout_size, 0.01, 1},
    Key<Number>{"dropout_mean", &AugmentOptions::dropout_mean, 0, 1},
    Key<Number>{"paste", &AugmentOptions::paste, 0, 1},
    Key<Number>{"paste_scale_low", &AugmentOptions::paste_scale_low, 0.1, 10},
    Key<Number>{"paste_scale_high", &AugmentOptions::paste_scale_high, 0.1, 10},
    Key<Number>{"paste_feather", &AugmentOptions::paste_feather, 0, 20},
    Key<Number>{"cutmix", &AugmentOptions::cutmix, 0, 1},
    Key<Number>{"cutmix_size", &AugmentOptions::cutmix_size, 0.01, 1},
};
constexpr std::array counts{
    Key<Count>{"highlight_count", &AugmentOptions::highlight_count, 1, 100},
    Key<Count>{"dropout_count", &AugmentOptions::dropout_count, 1, 100},
};
constexpr std::array switches{
    Key<Switch>{"dropout_cuts_mask", &AugmentOptions::dropout_cuts_mask, 0, 1},
};

/// Ranges of which one key gives the lower and another one the upper end.
struct Range {
  const char* low_name;
  Number low;
  const char* high_name;
  Number high;
};
constexpr std::array ranges{
    Range{"scale_low", &AugmentOptions::scale_low, "scale_high", &AugmentOptions::scale_high},
    Range{"negative_scale_low", &AugmentOptions::negative_scale_low, "negative_scale_high",
          &AugmentOptions::negative_scale_high},
    Range{"paste_scale_low", &AugmentOptions::paste_scale_low, "paste_scale_high",
          &AugmentOptions::paste_scale_high},
};

AugmentOptions read_policy(TomlReader reader) {
  AugmentOptions options =
      augment_policy(reader.get_string("base", "none", augment_policy_names()));
  for (const auto& key : numbers) {
    options.*key.field = reader.get_number(key.name, options.*key.field, key.low, key.high);
  }
  for (const auto& key : counts) {
    options.*key.field = static_cast<int>(reader.get_integer(key.name, options.*key.field,
                                                             static_cast<std::int64_t>(key.low),
                                                             static_cast<std::int64_t>(key.high)));
  }
  for (const auto& key : switches) {
    options.*key.field = reader.get_bool(key.name, options.*key.field);
  }
  for (const auto& range : ranges) {
    if (!(options.*range.low <= options.*range.high)) {
      reader.fail(range.low_name,
                  fmt::format("found {}, at most {} = {} is allowed", options.*range.low,
                              range.high_name, options.*range.high));
    }
  }
  reader.finish();
  return options;
}

bool is_plain(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

}  // namespace

AugmentPolicies read_augment_policies(TomlReader reader) {
  AugmentPolicies policies;
  const auto& taken = augment_policy_names();
  for (const std::string& name : reader.keys()) {
    if (std::find(taken.begin(), taken.end(), name) != taken.end()) {
      reader.fail(name, "is the name of a built-in policy, another one is allowed");
    }
    if (!is_plain(name)) {
      reader.fail(name, "letters, digits, - and _ are allowed in a policy's name");
    }
    policies[name] = read_policy(reader.get_table(name));
  }
  return policies;
}

std::string to_toml(const AugmentPolicies& policies) {
  std::string out;
  for (const auto& [name, options] : policies) {
    out += fmt::format("\n[augmentation.{}]\nbase = \"none\"\n", name);
    for (const auto& key : numbers) {
      out += fmt::format("{} = {}\n", key.name, options.*key.field);
    }
    for (const auto& key : counts) {
      out += fmt::format("{} = {}\n", key.name, options.*key.field);
    }
    for (const auto& key : switches) {
      out += fmt::format("{} = {}\n", key.name, options.*key.field);
    }
  }
  return out;
}

std::vector<std::string> augment_policy_names(const AugmentPolicies& policies) {
  std::vector<std::string> names = augment_policy_names();
  for (const auto& policy : policies) {
    names.push_back(policy.first);
  }
  return names;
}

AugmentOptions find_augment_policy(const std::string& name, const AugmentPolicies& policies) {
  const auto known = policies.find(name);
  if (known != policies.end()) {
    return known->second;
  }
  const auto& built_in = augment_policy_names();
  if (std::find(built_in.begin(), built_in.end(), name) != built_in.end()) {
    return augment_policy(name);
  }
  throw Error(ErrorKind::usage, fmt::format("augmentation: found '{}', allowed are {}", name,
                                            fmt::join(augment_policy_names(policies), ", ")));
}

void check_augment(const AugmentOptions& options) {
  const auto check = [](const char* name, double found, double low, double high) {
    if (!(found >= low && found <= high)) {
      throw Error(ErrorKind::usage, fmt::format("augmentation: {}: found {}, allowed is {}..{}",
                                                name, found, low, high));
    }
  };
  for (const auto& key : numbers) {
    check(key.name, options.*key.field, key.low, key.high);
  }
  for (const auto& key : counts) {
    check(key.name, options.*key.field, key.low, key.high);
  }
  for (const auto& range : ranges) {
    check(range.low_name, options.*range.low, 0, options.*range.high);
  }
}

}  // namespace bcnet::data
