#include "data/check/twins.h"

#include <algorithm>
#include <cmath>
#include <opencv2/calib3d.hpp>
#include <opencv2/features2d.hpp>
#include <opencv2/imgproc.hpp>

#include "data/check/candidates.h"

namespace bcnet::data {

namespace {

constexpr int most_different_bits = 64;  ///< between two descriptors of one corner
constexpr int fewest_corners = 12;       ///< that must lie on each other

/// A picture without its light: what remains between two blurs.
cv::Mat detail_of(const cv::Mat& grey) {
  cv::Mat fine;
  grey.convertTo(fine, CV_32F);
  cv::GaussianBlur(fine, fine, {}, 1);
  cv::Mat coarse;
  cv::GaussianBlur(fine, coarse, {}, 5);
  return fine - coarse;
}

/// Correlation of a and b over the pixels of one cell where valid is not 0. Noise that no
/// compression leaves alone counts for little: a variance of 0.1 is added to both.
double correlation(const cv::Mat& a, const cv::Mat& b, const cv::Mat& valid) {
  constexpr double noise = 0.1;
  cv::Scalar mean_a;
  cv::Scalar mean_b;
  cv::Scalar deviation_a;
  cv::Scalar deviation_b;
  cv::meanStdDev(a, mean_a, deviation_a, valid);
  cv::meanStdDev(b, mean_b, deviation_b, valid);
  const double product = cv::mean(a.mul(b), valid)[0] - mean_a[0] * mean_b[0];
  return product / std::sqrt((deviation_a[0] * deviation_a[0] + noise) *
                             (deviation_b[0] * deviation_b[0] + noise));
}

/// Similarity of two grey thumbnails, the first brought over the second by transform (2x3):
/// the mean over the cells of a grid, so that a logo or a border is a few cells and no more.
/// 0 where less than half of the smaller one is seen in the other.
double similarity(const cv::Mat& first, const cv::Mat& second, const cv::Mat& transform) {
  const double area = std::abs(cv::determinant(transform.colRange(0, 2)));
  if (area < 0.2 || area > 5) {
    return 0;
  }
  if (area < 1) {  // a cut picture is the frame into which the whole one is brought
    cv::Mat back;
    cv::invertAffineTransform(transform, back);
    return similarity(second, first, back);
  }
  cv::Mat moved;
  cv::warpAffine(first, moved, transform, second.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  cv::Mat inside;
  cv::warpAffine(cv::Mat(first.size(), CV_8UC1, cv::Scalar(255)), inside, transform, second.size());
  inside = inside == 255;
  const double covered = cv::countNonZero(inside);
  const double smaller =
      std::min(static_cast<double>(second.total()), area * static_cast<double>(first.total()));
  if (covered < 0.5 * smaller) {
    return 0;
  }
  constexpr int dark = 15;  // the black around the picture
  const cv::Mat valid = inside & (moved > dark) & (second > dark);
  const cv::Mat a = detail_of(moved);
  const cv::Mat b = detail_of(second);
  constexpr int cells = 8;
  double sum = 0;
  int counted = 0;
  for (int y = 0; y < cells; ++y) {
    for (int x = 0; x < cells; ++x) {
      const cv::Point from(x * valid.cols / cells, y * valid.rows / cells);
      const cv::Rect cell(from,
                          cv::Point((x + 1) * valid.cols / cells, (y + 1) * valid.rows / cells));
      if (cell.empty() || cv::countNonZero(valid(cell)) < 0.7 * cell.area()) {
        continue;
      }
      sum += correlation(a(cell), b(cell), valid(cell));
      ++counted;
    }
  }
  return counted >= cells ? sum / counted : 0;
}

/// The affine map (data sets are stretched to squares) that brings most corners of the first view
/// over the second's; empty where there are too few.
cv::Mat align(const View& first, const View& second) {
  if (first.descriptors.rows < fewest_corners || second.descriptors.rows < fewest_corners) {
    return {};
  }
  std::vector<cv::DMatch> matches;
  cv::BFMatcher(cv::NORM_HAMMING, true).match(first.descriptors, second.descriptors, matches);
  std::vector<cv::Point2f> from;
  std::vector<cv::Point2f> to;
  for (const cv::DMatch& match : matches) {
    if (match.distance <= most_different_bits) {
      from.push_back(first.points[static_cast<std::size_t>(match.queryIdx)]);
      to.push_back(second.points[static_cast<std::size_t>(match.trainIdx)]);
    }
  }
  if (from.size() < fewest_corners) {
    return {};
  }
  constexpr double pixels = 2;  // of the thumbnail
  cv::Mat inliers;
  const cv::Mat transform = cv::estimateAffine2D(from, to, inliers, cv::RANSAC, pixels, 500);
  if (transform.empty() || cv::countNonZero(inliers) < fewest_corners) {
    return {};
  }
  return transform;
}

/// The transform that lays one whole frame over the other.
cv::Mat stretch(const cv::Mat& first, const cv::Mat& second) {
  return (cv::Mat_<double>(2, 3) << static_cast<double>(second.cols) / first.cols, 0, 0, 0,
          static_cast<double>(second.rows) / first.rows, 0);
}

double similarity_of(const Candidate& candidate, const std::vector<Signature>& signatures) {
  const Signature& a = signatures[candidate.first];
  const Signature& b = signatures[candidate.second];
  cv::Mat first;  // of its own: a copy of the header would turn the signature's pixels too
  if (candidate.mirrored) {
    cv::flip(a.thumbnail, first, 1);
  } else {
    first = a.thumbnail;
  }
  double best = 0;
  if (candidate.whole) {
    best = similarity(first, b.thumbnail, stretch(first, b.thumbnail));
  }
  if (best < copy_similarity) {
    const cv::Mat transform = align(a.views[candidate.mirrored ? 1 : 0], b.views[0]);
    if (!transform.empty()) {
      best = std::max(best, similarity(first, b.thumbnail, transform));
    }
  }
  return best;
}

}  // namespace

std::vector<Twins> find_twins(const std::vector<Signature>& signatures,
                              const std::function<void(std::size_t)>& total,
                              const std::function<void()>& advance, const Team& team) {
  const std::vector<Candidate> candidates = find_candidates(signatures);
  total(candidates.size());
  std::vector<Twins> found;
  const auto take = [&](std::size_t i, double similarity) {
    advance();
    if (similarity < scene_similarity) {
      return;
    }
    const Candidate& candidate = candidates[i];
    // A symmetric picture is like its own mirror image, too: the better of the two counts.
    if (!found.empty() && found.back().first == candidate.first &&
        found.back().second == candidate.second) {
      if (similarity <= found.back().similarity) {
        return;
      }
      found.pop_back();
    }
    found.push_back({candidate.first, candidate.second, similarity, candidate.mirrored});
  };
  share_out(
      team, candidates.size(), /*threads=*/1,
      [&](std::size_t i) { return similarity_of(candidates[i], signatures); },
      [](double similarity) { return Json(similarity); },
      [](const Json& json) { return json.get<double>(); }, take);
  return found;
}

}  // namespace bcnet::data
