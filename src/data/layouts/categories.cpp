#include "data/layouts/categories.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/json.h"
#include "core/say_once.h"
#include "data/drawing.h"

namespace bcnet::data {

namespace {

using Names = std::set<std::string>;

/// Those that the masks have; background is none.
Names used_categories(const Survey& survey) {
  Names used;
  for (const Sample& sample : survey.samples) {
    if (!sample.drawing) {
      continue;
    }
    for (const Object& object : sample.drawing->shapes) {
      if (!object.background && !object.category.empty()) {
        used.insert(object.category);
      }
    }
  }
  return used;
}

/// Whether anything is drawn in any mask.
bool has_objects(const Survey& survey) {
  return std::any_of(survey.samples.begin(), survey.samples.end(), [](const Sample& sample) {
    return sample.drawing && !sample.drawing->shapes.empty();
  });
}

void require_known(const Survey& survey, const Names& used,
                   const std::vector<std::string>& categories) {
  Names known = survey.categories;
  known.insert(used.begin(), used.end());
  if (known.empty() && !has_objects(survey)) {
    return;  // pictures without a polyp
  }
  for (const std::string& category : categories) {
    if (known.count(category) == 0) {
      throw Error(
          ErrorKind::data,
          fmt::format("{}: has {}, but none named {}", survey.mask_folder.string(),
                      known.empty() ? std::string("objects without categories")
                                    : fmt::format("the categories {}", fmt::join(known, ", ")),
                      category));
    }
  }
}

Drawing only(const Drawing& drawing, const Names& wanted) {
  Drawing kept = drawing;
  kept.shapes.erase(std::remove_if(kept.shapes.begin(), kept.shapes.end(),
                                   [&](const Object& object) {
                                     return !object.background &&
                                            wanted.count(object.category) == 0;
                                   }),
                    kept.shapes.end());
  return kept;
}

}  // namespace

void keep_categories(Survey& survey, const std::vector<std::string>& categories) {
  const Names used = used_categories(survey);
  if (categories.empty()) {
    if (used.size() > 1) {
      std::vector<std::string> quoted;
      for (const std::string& name : used) {
        quoted.push_back(json_line(Json(name)));
      }
      warn_once(fmt::format("{}: has the labels {}: all of them count as polyp",
                            survey.mask_folder.string(), fmt::join(quoted, ", ")));
    }
    return;
  }
  if (std::none_of(survey.samples.begin(), survey.samples.end(),
                   [](const Sample& sample) { return sample.drawing != nullptr; })) {
    throw Error(ErrorKind::usage, fmt::format("--category {}: {} has no annotations, which alone "
                                              "have categories",
                                              categories.front(), survey.mask_folder.string()));
  }
  require_known(survey, used, categories);
  const Names wanted(categories.begin(), categories.end());
  for (Sample& sample : survey.samples) {
    if (sample.drawing) {
      sample.drawing = std::make_shared<const Drawing>(only(*sample.drawing, wanted));
    }
  }
}

}  // namespace bcnet::data
