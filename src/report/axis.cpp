#include "report/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bcnet::report {

Axis round_axis(double low, double high, int steps, bool whole) {
  // Values that hardly differ get an axis on which that can be seen.
  const double least = std::max(std::abs(low), std::abs(high)) * 1e-3;
  const double span = std::max({high - low, least, 1e-9});
  const double rough = span / steps;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough * 0.999) {
      step = factor * power;
      break;
    }
  }
  if (whole) {
    step = std::max(1.0, std::round(step));
  }
  const double first = std::floor(low / step + 1e-9);
  const double last = std::max(first + 1, std::ceil(high / step - 1e-9));
  Axis axis;
  axis.low = first * step;
  axis.high = last * step;
  for (double i = first; i <= last; ++i) {
    axis.ticks.push_back(i * step);
  }
  return axis;
}

std::string tick_text(double value) {
  // A sum of steps may miss 0 by a rounding error.
  return fmt::format("{:.6g}", std::abs(value) < 1e-12 ? 0.0 : value);
}

}  // namespace bcnet::report
