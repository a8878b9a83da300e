#include "data/check/masks.h"

#include <fmt/format.h>

#include <opencv2/imgproc.hpp>

namespace bcnet::data {

namespace {

// Of 900 masks of Kvasir-SEG none covers more than 81% and none has more than two specks.
constexpr double full_from = 0.95;
constexpr std::size_t speckled_from = 5;
constexpr double speck_share = 2e-4;  ///< of the mask's pixels: 5x5 of 352x352

/// Connected pieces of a mask with fewer pixels than a speck has at most.
std::size_t count_specks(const cv::Mat& mask, int connectivity) {
  cv::Mat labels;
  cv::Mat stats;
  cv::Mat centres;
  const int pieces = cv::connectedComponentsWithStats(mask, labels, stats, centres, connectivity);
  const double limit = speck_share * static_cast<double>(mask.total());
  std::size_t specks = 0;
  for (int i = 1; i < pieces; ++i) {  // 0 is what lies around them
    specks += stats.at<int>(i, cv::CC_STAT_AREA) <= limit ? 1U : 0U;
  }
  return specks;
}

}  // namespace

MaskFacts look_at_mask(const MaskValues& values, const cv::Mat& mask) {
  cv::Mat grey;
  values.grey.convertTo(grey, CV_8U, values.grey.depth() == CV_16U ? 1.0 / 257 : 1.0);
  const auto total = static_cast<double>(mask.total());
  MaskFacts facts;
  cv::minMaxLoc(grey, &facts.lowest, &facts.highest);
  facts.foreground = cv::countNonZero(mask) / total;
  cv::Mat between;
  cv::inRange(grey, 32, 223, between);
  const int ends = cv::countNonZero(grey == facts.lowest) + cv::countNonZero(grey == facts.highest);
  facts.uneven = facts.lowest < facts.highest && ends < static_cast<int>(mask.total());
  // Two values are a mask whatever they are.
  facts.between = facts.uneven ? cv::countNonZero(between) / total : 0;
  facts.specks = count_specks(mask, 8) + count_specks(~mask, 4);
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
    findings.push_back({FindingKind::empty_mask,
                        Severity::warning,
                        {name},
                        fmt::format("no pixel is foreground, the values are {:.0f} to {:.0f} of "
                                    "255",
                                    facts.lowest, facts.highest),
                        "Right for an image without polyp; else draw it, with 255 for foreground"});
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
