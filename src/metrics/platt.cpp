#include "metrics/platt.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace bcnet::metrics {
namespace {

struct Point {
  double logit = 0;
  double target = 0;
};

double loss(const std::vector<Point>& points, double slope, double intercept) {
  double sum = 0;
  for (const Point& point : points) {
    const double x = slope * point.logit + intercept;
    sum += std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))) - point.target * x;
  }
  return sum;
}

}  // namespace

RegionCalibration fit_platt(const std::vector<double>& right, const std::vector<double>& wrong) {
  const auto rights = static_cast<double>(right.size());
  const auto wrongs = static_cast<double>(wrong.size());
  std::vector<Point> points;
  for (const double mean : right) {
    points.push_back({region_logit(mean), (rights + 1) / (rights + 2)});
  }
  for (const double mean : wrong) {
    points.push_back({region_logit(mean), 1 / (wrongs + 2)});
  }
  double slope = 0;
  double intercept = std::log((rights + 1) / (wrongs + 1));
  double now = loss(points, slope, intercept);
  constexpr int most_steps = 100;
  for (int step = 0; step < most_steps; ++step) {
    // Gradient and Hessian; a little on its diagonal keeps it invertible.
    double gs = 0, gi = 0, hss = 1e-12, hsi = 0, hii = 1e-12;
    for (const Point& point : points) {
      const double p = 1 / (1 + std::exp(-(slope * point.logit + intercept)));
      const double d = p - point.target;
      const double w = p * (1 - p);
      gs += d * point.logit;
      gi += d;
      hss += w * point.logit * point.logit;
      hsi += w * point.logit;
      hii += w;
    }
    if (std::abs(gs) < 1e-9 && std::abs(gi) < 1e-9) {
      break;
    }
    const double determinant = hss * hii - hsi * hsi;
    const double ds = -(hii * gs - hsi * gi) / determinant;
    const double di = -(hss * gi - hsi * gs) / determinant;
    double size = 1;
    double next = loss(points, slope + ds, intercept + di);
    while (next > now && size > 1e-10) {
      size /= 2;
      next = loss(points, slope + size * ds, intercept + size * di);
    }
    if (next >= now) {
      break;
    }
    slope += size * ds;
    intercept += size * di;
    now = next;
  }
  const RegionCalibration fit{static_cast<float>(slope), static_cast<float>(intercept)};
  if (!(fit.slope > 0)) {
    throw Error(ErrorKind::data,
                "regions: found findings on no polyp as sure as those on one; their mean "
                "probability does not tell them apart");
  }
  return fit;
}

}  // namespace bcnet::metrics
