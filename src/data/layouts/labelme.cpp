#include "data/layouts/labelme.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "data/check/files.h"
#include "data/drawing.h"
#include "data/image_folder.h"
#include "data/layouts/annotations.h"
#include "data/relative_path.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

std::vector<cv::Point2d> read_points(const Json& shape) {
  std::vector<cv::Point2d> points;
  for (const Json& point : shape.value("points", Json::array())) {
    if (!point.is_array() || point.size() != 2) {
      throw std::invalid_argument("a point is not two numbers");
    }
    points.push_back(read_point(point[0], point[1]));
  }
  return points;
}

void require_points(const std::vector<cv::Point2d>& points, std::size_t fewest, std::size_t most,
                    const std::string& type) {
  if (points.size() < fewest || points.size() > most) {
    throw std::invalid_argument(
        fmt::format("a {} has {} points, allowed are {}", type, points.size(),
                    most == fewest ? std::to_string(fewest) : fmt::format("{} or more", fewest)));
  }
}

/// LabelMe draws through Pillow, which leaves the fractions out.
cv::Point whole(const cv::Point2d& point) {
  return {static_cast<int>(point.x), static_cast<int>(point.y)};
}

Shape read_shape(const Json& shape) {
  if (!shape.is_object()) {
    throw std::invalid_argument("found " + shape.dump() + ", a shape is allowed");
  }
  const Json type_value = shape.value("shape_type", Json("polygon"));
  const std::string type = type_value.is_string() ? type_value.get<std::string>() : "polygon";
  if (type != "polygon" && type != "rectangle" && type != "circle") {
    throw std::invalid_argument("found the shape '" + type +
                                "', allowed are polygon, rectangle, circle");
  }
  const std::vector<cv::Point2d> points = read_points(shape);
  if (type == "polygon") {
    require_points(points, 3, SIZE_MAX, type);
    PixelPolygon polygon;
    std::transform(points.begin(), points.end(), std::back_inserter(polygon.points), whole);
    return polygon;
  }
  require_points(points, 2, 2, type);
  if (type == "rectangle") {
    return PixelBox{whole(points[0]), whole(points[1])};
  }
  const double radius = cv::norm(points[1] - points[0]);
  const cv::Point2d reach(radius, radius);
  return PixelEllipse{whole(points[0] - reach), whole(points[0] + reach)};
}

int read_length(const Json& json, const char* key) {
  constexpr std::int64_t most = 1'000'000;
  const Json value = json.value(key, Json());
  if (!value.is_number_integer() || value.get<std::int64_t>() < 1 ||
      value.get<std::int64_t>() > most) {
    throw std::invalid_argument(
        fmt::format("{}: found {}, a whole number above 0 is allowed", key, value.dump()));
  }
  return value.get<int>();
}

Drawing read_drawing(const Json& json, std::set<std::string>& labels) {
  Drawing drawing;
  std::string where;
  try {
    drawing.width = read_length(json, "imageWidth");
    drawing.height = read_length(json, "imageHeight");
    std::size_t number = 0;
    for (const Json& shape : json["shapes"]) {
      where = fmt::format("shape {}: ", ++number);
      drawing.shapes.push_back(read_shape(shape));
      labels.insert(shape.value("label", Json()).dump());
    }
  } catch (const std::invalid_argument& error) {
    drawing.error = where + error.what();
  }
  return drawing;
}

/// The image that a file speaks of; empty where it is not there.
fs::path find_image(const Json& json, const fs::path& file, const fs::path& root,
                    const std::map<std::string, std::vector<fs::path>>& beside) {
  const Json value = json.is_object() ? json.value("imagePath", Json()) : Json();
  if (value.is_string()) {
    std::string text = value.get<std::string>();
    std::replace(text.begin(), text.end(), '\\', '/');
    const fs::path image = (file.parent_path() / text).lexically_normal();
    std::error_code ignored;
    if (relative_path(image.lexically_relative(root.lexically_normal()).string()) &&
        fs::is_regular_file(image, ignored)) {
      return file.parent_path() / text;
    }
  }
  const auto same_name = beside.find(file.stem().string());
  return same_name == beside.end() ? fs::path() : same_name->second.front();
}

}  // namespace

bool is_labelme(const Json& json) {
  return json.is_object() && json.value("shapes", Json()).is_array();
}

Survey read_labelme(const fs::path& folder, const fs::path& root) {
  const auto beside = images_by_stem(folder);
  std::set<std::string> labels;
  std::set<fs::path> annotated;
  Survey survey;
  survey.image_folder = folder;
  survey.mask_folder = folder;
  for (const fs::path& file : json_files(folder)) {
    Json json;
    std::string problem;
    try {
      json = read_annotations(file);
    } catch (const Error& error) {
      problem = without_path(error.what(), file);
    }
    if (problem.empty() && !is_labelme(json)) {
      continue;  // another program's
    }
    const fs::path image = find_image(json, file, root, beside);
    ++survey.masks;
    if (image.empty()) {
      survey.masks_without_image.push_back(file);
      continue;
    }
    Drawing drawing;
    if (problem.empty()) {
      drawing = read_drawing(json, labels);
    } else {
      drawing.error = problem;
    }
    if (!annotated.insert(image.lexically_normal()).second) {
      survey.same_stem.push_back({image, file});
      continue;
    }
    survey.samples.push_back(
        {image.lexically_normal().lexically_relative(root.lexically_normal()).generic_string(),
         image, file, std::make_shared<const Drawing>(std::move(drawing))});
  }
  for (const auto& [stem, paths] : beside) {
    for (const fs::path& image : paths) {
      if (annotated.count(image.lexically_normal()) == 0) {
        survey.images_without_mask.push_back(image);
      }
    }
  }
  survey.images = survey.samples.size() + survey.images_without_mask.size();
  warn_of_labels(folder, labels);
  return survey;
}

}  // namespace bcnet::data
