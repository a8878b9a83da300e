#include "report/dice_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/page.h"

namespace bcnet::report {

namespace {

// Pixels of the drawing.
constexpr double width = 420, height = 260;
constexpr double left = 44, right = width - 12, top = 14, bottom = height - 40;
constexpr int bins = 20;

double across(double share) { return left + share * (right - left); }
double up(double share) { return bottom - share * (bottom - top); }

Markup text(double x, double y, const char* anchor, const std::string& content) {
  return "<text x='{:.1f}' y='{:.1f}' text-anchor='{}'>{}</text>"_html(x, y, anchor, content);
}

Markup begin(const char* title) {
  return "<svg viewBox='0 0 {:.0f} {:.0f}' role='img'><title>{}</title>"
         "<path class='axis' d='M{:.1f} {:.1f}V{:.1f}H{:.1f}'/>"_html(width, height, title, left,
                                                                      top, bottom, right);
}

Markup end(const char* below) {
  return text(across(0.5), height - 6, "middle", below) + "</svg>\n"_html;
}

}  // namespace

Markup dice_histogram(const std::vector<ChartedImage>& images) {
  std::array<int, bins> counts{};
  for (const ChartedImage& image : images) {
    const int bin = static_cast<int>(image.dice * bins);
    ++counts[static_cast<std::size_t>(std::clamp(bin, 0, bins - 1))];
  }
  const int most = *std::max_element(counts.begin(), counts.end());
  Markup svg = begin("How many images have which Dice");
  for (int i = 0; i < bins; ++i) {
    const double share = static_cast<double>(counts[static_cast<std::size_t>(i)]) / most;
    svg +=
        "<rect class='bar' x='{:.1f}' y='{:.1f}' width='{:.1f}' height='{:.1f}'>"
        "<title>Dice {:.2f} to {:.2f}: {} images</title></rect>"_html(
            across(static_cast<double>(i) / bins) + 1, up(share), (right - left) / bins - 2,
            bottom - up(share), static_cast<double>(i) / bins, static_cast<double>(i + 1) / bins,
            counts[static_cast<std::size_t>(i)]);
  }
  for (const double tick : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    svg +=
        text(across(tick), bottom + 16, tick < 1 ? "middle" : "end", fmt::format("{:.2f}", tick));
  }
  svg += text(left - 6, up(1) + 4, "end", std::to_string(most));
  svg += text(left - 6, bottom, "end", "0");
  return svg + end("Dice (upright: images)");
}

Markup dice_by_size(const std::vector<SizedImages>& series) {
  constexpr double smallest = 0.1, largest = 100;  // percent
  const auto place = [&](double percent) {
    const double share = std::log(percent / smallest) / std::log(largest / smallest);
    return across(percent > 0 ? std::clamp(share, 0.0, 1.0) : 0);
  };
  Markup svg = begin("Dice over the size of the polyp");
  for (const double tick : {0.1, 1.0, 10.0, 100.0}) {
    svg += text(place(tick), bottom + 16, tick < largest ? "middle" : "end",
                fmt::format("{:g}%", tick));
  }
  for (const double tick : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    svg += "<path class='grid' d='M{:.1f} {:.1f}H{:.1f}'/>"_html(left, up(tick), right);
    svg += text(left - 6, up(tick) + 4, "end", fmt::format("{:.2f}", tick));
  }
  for (const SizedImages& one : series) {
    svg += "<g class='{}'>"_html(series_class(one.colour));
    for (const ChartedImage& image : one.images) {
      const auto before = one.earlier.find(image.name);
      if (before != one.earlier.end()) {
        svg += "<path class='was' d='M{:.1f} {:.1f}V{:.1f}'/>"_html(
            place(image.polyp_percent), up(before->second), up(image.dice));
      }
      svg +=
          "<circle class='dot' cx='{:.1f}' cy='{:.1f}' r='3'><title>{}{}: {:.2f}% of the "
          "picture, Dice {:.4f}</title></circle>"_html(place(image.polyp_percent), up(image.dice),
                                                       one.label.empty() ? "" : one.label + ", ",
                                                       image.name, image.polyp_percent, image.dice);
    }
    svg += "</g>"_html;
  }
  return svg + end("polyp, of the picture (upright: Dice)");
}

}  // namespace bcnet::report
