#include "data/check/masks.h"

#include <fmt/format.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>

namespace bcnet::data {

namespace {

// Of 900 masks of Kvasir-SEG none covers more than 81% and none has more than two specks.
constexpr double full_from = 0.95;
constexpr std::size_t speckled_from = 5;
constexpr double speck_share = 2e-4;  ///< of the mask's pixels: 5x5 of 352x352

/// Pieces and holes whose boxes have no more pixels than a speck has. Outlines cost a fraction
/// of labelling every pixel.
std::size_t count_specks(const cv::Mat& mask) {
  std::vector<std::vector<cv::Point>> outlines;
  std::vector<cv::Vec4i> family;  // next, previous, first child, parent
  cv::findContours(mask, outlines, family, cv::RETR_CCOMP, cv::CHAIN_APPROX_SIMPLE);
  const double limit = std::max(1.0, speck_share * static_cast<double>(mask.total()));
  std::size_t specks = 0;
  for (std::size_t i = 0; i < outlines.size(); ++i) {
    const cv::Rect box = cv::boundingRect(outlines[i]);
    const int rim = family[i][3] >= 0 ? 2 : 0;  // a hole's outline runs around it
    specks += (box.width - rim) * (box.height - rim) <= limit ? 1U : 0U;
  }
  return specks;
}

Finding empty_mask(const MaskFacts& facts, const std::string& name) {
  std::string message =
      fmt::format("no pixel is foreground, the values are {:.0f} to {:.0f} of 255", facts.lowest,
                  facts.highest);
  std::string advice = "Right for an image without polyp; else draw it, with 255 for foreground";
  if (facts.meaning == MaskMeaning::alpha) {
    message = "no pixel is foreground, nothing is at least half opaque";
    advice = "Right for an image without polyp; else draw it opaque";
  } else if (facts.meaning == MaskMeaning::index) {
    advice = "Right for an image without polyp; else say by --mask-values which numbers are polyp";
  } else if (facts.highest > 0) {
    advice =
        "These values are too low for foreground: draw it with 255, or say by --mask-values what "
        "is polyp";
  }
  return {
      FindingKind::empty_mask, Severity::warning, {name}, std::move(message), std::move(advice)};
}

}  // namespace

MaskFacts look_at_mask(const MaskValues& values, const cv::Mat& mask, MaskMeaning meaning) {
  cv::Mat grey;
  const double full = full_scale(values);
  values.grey.convertTo(grey, CV_8U, full == 255 ? 1.0 : 255 / full);
  const auto total = static_cast<double>(mask.total());
  MaskFacts facts;
  facts.meaning = meaning;
  cv::minMaxLoc(grey, &facts.lowest, &facts.highest);
  facts.foreground = cv::countNonZero(mask) / total;
  cv::Mat between;
  cv::inRange(grey, 32, 223, between);
  const int ends = cv::countNonZero(grey == facts.lowest) + cv::countNonZero(grey == facts.highest);
  facts.uneven = meaning == MaskMeaning::half && facts.lowest < facts.highest &&
                 ends < static_cast<int>(mask.total());
  // Two values are a mask whatever they are.
  facts.between = facts.uneven ? cv::countNonZero(between) / total : 0;
  facts.specks = count_specks(mask);
  return facts;
}

std::vector<Finding> check_mask(const MaskFacts& facts, const std::string& name) {
  std::vector<Finding> findings;
  if (facts.between > 0.01) {
    findings.push_back({FindingKind::mask_values,
                        Severity::warning,
                        {name},
                        fmt::format("{:.1f}% of the pixels are neither background nor foreground "
                                    "(32..223 of 255)",
                                    100 * facts.between),
                        "Draw the mask again, or threshold it where you want the border; here it "
                        "is at 128"});
  }
  if (facts.foreground == 0) {
    findings.push_back(empty_mask(facts, name));
  } else if (facts.foreground >= full_from) {
    findings.push_back({FindingKind::full_mask,
                        Severity::warning,
                        {name},
                        fmt::format("{:.1f}% of the pixels are foreground", 100 * facts.foreground),
                        "Look whether foreground and background are exchanged"});
  }
  if (facts.specks >= speckled_from) {
    findings.push_back({FindingKind::speckled_mask,
                        Severity::warning,
                        {name},
                        fmt::format("{} pieces or holes of a few pixels", facts.specks),
                        "Remove specks and fill holes: the network would learn them"});
  }
  return findings;
}

std::vector<Finding> check_mask_set(const MaskDecision& decision) {
  std::vector<Finding> findings;
  if (!decision.error.empty()) {
    findings.push_back({FindingKind::mask_values, Severity::error, decision.files, decision.error,
                        decision.advice});
  }
  if (!decision.doubt.empty()) {
    findings.push_back({FindingKind::mask_values, Severity::warning, decision.odd, decision.doubt,
                        "Look whether they belong to this data set; save all masks in one way"});
  }
  if (!decision.note.empty()) {
    findings.push_back({FindingKind::mask_values,
                        Severity::info,
                        {},
                        "masks are read as " + decision.note,
                        "Nothing to do; --mask-values and --ignore-value say it otherwise"});
  }
  return findings;
}

Finding no_foreground(const std::string& split, std::size_t masks) {
  return {FindingKind::empty_mask,
          Severity::error,
          {},
          (split.empty() ? std::string() : split + ": ") +
              fmt::format("none of {} masks has foreground", masks),
          "Nothing can be learnt from it; frames without a polyp alone can still be measured by "
          "eval"};
}

std::vector<Finding> check_mask_values(std::size_t uneven, std::size_t masks) {
  if (uneven == 0) {
    return {};
  }
  return {
      {FindingKind::mask_values,
       Severity::info,
       {},
       fmt::format("{} of {} masks have more than two values, as JPEG leaves them", uneven, masks),
       "Nothing to do: from 128 of 255 on it is foreground"}};
}

}  // namespace bcnet::data
