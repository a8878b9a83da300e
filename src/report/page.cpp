#include "report/page.h"

#include <fmt/format.h>

#include "report/cases.h"

namespace bcnet::report {

namespace {

// The series' colours are those of M. Okabe and K. Ito, told apart by colour-blind eyes too,
// darkened or lightened for contrast with the page.
constexpr MarkupLiteral style = R"(<style>
:root{color-scheme:light dark;--line:#8884;--faint:#8882;
--c0:#0067a5;--c1:#c2410c;--c2:#00795a;--c3:#a3457f;--c4:#7a6200;--c5:#5b5bd6;--c6:#b91c1c;--c7:#55606e}
@media(prefers-color-scheme:dark){:root{
--c0:#64b5f6;--c1:#ff9a5c;--c2:#3ddc9f;--c3:#f29ccb;--c4:#e6cf4e;--c5:#a9a9ff;--c6:#ff8a8a;--c7:#b6c2cf}}
.c0{--c:var(--c0)}.c1{--c:var(--c1)}.c2{--c:var(--c2)}.c3{--c:var(--c3)}
.c4{--c:var(--c4)}.c5{--c:var(--c5)}.c6{--c:var(--c6)}.c7{--c:var(--c7)}
*{box-sizing:border-box}
body{font:15px/1.45 system-ui,sans-serif;margin:1.5em auto;max-width:76em;padding:0 1em}
h1,h2,h3{line-height:1.2;overflow-wrap:anywhere}h1{margin:.4em 0}
h2{border-top:1px solid var(--line);padding-top:.8em}
p,li{overflow-wrap:anywhere}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums}
td,th{padding:.2em .8em;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line)}
td:first-child,th:first-child{text-align:left;padding-left:0}
pre{overflow-x:auto;font-size:13px;background:var(--faint);padding:.8em;border-radius:6px}
summary{cursor:pointer;margin:.5em 0}
figure{margin:0}figcaption{font-size:13px;overflow-wrap:anywhere}
svg{display:block;width:100%;height:auto}svg text{font-size:12px;fill:currentColor}
.row{display:flex;flex-wrap:wrap;gap:1em}
.row figure{flex:1 1 14em;max-width:30em}.row img{width:100%;border-radius:4px}
.charts{display:grid;gap:1.4em 2em;grid-template-columns:repeat(auto-fill,minmax(min(100%,21em),1fr))}
.axis{stroke:currentColor;fill:none}.grid{stroke:var(--line);fill:none}
.bar{fill:var(--c0)}.dot{fill:var(--c);fill-opacity:.65}.was{stroke:var(--c);stroke-opacity:.35}
.key{display:inline-block;width:1.2em;height:.5em;margin:0 .3em 0 1em;border:1px solid #8888}
</style>
)"_html;

Markup table_row(const std::vector<std::string>& cells, MarkupLiteral cell_form) {
  Markup html = "<tr>"_html;
  for (const std::string& cell : cells) {
    html += cell_form(cell);
  }
  return html + "</tr>\n"_html;
}

}  // namespace

Markup page_head(const std::string& title) {
  return "<!doctype html>\n<html lang='en'><meta charset='utf-8'>\n"
         "<meta name='viewport' content='width=device-width,initial-scale=1'>"
         "<title>{}</title>\n{}"_html(title, style);
}

Markup html_table(const std::vector<std::vector<std::string>>& rows) {
  Markup html = "<div class='wide'><table>\n"_html + table_row(rows.front(), "<th>{}</th>"_html);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    html += table_row(rows[i], "<td>{}</td>"_html);
  }
  return html + "</table></div>\n"_html;
}

Markup outline_legend() {
  return "<p>Outlines: <span class='key' style='background:{}'></span>the expert's"
         "<span class='key' style='background:{}'></span>the program's</p>\n"_html(
             truth_colour, prediction_colour);
}

std::string series_class(std::size_t i) {
  constexpr std::size_t colours = 8;
  return fmt::format("c{}{}", i % colours, i / colours % 2 == 1 ? " dashed" : "");
}

}  // namespace bcnet::report
