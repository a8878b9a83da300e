#include "data/check/placement.h"

#include <fmt/format.h>

#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string>

namespace bcnet::data {

namespace {

constexpr int side = 192;  ///< both are stretched to this square, so that they can be turned
constexpr int margin = 4;  ///< the frame cuts a mask: that border is none
constexpr double blur = 1;

/// Below this a mask is probably not its image's; docs/reference/data-check.md has what it
/// finds and what it takes for wrong.
constexpr double lowest_agreement = 0.75;

struct Gradient {
  cv::Mat x;
  cv::Mat y;
};

Gradient gradient_of(const cv::Mat& image) {
  Gradient gradient;
  cv::Scharr(image, gradient.x, CV_32F, 1, 0);
  cv::Scharr(image, gradient.y, CV_32F, 0, 1);
  return gradient;
}

/// Change of colour (Lab) at each pixel, and what is usual around it.
struct Edges {
  Gradient colour;  ///< 32FC3
  cv::Mat usual;    ///< 32FC1
};

Edges colour_edges(const cv::Mat& image) {
  cv::Mat small;
  cv::resize(image, small, {side, side}, 0, 0, cv::INTER_AREA);
  cv::cvtColor(small, small, cv::COLOR_RGB2Lab);
  small.convertTo(small, CV_32F);
  cv::GaussianBlur(small, small, {}, blur);
  Edges edges{gradient_of(small), cv::Mat(side, side, CV_32F)};
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const auto& gx = edges.colour.x.at<cv::Vec3f>(y, x);
      const auto& gy = edges.colour.y.at<cv::Vec3f>(y, x);
      edges.usual.at<float>(y, x) = std::sqrt(gx.dot(gx) + gy.dot(gy));
    }
  }
  constexpr double faint = 10;  // of Scharr's 16 a grey level: what noise makes
  constexpr int around = 49;    // pixels
  cv::blur(edges.usual, edges.usual, {around, around});
  edges.usual += faint;
  return edges;
}

/// A point of a mask's border: where, which way it faces, how much of the border it is.
struct BorderPoint {
  cv::Point2f at;  ///< from the middle of the square
  cv::Point2f normal;
  float weight;
};

std::vector<BorderPoint> border_of(const cv::Mat& mask) {
  cv::Mat soft;
  cv::resize(mask, soft, {side, side}, 0, 0, cv::INTER_AREA);
  soft.convertTo(soft, CV_32F, 1.0 / 255);
  cv::GaussianBlur(soft, soft, {}, blur);
  const Gradient slope = gradient_of(soft);
  std::vector<BorderPoint> border;
  for (int y = margin; y < side - margin; ++y) {
    for (int x = margin; x < side - margin; ++x) {
      const cv::Point2f normal(slope.x.at<float>(y, x), slope.y.at<float>(y, x));
      const auto weight = static_cast<float>(cv::norm(normal));
      constexpr float least = 0.5F;
      if (weight > least) {
        constexpr float middle = (side - 1) / 2.0F;
        border.push_back(
            {cv::Point2f(static_cast<float>(x) - middle, static_cast<float>(y) - middle),
             normal / weight, weight});
      }
    }
  }
  return border;
}

/// Mean root of the change of colour across the border against what is usual there (a long faint
/// border tells more than a short strong one, and counts in a dark corner as in the light), moved
/// by turn (2x2) and shift; none where most of it leaves the frame.
std::optional<double> agreement(const Edges& edges, const std::vector<BorderPoint>& border,
                                const cv::Matx22f& turn, const cv::Point2f& shift) {
  double sum = 0;
  double inside = 0;
  double all = 0;
  for (const BorderPoint& point : border) {
    all += point.weight;
    constexpr float middle = (side - 1) / 2.0F;
    const cv::Point2f moved = turn * point.at + shift + cv::Point2f(middle, middle);
    const int x = cvRound(moved.x);
    const int y = cvRound(moved.y);
    if (x < margin || y < margin || x >= side - margin || y >= side - margin) {
      continue;
    }
    const cv::Point2f normal = turn * point.normal;
    const cv::Vec3f change = edges.colour.x.at<cv::Vec3f>(y, x) * normal.x +
                             edges.colour.y.at<cv::Vec3f>(y, x) * normal.y;
    sum += point.weight * std::sqrt(cv::norm(change) / edges.usual.at<float>(y, x));
    inside += point.weight;
  }
  constexpr double enough = 0.6;
  return inside > 0 && inside >= enough * all ? std::optional(sum / inside) : std::nullopt;
}

}  // namespace

std::optional<double> edge_agreement(const cv::Mat& image, const cv::Mat& mask) {
  const std::vector<BorderPoint> border = border_of(mask);
  const Edges edges = colour_edges(image);
  const cv::Matx22f same(1, 0, 0, 1);
  const auto own = agreement(edges, border, same, {0, 0});
  if (!own) {
    return std::nullopt;
  }
  std::vector<double> others;
  const auto compare = [&](const cv::Matx22f& turn, const cv::Point2f& shift) {
    if (const auto other = agreement(edges, border, turn, shift)) {
      others.push_back(*other);
    }
  };
  for (const cv::Matx22f& turn :
       {cv::Matx22f(-1, 0, 0, 1), cv::Matx22f(1, 0, 0, -1), cv::Matx22f(-1, 0, 0, -1),
        cv::Matx22f(0, -1, 1, 0), cv::Matx22f(0, 1, -1, 0)}) {
    compare(turn, {0, 0});
  }
  for (const float share : {0.12F, 0.25F}) {
    for (int dy = -1; dy <= 1; ++dy) {
      for (int dx = -1; dx <= 1; ++dx) {
        if (dx != 0 || dy != 0) {
          compare(same,
                  cv::Point2f(static_cast<float>(dx), static_cast<float>(dy)) * (share * side));
        }
      }
    }
  }
  constexpr std::size_t fewest = 5;
  if (others.size() < fewest) {
    return std::nullopt;
  }
  cv::Scalar mean;
  cv::Scalar deviation;
  cv::meanStdDev(others, mean, deviation);
  constexpr double least = 1e-3;
  return (*own - mean[0]) / (deviation[0] + least);
}

std::vector<Finding> check_placement(double agreement, const std::vector<std::string>& files) {
  if (agreement >= lowest_agreement) {
    return {};
  }
  return {
      {FindingKind::misplaced_mask, Severity::warning, files,
       fmt::format("the mask probably does not lie on its image: its border follows edges {:.1f} "
                   "deviations better than mirrored, turned and shifted ones, at least {} is "
                   "usual",
                   agreement, lowest_agreement),
       "Look whether it is another image's mask, or mirrored, turned or shifted"}};
}

}  // namespace bcnet::data
