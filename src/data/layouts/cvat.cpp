#include "data/layouts/cvat.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <memory>
#include <pugixml.hpp>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/error.h"
#include "data/drawing.h"
#include "data/layouts/annotations.h"
#include "data/layouts/image_finder.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

double read_number(const pugi::xml_node& node, const char* name) {
  const std::string text = node.attribute(name).as_string();
  const auto number = parse_number(text);
  if (!number) {
    throw std::invalid_argument(
        fmt::format("{}: found '{}', a number is allowed", name, text.substr(0, 40)));
  }
  return *number;
}

double read_number(const pugi::xml_node& node, const char* name, double otherwise) {
  return node.attribute(name) ? read_number(node, name) : otherwise;
}

/// "x,y;x,y;…"
CocoPolygon read_polygon(const pugi::xml_node& node) {
  CocoPolygon polygon;
  std::istringstream points(node.attribute("points").as_string());
  for (std::string point; std::getline(points, point, ';');) {
    const std::size_t comma = point.find(',');
    const auto x = parse_number(point.substr(0, comma));
    const auto y =
        comma == std::string::npos ? std::nullopt : parse_number(point.substr(comma + 1));
    if (!x || !y) {
      throw std::invalid_argument(
          fmt::format("points: found '{}', two numbers are allowed", point.substr(0, 40)));
    }
    polygon.points.push_back(read_point(*x, *y));
  }
  constexpr std::size_t fewest = 3;
  if (polygon.points.size() < fewest) {
    throw std::invalid_argument(
        fmt::format("a polygon has {} points, allowed are 3 or more", polygon.points.size()));
  }
  return polygon;
}

cv::Point2d turned(const cv::Point2d& point, const cv::Point2d& middle, double degrees) {
  const double angle = degrees * CV_PI / 180;
  const cv::Point2d from = point - middle;
  return middle + cv::Point2d(from.x * std::cos(angle) - from.y * std::sin(angle),
                              from.x * std::sin(angle) + from.y * std::cos(angle));
}

CocoPolygon read_box(const pugi::xml_node& node) {
  const cv::Point2d from = read_point(read_number(node, "xtl"), read_number(node, "ytl"));
  const cv::Point2d to = read_point(read_number(node, "xbr"), read_number(node, "ybr"));
  const double rotation = read_number(node, "rotation", 0);
  CocoPolygon box;
  for (const cv::Point2d& corner :
       {from, cv::Point2d(to.x, from.y), to, cv::Point2d(from.x, to.y)}) {
    box.points.push_back(turned(corner, (from + to) / 2, rotation));
  }
  return box;
}

CocoPolygon read_ellipse(const pugi::xml_node& node) {
  const cv::Point2d middle = read_point(read_number(node, "cx"), read_number(node, "cy"));
  const cv::Point2d radius = read_point(read_number(node, "rx"), read_number(node, "ry"));
  const double rotation = read_number(node, "rotation", 0);
  constexpr int corners = 360;
  CocoPolygon ellipse;
  for (int i = 0; i < corners; ++i) {
    const double angle = 2 * CV_PI * i / corners;
    const cv::Point2d point(middle.x + radius.x * std::cos(angle),
                            middle.y + radius.y * std::sin(angle));
    ellipse.points.push_back(turned(point, middle, rotation));
  }
  return ellipse;
}

/// Run lengths "12, 3, …" within a box, row by row, from background on.
BoxRuns read_mask(const pugi::xml_node& node) {
  const auto whole = [&](const char* name, int least) {
    const double number = read_number(node, name);
    constexpr double most = 100'000;
    if (std::floor(number) != number || number < least || number > most) {
      throw std::invalid_argument(
          fmt::format("{}: found {}, a whole number is allowed", name, number));
    }
    return static_cast<int>(number);
  };
  BoxRuns mask;
  mask.box = {whole("left", -100'000), whole("top", -100'000), whole("width", 1),
              whole("height", 1)};
  const auto pixels =
      static_cast<std::uint64_t>(mask.box.width) * static_cast<std::uint64_t>(mask.box.height);
  std::uint64_t covered = 0;
  std::istringstream runs(node.attribute("rle").as_string());
  for (std::string text; std::getline(runs, text, ',');) {
    const auto run = parse_number(text);
    if (!run || *run < 0 || std::floor(*run) != *run || *run > static_cast<double>(pixels)) {
      throw std::invalid_argument(
          fmt::format("rle: found '{}', whole numbers are allowed", text.substr(0, 40)));
    }
    covered += static_cast<std::uint64_t>(*run);
    mask.runs.push_back(static_cast<std::uint32_t>(*run));
  }
  if (covered != pixels) {
    throw std::invalid_argument(fmt::format("rle covers {} pixels, its box has {}x{} = {}", covered,
                                            mask.box.width, mask.box.height, pixels));
  }
  return mask;
}

class CvatFile {
 public:
  CvatFile(const fs::path& file, const fs::path& root, const std::vector<fs::path>& folders)
      : file_(file), root_(root), finder_(root, folders) {}

