#include "data/check/sheet.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "core/error.h"
#include "data/mask.h"
#include "image/codec.h"
#include "image/geometry.h"
#include "image/overlay.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t most_shown = 100;  ///< findings of a kind and severity
constexpr std::size_t most_files = 12;   ///< of one finding

constexpr MarkupLiteral head = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>bcnet data check</title>
<style>
:root {
  color-scheme: light dark;
  --line: #8886; --error: #b91c1c; --warning: #a16207; --info: #1d4ed8
}
@media (prefers-color-scheme: dark) {
  :root { --error: #fca5a5; --warning: #fde047; --info: #93c5fd }
}
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5em auto; max-width: 76em; padding: 0 1em }
h1, h2, p { margin: .6em 0 }
h2 { font-size: 1.15em; border-top: 1px solid var(--line); padding-top: 1em }
table { border-collapse: collapse }
td, th { padding: .2em .9em .2em 0; text-align: left }
td:last-child, th:last-child { text-align: right }
.error { color: var(--error) } .warning { color: var(--warning) } .info { color: var(--info) }
.findings {
  display: grid; gap: 1em;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 24em), 1fr))
}
article {
  border: 1px solid var(--line); border-radius: 6px;
  padding: .6em .8em; overflow-wrap: anywhere
}
.files { display: flex; flex-wrap: wrap; gap: .6em }
figure { margin: 0; width: 160px; font-size: 12px }
img, .none { display: block; width: 160px; height: 160px; object-fit: contain; background: #8882 }
.none { display: grid; place-items: center; text-align: center }
</style>
)"_html;

Markup jpeg_uri(const cv::Mat& picture) {
  const auto bytes = encode_jpeg(picture, 80);
  return data_uri("image/jpeg", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

/// At twice the size that it is shown in, for fine screens.
cv::Mat shrink(const cv::Mat& picture, bool mask) {
  constexpr int longest = 320;
  const cv::Size size =
      fitted(picture.size(), std::min(longest, std::max(picture.cols, picture.rows)));
  return mask ? resize_mask(picture, size.width, size.height)
              : resize_image(picture, size.width, size.height);
}

class Sheet {
 public:
  Sheet(const fs::path& data, const CheckResult& result, const DecodeOptions& decode)
      : data_(data), result_(result), decode_(decode) {
    for (const Sample& sample : result.samples) {
      by_image_[sample.name] = &sample;
      if (!sample.drawing) {
        by_mask_[mask_name(sample, data)] = &sample;
      }
    }
  }

  Markup html() const {
    Markup text = head + summary();
    const auto& findings = result_.findings;
    for (auto at = findings.begin(); at != findings.end();) {
      const auto end = std::find_if(at, findings.end(), [&](const Finding& finding) {
        return finding.kind != at->kind || finding.severity != at->severity;
      });
      const auto count = static_cast<std::size_t>(end - at);
      text +=
          "<h2 id=\"{0}-{1}\"><span class=\"{1}\">{1}</span> {0} ({2})</h2>\n"
          "<p>{3}.</p>\n<div class=\"findings\">\n"_html(
              kind_name(at->kind), severity_name(at->severity), count, at->advice);
      for (std::size_t i = 0; i < std::min(count, most_shown); ++i) {
        text += article(at[static_cast<std::ptrdiff_t>(i)]);
      }
      text += "</div>\n"_html;
      if (count > most_shown) {
        text += "<p>And {} more: --json has them.</p>\n"_html(count - most_shown);
      }
      at = end;
    }
    return text + "</html>\n"_html;
  }

 private:
  Markup summary() const {
    Markup text =
        "<h1>Data check: {}</h1>\n<p>{} pairs{}{}: {} errors, {} warnings, {} notes.</p>\n"_html(
            data_.string(), result_.samples.size(), result_.splits.empty() ? "" : " in ",
            fmt::format("{}", fmt::join(result_.splits, ", ")), result_.count(Severity::error),
            result_.count(Severity::warning), result_.count(Severity::info));
    if (result_.findings.empty()) {
      return text;
    }
    std::map<std::pair<int, FindingKind>, std::size_t> counts;
    for (const Finding& finding : result_.findings) {
      ++counts[{-static_cast<int>(finding.severity), finding.kind}];
    }
    text += "<table><tr><th>severity</th><th>kind</th><th>count</th></tr>\n"_html;
    for (const auto& [key, count] : counts) {
      text +=
          "<tr><td class=\"{0}\">{0}</td><td><a href=\"#{1}-{0}\">{1}</a></td>"
          "<td>{2}</td></tr>\n"_html(severity_name(static_cast<Severity>(-key.first)),
                                     kind_name(key.second), count);
    }
    return text + "</table>\n"_html;
  }

  Markup article(const Finding& finding) const {
    Markup text = "<article><p>{}</p><div class=\"files\">"_html(finding.message);
    const std::size_t shown = std::min(most_files, finding.files.size());
    for (std::size_t i = 0; i < shown; ++i) {
      const std::string& file = finding.files[i];
      const auto mask = by_mask_.find(file);
      // A mask tells little without its image.
      if (mask != by_mask_.end() && finding.files.size() == 1) {
        text += figure(mask->second->name);
      }
      text += figure(file);
    }
    if (finding.files.size() > shown) {
      text += "<p>and {} more</p>"_html(finding.files.size() - shown);
    }
    return text + "</div></article>\n"_html;
  }

  /// One file: a mask as it is, an image with its mask outlined where they have the same size.
  Markup figure(const std::string& file) const {
    Markup picture;
    try {
      picture = "<img loading=\"lazy\" alt=\"\" src=\"{}\">"_html(jpeg_uri(thumbnail(file)));
    } catch (const Error&) {
      picture = "<span class=\"none\">no picture</span>"_html;
    }
    return "<figure>{}<figcaption>{}</figcaption></figure>"_html(picture, file);
  }

  cv::Mat thumbnail(const std::string& file) const {
    if (const auto owner = by_mask_.find(file); owner != by_mask_.end()) {
      return shrink(read_mask(*owner->second, decode_), true);
    }
    const cv::Mat image = decode_image(data_ / file, decode_);
    const cv::Mat small = shrink(image, false);
    const auto sample = by_image_.find(file);
    if (sample == by_image_.end()) {
      return small;
    }
    try {
      const cv::Mat mask = read_mask(*sample->second, decode_);
      if (mask.size() == image.size()) {
        return draw_outline(small, shrink(mask, true));
      }
    } catch (const Error&) {
      // The mask has a finding of its own.
    }
    return small;
  }

  const fs::path& data_;
  const CheckResult& result_;
  const DecodeOptions& decode_;
  std::map<std::string, const Sample*> by_image_;
  std::map<std::string, const Sample*> by_mask_;
};

}  // namespace

Markup check_sheet_html(const fs::path& data, const CheckResult& result,
                        const DecodeOptions& decode) {
  return Sheet(data, result, decode).html();
}

}  // namespace bcnet::data
