#include "evaluate/reliability_plot.h"

#include <fmt/format.h>

namespace bcnet::evaluate {

namespace {

// Pixels of the drawing; both panels share the horizontal axis.
constexpr double left = 52;
constexpr double side = 300;
constexpr double top = 28;
constexpr double shares_top = top + side + 16;
constexpr double shares_height = 70;
constexpr double bottom = shares_top + shares_height;
constexpr double lowest = 0.5;  // confidence, where the axes begin

double x_of(double confidence) { return left + (confidence - lowest) / (1 - lowest) * side; }

Markup text(double x, double y, const char* anchor, const std::string& content) {
  return "<text x='{:.1f}' y='{:.1f}' text-anchor='{}'>{}</text>\n"_html(x, y, anchor, content);
}

Markup bar(const metrics::ReliabilityBin& bin, double y, double height, const char* kind) {
  const double x = x_of(bin.low) + 1;
  return "<rect class='{}' x='{:.1f}' y='{:.1f}' width='{:.1f}' height='{:.1f}'><title>confidence "
         "{:.3f} to {:.3f}: {:.2f}% of pixels, mean confidence {:.4f}, accuracy {:.4f}</title>"
         "</rect>\n"_html(kind, x, y, x_of(bin.high) - 1 - x, height, bin.low, bin.high,
                          100 * bin.share, bin.confidence, bin.accuracy);
}

}  // namespace

Markup reliability_svg(const metrics::Reliability& reliability) {
  Markup svg =
      "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {:.0f} {:.0f}' role='img'>\n"
      "<title>Reliability diagram</title>\n"
      "<style>text{{font:11px sans-serif;fill:#222}}.accuracy{{fill:#2563eb}}"
      ".share{{fill:#9ca3af}}.line{{stroke:#222;fill:none}}.ideal{{stroke:#dc2626;"
      "stroke-dasharray:5 4}}</style>\n<rect width='100%' height='100%' fill='#fff'/>\n"_html(
          left + side + 16, bottom + 36);
  svg += text(left, 16, "start",
              fmt::format("Expected calibration error {:.4f}, Brier score {:.4f}",
                          reliability.expected_error(), reliability.brier()));
  for (const metrics::ReliabilityBin& bin : reliability.bins()) {
    if (bin.share > 0) {
      const double height = bin.accuracy * side;
      svg += bar(bin, top + side - height, height, "accuracy");
      svg += bar(bin, bottom - bin.share * shares_height, bin.share * shares_height, "share");
    }
  }
  // The accuracy axis goes from 0: a bin may be right less often than by chance.
  svg +=
      "<path class='line ideal' d='M{0:.1f} {1:.1f}L{2:.1f} {3:.1f}'/>\n"
      "<path class='line' d='M{0:.1f} {3:.1f}V{4:.1f}H{2:.1f}M{0:.1f} "
      "{5:.1f}V{6:.1f}H{2:.1f}'/>\n"_html(left, top + side * lowest, left + side, top, top + side,
                                          shares_top, bottom);
  for (const double tick : {0.0, 0.5, 1.0}) {
    svg += text(left - 6, top + side * (1 - tick) + 4, "end", fmt::format("{:.1f}", tick));
  }
  for (const double tick : {0.5, 0.6, 0.7, 0.8, 0.9, 1.0}) {
    svg += text(x_of(tick), bottom + 14, "middle", fmt::format("{:.1f}", tick));
  }
  svg += text(left - 6, shares_top + 8, "end", "100%");
  svg += text(left + side / 2, bottom + 30, "middle", "confidence of a pixel's class");
  svg += text(left + 8, top + 14, "start", "accuracy");
  svg += text(left + 8, shares_top + 12, "start", "share of pixels");
  return svg + "</svg>\n"_html;
}

}  // namespace bcnet::evaluate
