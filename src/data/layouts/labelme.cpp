#include "data/layouts/labelme.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/base64.h"
#include "core/error.h"
#include "core/files.h"
#include "core/say_once.h"
#include "data/check/files.h"
#include "data/drawing.h"
#include "data/image_folder.h"
#include "data/layouts/annotations.h"
#include "data/layouts/pairs.h"
#include "data/relative_path.h"
#include "image/codec.h"
#include "image/header.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

std::vector<cv::Point2d> read_points(const Json& shape) {
  std::vector<cv::Point2d> points;
  for (const Json& point : member(shape, "points")) {
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

/// An ellipse at any angle, as a polygon: its middle and the ends of two half axes.
PixelPolygon turned_ellipse(const cv::Point2d& middle, const cv::Point2d& a, const cv::Point2d& b) {
  constexpr int corners = 360;
  PixelPolygon polygon;
  for (int i = 0; i < corners; ++i) {
    const double angle = 2 * CV_PI * i / corners;
    polygon.points.emplace_back(middle + std::cos(angle) * (a - middle) +
                                std::sin(angle) * (b - middle));
  }
  return polygon;
}

Shape read_ellipse(const std::vector<cv::Point2d>& points) {
  require_points(points, 2, 4, "ellipse");
  if (points.size() == 2) {  // two corners of its box
    const auto [left, right] = std::minmax(points[0].x, points[1].x);
    const auto [top, bottom] = std::minmax(points[0].y, points[1].y);
    return PixelEllipse{whole({left, top}), whole({right, bottom})};
  }
  if (points.size() == 3) {  // its middle and the ends of its half axes
    return turned_ellipse(points[0], points[1], points[2]);
  }
  // The four corners of its box.
  return turned_ellipse((points[0] + points[2]) / 2, (points[0] + points[1]) / 2,
                        (points[1] + points[2]) / 2);
}

/// Of a picture in its file's own bytes; nothing where they are none, which drawing it says.
std::optional<cv::Size> picture_size(const std::string& file) {
  try {
    const ImageHeader header = read_image_header(file, "its mask");
    constexpr std::uint64_t most = 1'000'000;
    return cv::Size(static_cast<int>(std::min(header.width, most)),
                    static_cast<int>(std::min(header.height, most)));
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string point_text(const cv::Point& point) { return fmt::format("({},{})", point.x, point.y); }

/// X-AnyLabeling's and LabelMe's masks: a picture of the part within a box.
Shape read_bit_map(const Json& shape, const std::vector<cv::Point2d>& points) {
  const Json& value = member(shape, "mask");
  auto file = value.is_string() ? from_base64(value.get_ref<const std::string&>()) : std::nullopt;
  if (!file) {
    throw std::invalid_argument("a mask holds " +
                                (value.is_string() ? "no Base64 text" : short_text(value)) +
                                ", a picture as Base64 text is allowed");
  }
  require_points(points, 2, 2, "mask");
  const cv::Point from = whole(points[0]);
  const cv::Point to = whole(points[1]);
  const int width = to.x - from.x + 1;
  const int height = to.y - from.y + 1;
  if (const auto size = picture_size(*file);
      size && (std::abs(size->width - width) > 1 || std::abs(size->height - height) > 1)) {
    throw std::invalid_argument(
        fmt::format("its mask is {}x{} pixels, its box from {} to {} has {}x{}", size->width,
                    size->height, point_text(from), point_text(to), width, height));
  }
  return BitMap{from, *std::move(file)};
}

/// The shapes that LabelMe, X-AnyLabeling and their kin write; none for lines and points, which
/// have no area.
std::optional<Shape> read_shape(const Json& shape) {
  if (!shape.is_object()) {
    throw std::invalid_argument("found " + short_text(shape) + ", a shape is allowed");
  }
  const Json& type_value = member(shape, "shape_type");
  const std::string type = type_value.is_string() ? type_value.get<std::string>() : "polygon";
  if (type == "line" || type == "linestrip" || type == "lines" || type == "point" ||
      type == "points") {
    return std::nullopt;
  }
  const std::vector<cv::Point2d> points = read_points(shape);
  if (type == "mask") {
    return read_bit_map(shape, points);
  }
  if (type == "ellipse") {
    return read_ellipse(points);
  }
  if (type == "circle") {
    require_points(points, 2, 2, type);
    const double radius = cv::norm(points[1] - points[0]);
    const cv::Point2d reach(radius, radius);
    return PixelEllipse{whole(points[0] - reach), whole(points[0] + reach)};
  }
  if (type == "rectangle" && points.size() == 2) {
    return PixelBox{whole(points[0]), whole(points[1])};
  }
  const bool four_corners = type == "rectangle" || type == "rotation" ||
                            type == "oriented_rectangle" || type == "quadrilateral";
  if (four_corners) {
    require_points(points, 4, 4, type);
  } else if (type == "polygon") {
    require_points(points, 3, SIZE_MAX, type);
  } else {
    throw std::invalid_argument(
        "found the shape '" + type +
        "', allowed are polygon, rectangle, rotation, oriented_rectangle, quadrilateral, circle, "
        "ellipse, mask; line, linestrip, point, points are passed over");
  }
  PixelPolygon polygon;
  std::transform(points.begin(), points.end(), std::back_inserter(polygon.points), whole);
  return polygon;
}

int read_size(const Json& json, const char* key) {
  const Json& value = member(json, key);
  const auto length = read_length(value);
  if (!length) {
    throw std::invalid_argument(
        fmt::format("{}: found {}, a whole number above 0 is allowed", key, short_text(value)));
  }
  return *length;
}

/// What is said once of a folder's files.
struct Notes {
  std::size_t lines = 0;
  std::size_t encoded = 0;
  std::size_t guessed = 0;
  std::string encoding;
};

/// Old files have no size: the image has.
void read_frame(const Json& json, const fs::path& image, Drawing& drawing) {
  const auto missing = [&](const char* key) { return member(json, key).is_null(); };
  const auto size =
      missing("imageWidth") && missing("imageHeight") ? upright_size(image) : std::nullopt;
  drawing.width = size ? size->width : read_size(json, "imageWidth");
  drawing.height = size ? size->height : read_size(json, "imageHeight");
}

Drawing read_drawing(const Json& json, const fs::path& image, Notes& notes) {
  Drawing drawing;
  try {
    read_frame(json, image, drawing);
  } catch (const std::invalid_argument& error) {
    drawing.error = error.what();
    return drawing;
  }
  std::map<std::pair<std::string, std::string>, std::size_t> groups;  // by label and group_id
  std::size_t number = 0;
  for (const Json& shape : json["shapes"]) {
    ++number;
    Object object;
    std::string group;
    try {
      auto one = read_shape(shape);
      if (!one) {
        ++notes.lines;
        continue;
      }
      object.pieces.push_back(*std::move(one));
    } catch (const std::invalid_argument& error) {
      object.error = fmt::format("shape {}: {}", number, error.what());
    }
    if (shape.is_object()) {
      const Json& label = member(shape, "label");
      const Json& group_id = member(shape, "group_id");
      object.category = label.is_string() ? label.get<std::string>() : short_text(label);
      group = group_id.is_null() ? "" : short_text(group_id);
    }
    take_role(object);
    if (!group.empty() && !object.background && object.error.empty()) {
      const auto [known, is_new] =
          groups.emplace(std::pair(object.category, group), drawing.shapes.size());
      if (!is_new) {
        drawing.shapes[known->second].nested = true;
        drawing.shapes[known->second].pieces.push_back(std::move(object.pieces.front()));
        continue;
      }
    }
    drawing.shapes.push_back(std::move(object));
  }
  return drawing;
}

/// Whether a picture is kept inside of the file.
bool holds_image(const Json& json) {
  const auto data = json.find("imageData");
  return data != json.end() && data->is_string() && !data->get_ref<const std::string&>().empty();
}

/// A path that is the same however it was written.
fs::path absolute_plain(const fs::path& path) { return fs::absolute(path).lexically_normal(); }

/// The image that a file speaks of; empty where it is not there.
fs::path find_image(const Json& json, const fs::path& file, const fs::path& root,
                    const FilesByStem& near) {
  const Json& value = member(json, "imagePath");
  if (value.is_string()) {
    std::string text = value.get<std::string>();
    std::replace(text.begin(), text.end(), '\\', '/');
    const fs::path image = (file.parent_path() / text).lexically_normal();
    std::error_code ignored;
    if (relative_path(absolute_plain(image).lexically_relative(absolute_plain(root)).string()) &&
        fs::is_regular_file(image, ignored)) {
      return file.parent_path() / text;
    }
    const std::string base = text.substr(text.rfind('/') + 1);
    const auto same_stem = near.find(image_stem(base));
    if (same_stem != near.end()) {
      const auto& paths = same_stem->second;
      const auto same = std::find_if(paths.begin(), paths.end(),
                                     [&](const fs::path& path) { return path.filename() == base; });
      if (same != paths.end()) {
        return *same;
      }
    }
  }
  const auto same_name = near.find(file.stem().string());
  if (same_name != near.end()) {
    return same_name->second.front();
  }
  return json.is_object() && holds_image(json) ? file : fs::path();
}

/// Images where the files are, and in the folder for images beside that.
FilesByStem images_near(const fs::path& folder, const fs::path& images) {
  FilesByStem near = images_by_stem(folder);
  if (!images.empty() && images != folder) {
    for (auto& [stem, paths] : images_by_stem(images)) {
      auto& list = near[stem];
      list.insert(list.end(), paths.begin(), paths.end());
    }
  }
  return near;
}

/// What predict draws of an image lies beside its annotations, and is none to annotate.
bool is_drawn(const std::string& stem, const fs::path& folder) {
  for (const char* ending : {"_mask", "_overlay", "_probability"}) {
    const std::string suffix = ending;
    if (stem.size() > suffix.size() &&
        stem.compare(stem.size() - suffix.size(), suffix.size(), suffix) == 0) {
      std::error_code ignored;
      return fs::exists(folder / (stem.substr(0, stem.size() - suffix.size()) + ".json"), ignored);
    }
  }
  return false;
}

/// JSON files of a folder and of those in it, by path; hidden folders are passed over.
std::vector<fs::path> json_files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().filename().string().front() == '.') {
      entry.disable_recursion_pending();
    } else if (lower_extension(entry->path()) == ".json" && !is_folder(entry->path())) {
      files.push_back(entry->path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

Survey read_files(const std::vector<fs::path>& files, const fs::path& folder, const fs::path& root,
                  const FilesByStem& near) {
  Notes notes;
  std::set<fs::path> annotated;
  Survey survey;
  survey.image_folder = folder;
  survey.mask_folder = folder;
  for (const fs::path& file : files) {
    Json json;
    std::string problem;
    TextEncoding encoding;
    try {
      json = read_annotations(file, &encoding);
    } catch (const Error& error) {
      problem = without_path(error.what(), file);
    }
    if (problem.empty() && !is_labelme(json)) {
      continue;  // another program's
    }
    if (!encoding.name.empty()) {
      ++notes.encoded;
      notes.guessed += encoding.sure ? 0 : 1;
      notes.encoding = encoding.name;
    }
    const fs::path image = find_image(json, file, root, near);
    ++survey.masks;
    if (image.empty()) {
      survey.masks_without_image.push_back(file);
      continue;
    }
    Drawing drawing;
    if (problem.empty()) {
      drawing = read_drawing(json, image, notes);
    } else {
      drawing.error = problem;
    }
    if (!annotated.insert(absolute_plain(image)).second) {
      survey.same_stem.push_back({image, file});
      continue;
    }
    survey.samples.push_back(
        {absolute_plain(image).lexically_relative(absolute_plain(root)).generic_string(), image,
         file, std::make_shared<const Drawing>(std::move(drawing))});
  }
  for (const auto& [stem, paths] : near) {
    for (const fs::path& image : paths) {
      if (annotated.count(absolute_plain(image)) == 0 && !is_drawn(stem, folder)) {
        survey.images_without_mask.push_back(image);
      }
    }
  }
  survey.images = survey.samples.size() + survey.images_without_mask.size();
  warn_of_lines(folder, notes.lines);
  warn_of_ignored(folder, survey.samples);
  if (notes.encoded > 0) {
    warn_once(fmt::format(
        "{}: {} files are no UTF-8 and are read as {}{}", folder.string(), notes.encoded,
        notes.encoding,
        notes.guessed > 0
            ? fmt::format("; labels in {} of them may be wrong, for no imagePath says which "
                          "encoding it is: --category takes them as shown, or save them as UTF-8",
                          notes.guessed)
            : ""));
  }
  return survey;
}

}  // namespace

bool is_labelme(const Json& json) { return json.is_object() && member(json, "shapes").is_array(); }

Survey read_labelme(const fs::path& folder, const fs::path& root, const fs::path& images) {
  return read_files(json_files(folder), folder, root, images_near(folder, images));
}

bool holds_labelme(const fs::path& folder) {
  const auto files = json_files_below(folder);
  return std::any_of(files.begin(), files.end(), [](const fs::path& file) {
    try {
      return is_labelme(read_annotations(file));
    } catch (const Error&) {
      return false;
    }
  });
}

Survey read_labelme_below(const fs::path& folder, const fs::path& images) {
  FilesByStem near;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(images, error), end; !error && entry != end;
       entry.increment(error)) {
    if (has_image_extension(entry->path()) && !is_folder(entry->path())) {
      near[image_stem(entry->path())].push_back(entry->path());
    }
  }
  return read_files(json_files_below(folder), folder, images, near);
}

}  // namespace bcnet::data