  Survey survey() {
    const std::string bytes = read_annotation_bytes(file_);
    pugi::xml_document document;
    const pugi::xml_parse_result parsed = document.load_buffer(bytes.data(), bytes.size());
    if (bytes.empty()) {
      refuse("is no XML: it is empty");
    }
    if (!parsed) {
      refuse(fmt::format("is no XML: {} at byte {} of {}", parsed.description(), parsed.offset,
                         bytes.size()));
    }
    const pugi::xml_node annotations = document.child("annotations");
    if (!annotations) {
      refuse(document.child("annotation")
                 ? "looks like the boxes of one image (Pascal VOC); not read, boxes are no masks"
                 : "is no CVAT file: <annotations> with <image> inside is allowed");
    }
    if (annotations.child("track")) {
      refuse(
          "looks like CVAT for video; not read, export the task as \"CVAT for images 1.1\" or "
          "\"COCO 1.0\"");
    }
    Survey survey;
    survey.image_folder = file_;
    survey.mask_folder = file_;
    for (const pugi::xml_node& kind : annotations.child("meta").children()) {  // task, project, job
      for (const pugi::xml_node& label : kind.child("labels").children("label")) {
        survey.categories.insert(label.child_value("name"));
      }
    }
    for (const pugi::xml_node& image : annotations.children("image")) {
      survey.samples.push_back(read_image(image));
    }
    std::sort(survey.samples.begin(), survey.samples.end(),
              [](const Sample& a, const Sample& b) { return a.name < b.name; });
    survey.images = survey.samples.size();
    survey.masks = survey.samples.size();
    finder_.warn_of_guesses(file_);
    warn_of_lines(file_, lines_);
    warn_of_ignored(file_, survey.samples);
    return survey;
  }

 private:
  [[noreturn]] void refuse(const std::string& problem) const {
    throw Error(ErrorKind::data, file_.string() + ": " + problem);
  }

  Sample read_image(const pugi::xml_node& node) {
    const std::string name = node.attribute("name").as_string();
    const std::string where = "image " + std::to_string(++images_) + ": ";
    if (name.empty()) {
      refuse(where + "name: found none, a path is allowed");
    }
    const ImageFinder::Found found = finder_.find(name);
    Drawing drawing;
    drawing.error = found.problem;
    try {
      for (const auto& [key, length] :
           {std::pair{"width", &drawing.width}, {"height", &drawing.height}}) {
        const auto value = read_length(Json(read_number(node, key)));
        if (!value) {
          throw std::invalid_argument(
              fmt::format("{}: found '{}', whole numbers above 0 are "
                          "allowed",
                          key, node.attribute(key).as_string()));
        }
        *length = *value;
      }
    } catch (const std::invalid_argument& error) {
      refuse(where + name + ": " + error.what());
    }
    read_objects(node, drawing);
    Sample sample{found.path.lexically_relative(root_).generic_string(), found.path, file_,
                  std::make_shared<const Drawing>(std::move(drawing))};
    if (!names_.insert(sample.name).second) {
      refuse(where + "'" + sample.name + "' is there twice, here as " + name);
    }
    return sample;
  }

  void read_objects(const pugi::xml_node& image, Drawing& drawing) {
    std::vector<std::pair<double, Object>> by_depth;
    std::size_t number = 0;
    for (const pugi::xml_node& node : image.children()) {
      const std::string type = node.name();
      if (node.type() != pugi::node_element || type == "tag") {
        continue;
      }
      ++number;
      if (type == "polyline" || type == "points") {
        ++lines_;
        continue;
      }
      Object object;
      object.category = node.attribute("label").as_string();
      double depth = 0;
      try {
        depth = read_number(node, "z_order", 0);
        object.pieces.push_back(read_shape(node, type));
      } catch (const std::invalid_argument& error) {
        object.error = fmt::format("object {} ({}): {}", number, type, error.what());
      }
      take_role(object);
      by_depth.emplace_back(depth, std::move(object));
    }
    std::stable_sort(by_depth.begin(), by_depth.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [depth, object] : by_depth) {
      drawing.shapes.push_back(std::move(object));
    }
  }

  static Shape read_shape(const pugi::xml_node& node, const std::string& type) {
    if (type == "polygon") {
      return read_polygon(node);
    }
    if (type == "box") {
      return read_box(node);
    }
    if (type == "ellipse") {
      return read_ellipse(node);
    }
    if (type == "mask") {
      return read_mask(node);
    }
    throw std::invalid_argument(
        "allowed are polygon, box, ellipse, mask; polyline and points are passed over");
  }

  const fs::path& file_;
  const fs::path& root_;
  ImageFinder finder_;
  std::set<std::string> names_;
  std::size_t images_ = 0;
  std::size_t lines_ = 0;
};

}  // namespace

bool is_cvat(const fs::path& file) {
  std::array<char, 4096> start{};
  std::ifstream stream(file, std::ios::binary);
  stream.read(start.data(), start.size());
  std::string text(start.data(), static_cast<std::size_t>(stream.gcount()));
  text.erase(std::remove(text.begin(), text.end(), '\0'), text.end());  // of UTF-16
  return text.find("<annotations") != std::string::npos;
}

Survey read_cvat(const fs::path& file, const fs::path& root, const std::vector<fs::path>& folders) {
  return CvatFile(file, root, folders).survey();
}

std::vector<DataSet::Part> cvat_parts(const std::vector<fs::path>& files, const fs::path& root,
                                      const fs::path& folder) {
  std::vector<DataSet::Part> parts;
  for (const fs::path& file : files) {
    const std::vector<fs::path> folders{folder, folder / "images", folder / file.stem()};
    parts.push_back({files.size() > 1 ? file.stem().string() : "",
                     [file, root, folders] { return read_cvat(file, root, folders); }});
  }
  return parts;
}

}  // namespace bcnet::data
