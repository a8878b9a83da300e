#include "report/line_chart.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/axis.h"
#include "report/page.h"

namespace bcnet::report {

namespace {

// Pixels of the drawing: as wide as a telephone, so that its numbers can be read there.
constexpr double width = 400, height = 230;
constexpr double left = 52, right = width - 10, top = 10, bottom = height - 36;
constexpr std::size_t most_marked = 60;  ///< points of a line that are drawn as dots

struct Place {
  Axis across;
  Axis up;

  double x(double value) const { return left + across.share(value) * (right - left); }
  double y(double value) const { return bottom - up.share(value) * (bottom - top); }
};

Place place_of(const std::vector<Line>& lines, bool whole) {
  double first = 1e300, last = -1e300, low = 1e300, high = -1e300;
  for (const Line& line : lines) {
    for (const auto& [x, y] : line.points) {
      first = std::min(first, x);
      last = std::max(last, x);
      low = std::min(low, y);
      high = std::max(high, y);
    }
  }
  Place place;
  place.across = round_axis(first, std::max(last, first + 1), 6, whole);
  // The ends are the places that there are, not the next round number.
  place.across.low = first;
  place.across.high = std::max(last, first + 1);
  place.up = round_axis(low, high, 4);
  return place;
}

Markup axes(const Place& place, const char* name) {
  Markup svg;
  for (const double tick : place.up.ticks) {
    svg +=
        "<path class='grid' d='M{:.0f} {:.1f}H{:.0f}'/>"
        "<text x='{:.0f}' y='{:.1f}' text-anchor='end'>{}</text>"_html(
            left, place.y(tick), right, left - 6, place.y(tick) + 4, tick_text(tick));
  }
  for (const double tick : place.across.ticks) {
    if (tick >= place.across.low && tick <= place.across.high) {
      svg +=
          "<path class='axis' d='M{0:.1f} {1:.0f}v4'/>"
          "<text x='{0:.1f}' y='{2:.0f}' text-anchor='middle'>{3}</text>"_html(
              place.x(tick), bottom, bottom + 17, tick_text(tick));
    }
  }
  return svg +
         "<path class='axis' d='M{:.0f} {:.0f}V{:.0f}H{:.0f}'/>"
         "<text x='{:.0f}' y='{:.0f}' text-anchor='end'>{}</text>"_html(left, top, bottom, right,
                                                                        right, height - 3, name);
}

std::string value_text(double value) { return fmt::format("{:.4g}", value); }

Markup draw_line(const Line& line, const Place& place, const char* name) {
  std::string points, xs, ys;
  Markup dots;
  for (const auto& [x, y] : line.points) {
    const char* gap = points.empty() ? "" : " ";
    points += fmt::format("{}{:.1f},{:.1f}", gap, place.x(x), place.y(y));
    xs += fmt::format("{}{:g}", gap, x);
    ys += gap + value_text(y);
    if (line.points.size() <= most_marked) {
      dots +=
          "<circle cx='{:.1f}' cy='{:.1f}' r='2.5'><title>{}, {} {:g}: {}"
          "</title></circle>"_html(place.x(x), place.y(y), line.label, name, x, value_text(y));
    }
  }
  return "<g class='line {}' data-x='{}' data-y='{}'><polyline points='{}'/>{}</g>\n"_html(
      series_class(line.colour), xs, ys, points, dots);
}

}  // namespace

Markup line_chart(const std::string& title, const std::vector<Line>& all, const Across& across) {
  std::vector<Line> lines;
  std::copy_if(all.begin(), all.end(), std::back_inserter(lines),
               [](const Line& line) { return !line.points.empty(); });
  if (lines.empty()) {
    return {};
  }
  const Place place = place_of(lines, across.whole);
  Markup svg =
      "<figure class='chart'><h3>{0}</h3>\n<svg viewBox='0 0 {1:.0f} {2:.0f}' role='img' "
      "tabindex='0' aria-label='{0} over the {7}s' data-across='{7}' data-left='{3:.0f}' "
      "data-right='{4:.0f}' "
      "data-low='{5:g}' data-high='{6:g}'>"_html(title, width, height, left, right,
                                                 place.across.low, place.across.high, across.name);
  svg += axes(place, across.name);
  Markup legend;
  for (const Line& line : lines) {
    svg += draw_line(line, place, across.name);
    legend += "<li class='{}'><i></i>{} <b>{}</b></li>"_html(series_class(line.colour), line.label,
                                                             value_text(line.points.back().second));
  }
  svg +=
      "<path class='cursor' d='M0 {:.0f}V{:.0f}' hidden='hidden'/></svg>\n"
      "<ul class='legend'>{}<li class='at'>last values</li></ul></figure>\n"_html(top, bottom,
                                                                                  legend);
  return svg;
}

Markup line_chart_style() {
  return R"(<style>
.chart h3{margin:0 0 .3em;font-size:1em}
.chart svg{touch-action:pan-y}
.line{stroke:var(--c);fill:var(--c)}.line polyline{fill:none;stroke-width:2;stroke-linejoin:round}
.line.dashed polyline{stroke-dasharray:6 4}
.cursor{stroke:currentColor;stroke-dasharray:3 3;pointer-events:none}.cursor[hidden]{display:none}
.legend{list-style:none;margin:.2em 0 0;padding:0;display:flex;flex-wrap:wrap;gap:.1em 1.1em;font-size:13px}
.legend i{display:inline-block;width:1.4em;border-top:3px solid var(--c);margin-right:.4em;vertical-align:.25em}
.legend .dashed i{border-top-style:dashed}
.legend b{font-variant-numeric:tabular-nums}.legend .at{opacity:.75}
</style>
)"_html;
}

