#include "runs/run_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/error.h"
#include "core/files.h"
#include "report/cases.h"
#include "report/dice_charts.h"
#include "report/page.h"

namespace bcnet::runs {

namespace {

constexpr std::uintmax_t largest_picture = 256 << 10;  ///< bytes

using ByName = std::map<std::string, const Json*>;

ByName images_of(const Validation* validation) {
  ByName images;
  if (validation != nullptr) {
    for (const Json& image : validation->images) {
      images[image["image"].get<std::string>()] = &image;
    }
  }
  return images;
}

double dice_of(const Json& image) { return image["dice"].get<double>(); }

std::vector<report::ChartedImage> charted(const Json& images) {
  std::vector<report::ChartedImage> all;
  for (const Json& image : images) {
    all.push_back(
        {image["image"].get<std::string>(), dice_of(image), image["polyp_percent"].get<double>()});
  }
  return all;
}

Markup sizes(const std::vector<NamedRun>& runs) {
  std::vector<report::SizedImages> series;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const RunRecord& run = *runs[i].record;
    const Validation* validation = best_validation(run);
    if (validation == nullptr) {
      continue;
    }
    report::SizedImages one;
    one.colour = i;
    one.images = charted(validation->images);
    if (runs.size() > 1) {
      one.label = runs[i].name;
    } else if (&run.validations.front() != validation) {
      for (const Json& image : run.validations.front().images) {
        one.earlier[image["image"].get<std::string>()] = dice_of(image);
      }
    }
    series.push_back(std::move(one));
  }
  Markup html = "<div class='row'>\n<figure>{}"_html(report::dice_by_size(series));
  if (runs.size() == 1 && !series[0].earlier.empty()) {
    const RunRecord& run = *runs[0].record;
    html +=
        "<figcaption>Dots: epoch {}. Lines: from where each image was in epoch {}."
        "</figcaption>"_html(best_validation(run)->epoch, run.validations.front().epoch);
  }
  html += "</figure>\n"_html;
  if (runs.size() == 1 && !series[0].images.empty()) {
    html += "<figure>{}</figure>\n"_html(report::dice_histogram(series[0].images));
  }
  html += "</div>\n"_html;
  if (runs.size() > 1) {
    html += "<ul class='legend'>"_html;
    for (const report::SizedImages& one : series) {
      html += "<li class='{}'><i></i>{}</li>"_html(report::series_class(one.colour), one.label);
    }
    html += "</ul>\n"_html;
  }
  return html;
}

/// A picture once in the page, for every drawing of it to use.
Markup define_picture(const Picture& picture, const std::string& id) {
  std::string jpeg;
  try {
    jpeg = read_file(picture.file, ErrorKind::data, largest_picture);
  } catch (const Error&) {
    return {};  // the outlines are drawn on an empty ground
  }
  return "<image id='{}' width='{}' height='{}' href='{}'/>\n"_html(
      id, picture.width, picture.height, data_uri("image/jpeg", jpeg));
}

/// The picture with both outlines; grid: of the outlines, pixels.
Markup draw(const Picture& picture, const std::string& id, int grid, const std::string& said,
            const std::string& prediction) {
  return "<svg viewBox='0 0 {0} {1}' role='img' aria-label='{2}'><title>{2}</title>"
         "<use href='#{3}'/><g transform='scale({4:.5f} {5:.5f}) translate(.5 .5)'>"
         "<path class='truth' d='{6}'/><path class='found' d='{7}'/></g></svg>"_html(
             picture.width, picture.height, said, id, static_cast<double>(picture.width) / grid,
             static_cast<double>(picture.height) / grid, picture.outline, prediction);
}

Markup draw(const Picture& picture, const std::string& id, int grid, const std::string& said,
            const Json& image) {
  return draw(picture, id, grid,
              fmt::format("{}, {}: Dice {:.4f}", picture.image, said, dice_of(image)),
              image.value("outline", std::string()));
}

Markup caption(const Json& image) {
  return "{}<br>Dice {:.4f}, polyp {:.1f}% of the picture"_html(
      image["image"].get<std::string>(), dice_of(image), image["polyp_percent"].get<double>());
}

Markup over_the_epochs(const RunRecord& run, const Picture& picture, const std::string& id) {
  Markup html = "<div class='frames'>"_html;
  for (const std::size_t place : frame_places(run.validations.size())) {
    const Json& images = run.validations[place].images;
    const auto image = std::find_if(images.begin(), images.end(), [&](const Json& one) {
      return one["image"].get_ref<const std::string&>() == picture.image;
    });
    if (image != images.end()) {
      const std::int64_t epoch = run.validations[place].epoch;
      html += "<figure>{}<figcaption>epoch {}: {:.2f}</figcaption></figure>"_html(
          draw(picture, id, run.pictures.size, fmt::format("epoch {}", epoch), *image), epoch,
          dice_of(*image));
    }
  }
  return html + "</div>"_html;
}

/// What the runs have of one image.
struct Shown {
  const Picture* picture = nullptr;  ///< of the first run that kept pictures
  /// Of each run at its best epoch; null for those that kept no pictures at all.
  std::vector<const Json*> images;
  double mean_dice = 0;
};

bool kept_pictures(const NamedRun& run) {
  return !run.record->pictures.pictures.empty() && !run.record->validations.empty();
}

/// The images that every run kept that kept any.
std::vector<Shown> shown_by_all(const std::vector<NamedRun>& runs) {
  std::vector<Shown> all;
  const auto first = std::find_if(runs.begin(), runs.end(), kept_pictures);
  if (first == runs.end()) {
    return all;
  }
  std::vector<ByName> images;
  for (const NamedRun& run : runs) {
    images.push_back(kept_pictures(run) ? images_of(best_validation(*run.record)) : ByName());
  }
  for (const Picture& picture : first->record->pictures.pictures) {
    Shown shown;
    shown.picture = &picture;
    int kept = 0;
    bool by_all = true;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const auto found = images[i].find(picture.image);
      const bool has = found != images[i].end() && found->second->contains("outline");
      shown.images.push_back(has ? found->second : nullptr);
      shown.mean_dice += has ? dice_of(*found->second) : 0;
      kept += has ? 1 : 0;
      by_all = by_all && (has || !kept_pictures(runs[i]));
    }
    if (by_all) {
      shown.mean_dice /= kept;
      all.push_back(std::move(shown));
    }
  }
  return all;
}

