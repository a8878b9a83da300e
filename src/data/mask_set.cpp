#include "data/mask_set.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "core/error.h"
#include "core/in_order.h"
#include "core/threads.h"
#include "data/drawing.h"
#include "data/mask.h"
#include "data/sample.h"

namespace bcnet::data {

namespace {

constexpr std::size_t most_values = 256;  ///< of a file that are told apart
constexpr std::size_t few_values = 4;     ///< so few are labels however small they are drawn

/// The different values of the pixels that count, ascending; one more than most_values at most.
std::vector<double> different_values(const cv::Mat& grey, const cv::Mat& used) {
  std::set<double> found;
  if (grey.depth() == CV_64F) {
    for (int y = 0; y < grey.rows && found.size() <= most_values; ++y) {
      for (int x = 0; x < grey.cols && found.size() <= most_values; ++x) {
        if (used.empty() || used.at<std::uint8_t>(y, x) != 0) {
          found.insert(grey.at<double>(y, x));
        }
      }
    }
    return {found.begin(), found.end()};
  }
  std::vector<char> seen(grey.depth() == CV_8U ? 256 : 65536, 0);
  for (int y = 0; y < grey.rows; ++y) {
    const auto* counts = used.empty() ? nullptr : used.ptr<std::uint8_t>(y);
    for (int x = 0; x < grey.cols; ++x) {
      if (counts == nullptr || counts[x] != 0) {
        seen[grey.depth() == CV_8U ? grey.ptr<std::uint8_t>(y)[x] : grey.ptr<std::uint16_t>(y)[x]] =
            1;
      }
    }
  }
  std::vector<double> values;
  for (std::size_t i = 0; i < seen.size() && values.size() <= most_values; ++i) {
    if (seen[i] != 0) {
      values.push_back(static_cast<double>(i));
    }
  }
  return values;
}

/// Values of pixels whose neighbours all have the same one: a soft edge has next to none.
std::vector<double> region_values(const cv::Mat& grey, const cv::Mat& used) {
  cv::Mat lowest, highest;
  cv::erode(grey, lowest, {});
  cv::dilate(grey, highest, {});
  cv::Mat inside = lowest == highest;
  if (!used.empty()) {
    inside &= used;
  }
  return cv::countNonZero(inside) > 0 ? different_values(grey, inside) : std::vector<double>{};
}

double half_of(const MaskFileFacts& facts) {
  return facts.full == 1 && !facts.whole_numbers ? 0.5 : std::ceil(facts.full / 2);
}

enum class Vote {
  blank,     ///< nothing but 0
  plain,     ///< foreground by the rule of half
  unit,      ///< 0 and 1, and 1 is full scale: the same by any rule
  two_low,   ///< 0 and one number below half
  constant,  ///< one number below half throughout
  labels,    ///< several numbers that fill regions, none of which reaches half
  faint,     ///< other values that do not reach half
  mixed,     ///< numbers on both sides of half that fill regions
  negative,  ///< numbers below 0
};
constexpr std::size_t votes = 9;

bool looks_like_labels(const MaskFileFacts& facts) {
  return facts.whole_numbers && facts.low >= 0 && !facts.many &&
         (facts.values.size() <= few_values || 2 * facts.regions >= facts.values.size());
}

Vote vote_of(const MaskFileFacts& facts) {
  const double half = half_of(facts);
  if (facts.low < 0) {
    return Vote::negative;
  }
  if (facts.high == 0) {
    return Vote::blank;
  }
  if (!facts.lossless) {
    return facts.high >= half ? Vote::plain : Vote::faint;
  }
  const std::size_t count = facts.values.size();
  if (facts.indexed && !(count <= 2 && facts.high == 255)) {
    if (count == 1) {
      return Vote::constant;
    }
    if (count == 2) {
      return facts.low == 0 ? Vote::two_low : Vote::labels;
    }
    return looks_like_labels(facts) && facts.high < 255 ? Vote::labels : Vote::mixed;
  }
  if (facts.high == 1 && half <= 1 && count <= 2 && facts.whole_numbers) {
    return Vote::unit;
  }
  if (facts.high < half) {
    if (count == 1) {
      return Vote::constant;
    }
    if (count == 2) {
      return facts.low == 0 ? Vote::two_low : Vote::plain;
    }
    return looks_like_labels(facts) ? Vote::labels : Vote::faint;
  }
  const bool differs = count > 2 && facts.region_between && looks_like_labels(facts);
  return differs ? Vote::mixed : Vote::plain;
}

bool has_foreground(const MaskFileFacts& facts, const MaskReading& reading) {
  switch (reading.meaning) {
    case MaskMeaning::alpha:
      return facts.alpha_reaches_half;
    case MaskMeaning::nonzero:
      return facts.high > 0;
    case MaskMeaning::index:
      return facts.many ||
             std::any_of(reading.indices.begin(), reading.indices.end(), [&](double i) {
               return std::binary_search(facts.values.begin(), facts.values.end(), i);
             });
    default:
      return facts.high >= half_of(facts) || (facts.lossless && facts.values.size() == 2);
  }
}

std::string values_text(const MaskFileFacts& facts) {
  constexpr std::size_t most = 6;
  if (facts.many || facts.values.size() > most) {
    return value_text(facts.low) + " to " + value_text(facts.high);
  }
  std::vector<std::string> texts;
  for (const double value : facts.values) {
    texts.push_back(value_text(value));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

class Decide {
 public:
  Decide(const std::vector<SurveyedMask>& masks, const MaskReading& wanted) : masks_(masks) {
    decision_.reading = wanted;
  }

  MaskDecision run() {
    if (decision_.reading.meaning == MaskMeaning::automatic) {
      decision_.reading.meaning = MaskMeaning::half;
      find_out();
    } else {
      decision_.note = mask_values_text(decision_.reading) + " (as told)";
      require_alpha();
    }
    if (decision_.reading.ignore) {
      require_lossless();
      if (decision_.note.empty()) {
        decision_.note = mask_values_text(decision_.reading);
      }
      decision_.note +=
          "; pixels of the value " + value_text(*decision_.reading.ignore) + " are left out";
    }
    if (decision_.error.empty()) {
      find_foreground();
    }
    if (!decision_.error.empty()) {
      decision_.note.clear();
    }
    return std::move(decision_);
  }

 private:
  using Masks = std::vector<const SurveyedMask*>;

  template <typename Choose>
  Masks those(const Choose& choose) const {
    Masks chosen;
    for (const SurveyedMask& mask : masks_) {
      if (choose(mask.facts)) {
        chosen.push_back(&mask);
      }
    }
    return chosen;
  }

  static std::vector<std::string> files_of(const Masks& masks) {
    std::vector<std::string> files;
    for (const SurveyedMask* mask : masks) {
      files.push_back(mask->file);
    }
    return files;
  }

  void refuse(const Masks& masks, const std::string& problem, const std::string& advice) {
    if (decision_.error.empty()) {
      decision_.error = problem;
      decision_.advice = advice;
      decision_.files = files_of(masks);
    }
  }

  void find_out() {
    if (find_alpha()) {
      return;
    }
    for (const SurveyedMask& mask : masks_) {
      by_vote_[static_cast<std::size_t>(vote_of(mask.facts))].push_back(&mask);
    }
    const auto of = [&](Vote vote) -> const Masks& {
      return by_vote_[static_cast<std::size_t>(vote)];
    };
    const auto example = [&](Vote vote) { return values_text(of(vote).front()->facts); };
    if (!of(Vote::negative).empty()) {
      refuse(of(Vote::negative),
             fmt::format("found values below 0 ({}) in {} of {} masks", example(Vote::negative),
                         of(Vote::negative).size(), masks_.size()),
             "Say by --ignore-value which of them is to be left out, or by --mask-values nonzero "
             "that they are background");
    } else if (!of(Vote::mixed).empty()) {
      const MaskFileFacts& facts = of(Vote::mixed).front()->facts;
      refuse(of(Vote::mixed),
             fmt::format("{} of {} masks hold numbers that can mean different things ({})",
                         of(Vote::mixed).size(), masks_.size(), values_text(facts)),
             fmt::format("Say what is polyp: --mask-values nonzero (every number above 0), half "
                         "(from half of full scale on) or index:N (those numbers), and by "
                         "--ignore-value {} if that one is to be left out",
                         value_text(facts.high)));
    } else if (!of(Vote::labels).empty()) {
      for (const Vote other : {Vote::plain, Vote::faint}) {
        if (!of(other).empty()) {
          refuse(of(other),
                 fmt::format("{} of {} masks hold {}, others label numbers ({})", of(other).size(),
                             masks_.size(), example(other), example(Vote::labels)),
                 "Say what is polyp: --mask-values nonzero (every number above 0), half (from half "
                 "of full scale on) or index:N, and by --ignore-value N what is to be left out; or "
                 "save all masks in one way");
        }
      }
      take_nonzero(of(Vote::labels));
    } else if (!of(Vote::two_low).empty() && of(Vote::plain).empty() && of(Vote::faint).empty()) {
      take_nonzero(of(Vote::two_low));
    } else if (!of(Vote::two_low).empty()) {
      decision_.odd = files_of(of(Vote::two_low));
      decision_.doubt = fmt::format(
          "{} of {} masks hold {} where the others hold {}; the higher of two values is polyp",
          decision_.odd.size(), masks_.size(), example(Vote::two_low),
          example(of(Vote::plain).empty() ? Vote::faint : Vote::plain));
    }
  }

  void take_nonzero(const Masks& masks) {
    double high = 0;
    for (const SurveyedMask* mask : masks) {
      high = std::max(high, mask->facts.high);
    }
    decision_.reading.meaning = MaskMeaning::nonzero;
    decision_.note =
        fmt::format("numbers from 0 to {}: every number above 0 is polyp", value_text(high));
  }

  /// Whether alpha is what tells foreground from background, or it is not clear.
  bool find_alpha() {
    const Masks by_alpha = those(
        [](const MaskFileFacts& facts) { return facts.alpha_varies && facts.low == facts.high; });
    const Masks by_colour =
        those([](const MaskFileFacts& facts) { return facts.low != facts.high; });
    const Masks torn = those([](const MaskFileFacts& facts) { return facts.alpha_contradicts; });
    const std::string advice =
        "Say what is polyp: --mask-values alpha (what is opaque) or half (what is bright)";
    if (!torn.empty()) {
      refuse(torn,
             fmt::format("in {} of {} masks transparent pixels are brighter than others",
                         torn.size(), masks_.size()),
             advice);
      return true;
    }
    if (by_alpha.empty()) {
      return false;
    }
    if (!by_colour.empty()) {
      refuse(by_alpha,
             fmt::format("{} of {} masks have one colour and differ in transparency alone, others "
                         "differ in colour",
                         by_alpha.size(), masks_.size()),
             advice);
      return true;
    }
    decision_.reading.meaning = MaskMeaning::alpha;
    decision_.note = "one colour, and transparency: what is at least half opaque is polyp";
    require_alpha();
    return true;
  }

  void require_alpha() {
    if (decision_.reading.meaning == MaskMeaning::alpha) {
      const Masks without = those([](const MaskFileFacts& facts) { return !facts.has_alpha; });
      if (!without.empty()) {
        refuse(without,
               fmt::format("{} of {} masks have no alpha channel that could say what is polyp",
                           without.size(), masks_.size()),
               "Save them with one, or choose another of --mask-values " +
                   std::string(mask_values_choices));
      }
    }
  }

  void require_lossless() {
    const Masks lossy = those([](const MaskFileFacts& facts) { return !facts.lossless; });
    if (!lossy.empty()) {
      refuse(lossy,
             fmt::format("{} of {} masks are stored with loss, as JPEG does: one value of them "
                         "cannot be left out",
                         lossy.size(), masks_.size()),
             "Save them as PNG with the numbers that they were drawn with, or do without "
             "--ignore-value");
    }
  }

  void find_foreground() {
    double low = 0;
    double high = 0;
    for (const SurveyedMask& mask : masks_) {
      if (has_foreground(mask.facts, decision_.reading)) {
        decision_.with_foreground.insert(mask.sample);
      }
      low = std::min(low, mask.facts.low);
      high = std::max(high, mask.facts.high);
    }
    if (decision_.with_foreground.empty() && high > low) {
      refuse(those([](const MaskFileFacts& facts) { return facts.high != 0 || facts.low != 0; }),
             fmt::format("no mask of the set has foreground: its values are {} to {}",
                         value_text(low), value_text(high)),
             "Say what is polyp by --mask-values nonzero (every number above 0) or index:N; JPEG "
             "keeps no label numbers: save such masks as PNG");
    }
  }

  const std::vector<SurveyedMask>& masks_;
  MaskDecision decision_;
  std::array<Masks, votes> by_vote_;
};

}  // namespace

MaskFileFacts mask_file_facts(const MaskValues& values, const std::optional<double>& ignore) {
  MaskFileFacts facts;
  facts.lossless = values.lossless;
  facts.indexed = values.indexed;
  facts.full = full_scale(values);
  facts.has_alpha = !values.alpha.empty();
  MaskReading by_half;
  by_half.ignore = ignore;
  const cv::Mat ignored = ignored_pixels(values, by_half);
  const cv::Mat used = ignored.empty() ? cv::Mat() : cv::Mat(~ignored);
  facts.values = different_values(values.grey, used);
  if (facts.values.empty()) {
    return facts;  // all of it is ignored
  }
  cv::minMaxLoc(values.grey, &facts.low, &facts.high, nullptr, nullptr, used);
  facts.many = facts.values.size() > most_values;
  facts.whole_numbers = std::all_of(facts.values.begin(), facts.values.end(),
                                    [](double value) { return value == std::floor(value); });
  if (facts.lossless && !facts.many && facts.values.size() > 2) {
    const std::vector<double> regions = region_values(values.grey, used);
    facts.regions = regions.size();
    // What JPEG leaves near 0 it leaves near full scale, too: of such a file that is no number.
    constexpr double near = 1.0 / 16;
    const bool noisy = std::any_of(facts.values.begin(), facts.values.end(), [&](double value) {
      return value < facts.high && value > facts.high * (1 - near);
    });
    const double from = noisy ? facts.full * near : 0;
    facts.region_between = std::any_of(regions.begin(), regions.end(), [&](double value) {
      return value > from && value < half_of(facts);
    });
  }
  if (facts.has_alpha) {
    double least = 0;
    double most = 0;
    cv::minMaxLoc(values.alpha, &least, &most);
    MaskReading by_alpha;
    by_alpha.meaning = MaskMeaning::alpha;
    const cv::Mat opaque = binarise_mask(values, by_alpha);
    facts.alpha_varies = least != most;
    facts.alpha_reaches_half = cv::countNonZero(opaque) > 0;
    if (facts.alpha_varies && facts.low != facts.high) {
      const cv::Mat hidden = binarise_mask(values, by_half) & ~opaque;
      constexpr double considerable = 1e-3;  // an edge that is drawn soft is no contradiction
      facts.alpha_contradicts =
          cv::countNonZero(hidden) > considerable * static_cast<double>(hidden.total());
    }
  }
  return facts;
}

MaskDecision decide_masks(const std::vector<SurveyedMask>& masks, const MaskReading& wanted) {
  return Decide(masks, wanted).run();
}

MaskSet::MaskSet(std::function<std::vector<Sample>()> list, std::filesystem::path folder)
    : list_(std::move(list)), folder_(std::move(folder)) {}

const MaskDecision& MaskSet::decide(const DecodeOptions& options) const {
  const std::lock_guard lock(mutex_);
  if (decision_) {
    return *decision_;
  }
  std::vector<Sample> pictures;
  MaskReading wanted = options.masks;
  for (Sample& sample : list_()) {
    if (!sample.drawing) {
      pictures.push_back(std::move(sample));
    }
  }
  if (wanted.meaning == MaskMeaning::automatic && !pictures.empty()) {
    const bool ignores = wanted.ignore.has_value();
    const auto ignore = wanted.ignore;
    wanted = pictures.front().reading;
    wanted.ignore = ignores ? ignore : wanted.ignore;
  }
  std::vector<SurveyedMask> masks;
  in_order(
      pictures.size(), affinity_threads(),
      [&](std::size_t i) -> std::optional<MaskFileFacts> {
        try {
          return mask_file_facts(decode_mask_values(pictures[i].mask, options), wanted.ignore);
        } catch (const Error&) {
          return std::nullopt;  // a finding of its own
        }
      },
      [&](std::size_t i, const std::optional<MaskFileFacts>& facts) {
        if (facts) {
          masks.push_back({pictures[i].name, mask_name(pictures[i], folder_), *facts});
        }
      });
  decision_ = decide_masks(masks, wanted);
  return *decision_;
}

bool has_foreground(const Sample& sample, const MaskDecision& decision) {
  return sample.drawing ? has_foreground(*sample.drawing)
                        : decision.with_foreground.count(sample.name) != 0;
}

const MaskDecision* MaskSet::decided() const {
  const std::lock_guard lock(mutex_);
  return decision_ ? &*decision_ : nullptr;
}

MaskReading reading_of(const Sample& sample, const DecodeOptions& options) {
  MaskReading reading = options.masks;
  if (reading.meaning == MaskMeaning::automatic) {
    reading.meaning = sample.reading.meaning;
    reading.indices = sample.reading.indices;
  }
  if (!reading.ignore) {
    reading.ignore = sample.reading.ignore;
  }
  if (reading.meaning == MaskMeaning::automatic && sample.masks) {
    const MaskDecision& decision = sample.masks->decide(options);
    if (!decision.error.empty()) {
      throw Error(ErrorKind::data, fmt::format("{}: {}. {}", sample.mask.parent_path().string(),
                                               decision.error, decision.advice));
    }
    return decision.reading;
  }
  return reading;
}

MaskReading reading_to_record(const Sample& sample) {
  const MaskDecision* decision = sample.masks ? sample.masks->decided() : nullptr;
  return decision == nullptr || decision->note.empty() || sample.drawing ? sample.reading
                                                                         : decision->reading;
}

}  // namespace bcnet::data
