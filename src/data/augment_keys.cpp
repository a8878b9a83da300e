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
  const char* meaning;
};

// Every field of AugmentOptions, once.
constexpr std::array numbers{
    Key<Number>{"horizontal_flip", &AugmentOptions::horizontal_flip, 0, 1,
                "probability of a flip left to right"},
    Key<Number>{"vertical_flip", &AugmentOptions::vertical_flip, 0, 1,
                "probability of a flip upside down"},
    Key<Number>{"quarter_turns", &AugmentOptions::quarter_turns, 0, 1,
                "probability of a turn by 90°, 180°, 270° or none"},
    Key<Number>{"rotation", &AugmentOptions::rotation, 0, 180,
                "largest angle in degrees, either way"},
    Key<Number>{"scale_low", &AugmentOptions::scale_low, 0.1, 10,
                "smallest zoom; below 1 the image is seen from afar, on black"},
    Key<Number>{"scale_high", &AugmentOptions::scale_high, 0.1, 10,
                "largest zoom; the cache keeps images up to so many times larger"},
    Key<Number>{"crop", &AugmentOptions::crop, 0, 1,
                "where the zoom looks: 0 the centre, 1 anywhere"},
    Key<Number>{"shear", &AugmentOptions::shear, 0, 45, "largest angle in degrees, either way"},
    Key<Number>{"stretch", &AugmentOptions::stretch, 0, 2,
                "one side longer by a factor up to 1 + `stretch`, same area"},
    Key<Number>{"elastic", &AugmentOptions::elastic, 0, 1, "probability of an elastic deformation"},
    Key<Number>{"elastic_strength", &AugmentOptions::elastic_strength, 0, 0.5,
                "its largest displacement, as a share of the side"},
    Key<Number>{"reflect", &AugmentOptions::reflect, 0, 1,
                "probability of a mirrored border, of image and mask, in place of the black one"},
    Key<Number>{"negative", &AugmentOptions::negative, 0, 1,
                "probability of a zoom to where no polyp is, if a few tries find a place: a "
                "network that has only seen images with a polyp finds one in each"},
    Key<Number>{"negative_scale_low", &AugmentOptions::negative_scale_low, 1, 10,
                "smallest of that zoom"},
    Key<Number>{
        "negative_scale_high", &AugmentOptions::negative_scale_high, 1, 10,
        "largest of that zoom; with 1.3 to 3 a place is found for six of ten images of Kvasir-SEG"},
    Key<Number>{"brightness", &AugmentOptions::brightness, 0, 1, "factor in 1 ± `brightness`"},
    Key<Number>{"contrast", &AugmentOptions::contrast, 0, 1,
                "distance from the mean grey times 1 ± `contrast`"},
    Key<Number>{"saturation", &AugmentOptions::saturation, 0, 1,
                "distance from the pixel's grey times 1 ± `saturation`"},
    Key<Number>{"hue", &AugmentOptions::hue, 0, 180,
                "largest turn of the hue in degrees, either way"},
    Key<Number>{"gamma", &AugmentOptions::gamma, 0, 4,
                "exposure: exponent between 1 / (1 + `gamma`) and 1 + `gamma`"},
    Key<Number>{"white_balance", &AugmentOptions::white_balance, 0, 1,
                "each channel's own factor in 1 ± `white_balance`"},
    Key<Number>{"highlights", &AugmentOptions::highlights, 0, 1,
                "probability of small bright spots with soft edges, where the image is lit"},
    Key<Number>{"glare", &AugmentOptions::glare, 0, 1,
                "probability of a large spot, anywhere, where the lamp overexposes the mucosa"},
    Key<Number>{"glare_size", &AugmentOptions::glare_size, 0.01, 1,
                "its largest radius, as a share of the longer side; a third of it is the smallest"},
    Key<Number>{"glare_gain", &AugmentOptions::glare_gain, 1, 10,
                "the largest factor on the light in its centre"},
    Key<Number>{"blur", &AugmentOptions::blur, 0, 1, "probability of a Gaussian blur"},
    Key<Number>{"blur_sigma", &AugmentOptions::blur_sigma, 0.3, 20,
                "its largest standard deviation, pixels"},
    Key<Number>{"motion_blur", &AugmentOptions::motion_blur, 0, 1,
                "probability of a blur along a line"},
    Key<Number>{"motion_blur_length", &AugmentOptions::motion_blur_length, 2, 64,
                "its largest length, pixels"},
    Key<Number>{"noise", &AugmentOptions::noise, 0, 1, "probability of Gaussian noise"},
    Key<Number>{"noise_sigma", &AugmentOptions::noise_sigma, 0, 128,
                "its largest standard deviation, grey levels of 255"},
    Key<Number>{"jpeg", &AugmentOptions::jpeg, 0, 1,
                "probability of a lossy JPEG's blocks, of the image in the network's size"},
    Key<Number>{"jpeg_quality", &AugmentOptions::jpeg_quality, 1, 100,
                "its lowest quality; 90, or this where it is more, is the best"},
    Key<Number>{"box", &AugmentOptions::box, 0, 1,
                "probability of a dark or green box in a corner, mostly the lower left one, as "
                "endoscopy systems show it; the mask is 0 below it"},
    Key<Number>{"box_size", &AugmentOptions::box_size, 0.01, 1,
                "its largest side, as a share of the image's; half of it is the smallest"},
    Key<Number>{"dropout", &AugmentOptions::dropout, 0, 1,
                "probability of rectangles painted over"},
    Key<Number>{"dropout_size", &AugmentOptions::dropout_size, 0.01, 1,
                "their largest side, as a share of the image's"},
    Key<Number>{"dropout_mean", &AugmentOptions::dropout_mean, 0, 1,
                "probability that one is of the mean colour in place of black"},
    Key<Number>{"paste", &AugmentOptions::paste, 0, 1,
                "probability of another training pair's polyp, turned, flipped and scaled, at a "
                "random place inside of the field of view; the mask is the union"},
    Key<Number>{"paste_scale_low", &AugmentOptions::paste_scale_low, 0.1, 10,
                "its smallest size, times that in its own image"},
    Key<Number>{"paste_scale_high", &AugmentOptions::paste_scale_high, 0.1, 10,
                "its largest; never above 0.45 of the side"},
    Key<Number>{"paste_feather", &AugmentOptions::paste_feather, 0, 20,
                "standard deviation of its soft edge, pixels; 0 for a hard one"},
    Key<Number>{"style", &AugmentOptions::style, 0, 1,
                "probability of another training pair's colours, that is each channel's mean and "
                "spread inside of the field of view, in part or whole: another hospital's camera"},
    Key<Number>{"cutmix", &AugmentOptions::cutmix, 0, 1,
                "probability of a rectangle of another training pair with its mask"},
    Key<Number>{"cutmix_size", &AugmentOptions::cutmix_size, 0.01, 1,
                "its largest side, as a share of the image's; half of it is the smallest"},
};
constexpr std::array counts{
    Key<Count>{"highlight_count", &AugmentOptions::highlight_count, 1, 100,
               "largest number of the spots of `highlights`"},
    Key<Count>{"dropout_count", &AugmentOptions::dropout_count, 1, 100,
               "largest number of the rectangles of `dropout`"},
};
constexpr std::array switches{
    Key<Switch>{"dropout_cuts_mask", &AugmentOptions::dropout_cuts_mask, 0, 1,
                "the mask is 0 below the rectangles of `dropout`; else it stays, and the polyp is "
                "to be found although hidden in part"},
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
  AugmentOptions options = augment_policy(reader.get_string(
      {"base", "the built-in policy that the table starts from"}, "none", augment_policy_names()));
  for (const auto& key : numbers) {
    options.*key.field =
        reader.get_number({key.name, key.meaning}, options.*key.field, key.low, key.high);
  }
  for (const auto& key : counts) {
    options.*key.field = static_cast<int>(reader.get_integer(
        {key.name, key.meaning}, options.*key.field, static_cast<std::int64_t>(key.low),
        static_cast<std::int64_t>(key.high)));
  }
  for (const auto& key : switches) {
    options.*key.field = reader.get_bool({key.name, key.meaning}, options.*key.field);
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