class PictureRows {
 public:
  PictureRows(const std::vector<NamedRun>& runs, const std::vector<Shown>& all)
      : runs_(runs), all_(all) {}

  Markup html() {
    std::vector<double> dice;
    for (const Shown& shown : all_) {
      dice.push_back(shown.mean_dice);
    }
    const report::Cases cases = report::choose_cases(dice);
    const Markup shown = group("Worst", cases.worst) + group("Best", cases.best);
    return "<svg class='defined' aria-hidden='true'><defs>\n{}</defs></svg>\n{}"_html(defined_,
                                                                                      shown);
  }

 private:
  Markup group(const char* title, const std::vector<std::size_t>& cases) {
    if (cases.empty()) {
      return {};
    }
    Markup html = "<h3>{}</h3>\n"_html(title);
    html += runs_.size() == 1 ? "<div class='cases'>\n"_html : ""_html;
    for (const std::size_t i : cases) {
      const std::string id = fmt::format("p{}", i);
      defined_ += define_picture(*all_[i].picture, id);
      html += runs_.size() == 1 ? one(all_[i], id) : side_by_side(all_[i], id);
    }
    return html + (runs_.size() == 1 ? "</div>\n"_html : ""_html);
  }

  Markup one(const Shown& shown, const std::string& id) const {
    const RunRecord& run = *runs_[0].record;
    const Json& image = *shown.images[0];
    return "<figure class='case'>{}<figcaption>{}</figcaption>{}</figure>\n"_html(
        draw(*shown.picture, id, run.pictures.size, "best epoch", image), caption(image),
        over_the_epochs(run, *shown.picture, id));
  }