Markup line_chart_script() {
  return R"(<script>
for (const chart of document.querySelectorAll('.chart')) {
  const svg = chart.querySelector('svg'), cursor = svg.querySelector('.cursor');
  const at = chart.querySelector('.at'), values = chart.querySelectorAll('.legend b');
  const [left, right, low, high] =
      ['left', 'right', 'low', 'high'].map(key => Number(svg.dataset[key]));
  const lines = [...svg.querySelectorAll('.line')].map(line => ({
    x: line.dataset.x.split(' ').map(Number), y: line.dataset.y.split(' ')}));
  const epochs = [...new Set(lines.flatMap(line => line.x))].sort((a, b) => a - b);
  const last = [...values].map(value => value.textContent), said = at.textContent;
  let shown = epochs.length - 1;
  const show = place => {
    shown = Math.max(0, Math.min(epochs.length - 1, place));
    const epoch = epochs[shown];
    const x = left + (epoch - low) / (high - low) * (right - left);
    cursor.setAttribute('transform', `translate(${x} 0)`);
    cursor.removeAttribute('hidden');
    lines.forEach((line, i) => {
      const found = line.x.indexOf(epoch);
      values[i].textContent = found < 0 ? '–' : line.y[found];
    });
    at.textContent = `${svg.dataset.across} ${epoch}`;
  };
  const hide = () => {
    cursor.setAttribute('hidden', 'hidden');
    values.forEach((value, i) => value.textContent = last[i]);
    at.textContent = said;
  };
  svg.addEventListener('pointermove', event => {
    const box = svg.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
    const epoch = low + (x - left) / (right - left) * (high - low);
    const away = epochs.map(value => Math.abs(value - epoch));
    show(away.indexOf(Math.min(...away)));
  });
  svg.addEventListener('pointerleave', hide);
  svg.addEventListener('blur', hide);
  svg.addEventListener('keydown', event => {
    const by = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (by) {
      show(shown + by);
      event.preventDefault();
    }
  });
}
</script>
)"_html;
}

}  // namespace bcnet::report
