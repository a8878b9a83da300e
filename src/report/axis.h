#pragma once

#include <string>
#include <vector>

namespace bcnet::report {

/// A linear axis with ticks at round numbers.
struct Axis {
  double low = 0;
  double high = 1;
  std::vector<double> ticks;  ///< from low to high, both of them ticks

  /// Where a value lies: 0 at low, 1 at high.
  double share(double value) const { return (value - low) / (high - low); }
};

/// An axis over low..high, finite, in about so many steps of 1, 2 or 5 times a power of ten.
/// whole: no tick between whole numbers.
Axis round_axis(double low, double high, int steps, bool whole = false);

/// A tick's number, as short as it can be.
std::string tick_text(double value);

}  // namespace bcnet::report