  Markup side_by_side(const Shown& shown, const std::string& id) const {
    const auto any = std::find_if(shown.images.begin(), shown.images.end(),
                                  [](const Json* image) { return image != nullptr; });
    Markup html = "<p class='name'>{}, polyp {:.1f}% of the picture</p>\n<div class='side'>\n"_html(
        shown.picture->image, (**any)["polyp_percent"].get<double>());
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      const Json* image = shown.images[i];
      if (image != nullptr) {
        const std::string& name = runs_[i].name;
        html +=
            "<figure>{}<figcaption class='{}'><i></i>{}<br>Dice {:.4f}</figcaption>"
            "</figure>\n"_html(
                draw(*shown.picture, id, runs_[i].record->pictures.size, name, *image),
                report::series_class(i), name, dice_of(*image));
      }
    }
    return html + "</div>\n"_html;
  }

  const std::vector<NamedRun>& runs_;
  const std::vector<Shown>& all_;
  Markup defined_;
};

Markup pictures(const std::vector<NamedRun>& runs) {
  Markup html;
  if (runs.size() > 1) {
    for (const NamedRun& run : runs) {
      if (!kept_pictures(run)) {
        html += "<p>{} kept no pictures.</p>\n"_html(run.name);
      }
    }
  }
  const std::vector<Shown> all = shown_by_all(runs);
  if (all.empty()) {
    return html + (runs.size() == 1
                       ? "<p>The run kept no pictures.</p>\n"_html
                       : "<p>There is no picture that all of the runs kept.</p>\n"_html);
  }
  const auto first = std::find_if(runs.begin(), runs.end(), kept_pictures);
  const std::size_t validated = best_validation(*first->record)->count;
  if (all.size() < validated) {
    html += "<p>Worst and best of {} images that are kept as pictures, of {}.</p>\n"_html(
        all.size(), validated);
  }
  return html + report::outline_legend() + PictureRows(runs, all).html();
}

}  // namespace

Markup run_cases(const std::vector<NamedRun>& runs) {
  const bool any = std::any_of(runs.begin(), runs.end(), [](const NamedRun& run) {
    return best_validation(*run.record) != nullptr;
  });
  if (!any) {
    return "<p>No results of single validation images were kept.</p>\n"_html;
  }
  return sizes(runs) + pictures(runs);
}

Markup run_cases_style() {
  return R"(<style>
.cases{{display:grid;gap:1.4em 1.2em;grid-template-columns:repeat(auto-fill,minmax(min(100%,17em),1fr))}}
.frames{{display:grid;gap:.4em;grid-template-columns:repeat(3,1fr);margin-top:.4em}}
.frames figcaption{{font-size:11px}}
.case svg,.side svg{{background:var(--faint);border-radius:4px}}
.side{{display:grid;gap:.6em;grid-template-columns:repeat(auto-fill,minmax(min(45%,15em),1fr));max-width:64em}}
.side i{{display:inline-block;width:1em;border-top:3px solid var(--c);margin-right:.4em;vertical-align:.25em}}
.side .dashed i{{border-top-style:dashed}}
.name{{margin:1em 0 .3em}}
.truth,.found{{fill:none;stroke-width:2px;vector-effect:non-scaling-stroke;stroke-linejoin:round}}
.truth{{stroke:{}}}.found{{stroke:{}}}.frames path{{stroke-width:1.3px}}
.defined{{position:absolute;width:0;height:0}}
</style>
)"_html(report::truth_colour, report::prediction_colour);
}

}  // namespace bcnet::runs
