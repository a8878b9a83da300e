#include "data/layouts/coco.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <utility>

#include "core/error.h"
#include "data/drawing.h"
#include "data/layouts/annotations.h"
#include "data/layouts/foreign.h"
#include "data/layouts/image_finder.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

Runs read_runs(const Json& segmentation, const Drawing& drawing) {
  const Json& size = member(segmentation, "size");
  const bool list = size.is_array() && size.size() == 2;
  if (!list || read_length(size[0]) != drawing.height || read_length(size[1]) != drawing.width) {
    throw std::invalid_argument(fmt::format("run lengths have the size {}, their image [{},{}]",
                                            short_text(size), drawing.height, drawing.width));
  }
  const Json& counts = member(segmentation, "counts");
  if (counts.is_string()) {
    return parse_runs(counts.get<std::string>());
  }
  const auto is_length = [](const Json& run) {
    return run.is_number_unsigned() && run.get<std::uint64_t>() <= UINT32_MAX;
  };
  if (!counts.is_array() || !std::all_of(counts.begin(), counts.end(), is_length)) {
    throw std::invalid_argument(
        "run lengths (counts) are neither a text nor a list of whole numbers");
  }
  return counts.get<Runs>();
}

CocoPolygon read_polygon(const Json& numbers) {
  constexpr std::size_t fewest = 6;
  if (!numbers.is_array() || numbers.size() < fewest || numbers.size() % 2 != 0) {
    throw std::invalid_argument(
        fmt::format("a polygon holds {} numbers, an even count from 6 on is allowed",
                    numbers.is_array() ? numbers.size() : 0));
  }
  CocoPolygon polygon;
  for (std::size_t i = 0; i < numbers.size(); i += 2) {
    polygon.points.push_back(read_point(numbers[i], numbers[i + 1]));
  }
  return polygon;
}

std::vector<Shape> read_segmentation(const Drawing& drawing, const Json& segmentation) {
  std::vector<Shape> shapes;
  if (segmentation.is_object()) {
    Runs runs = read_runs(segmentation, drawing);
    check_runs(runs, drawing.width, drawing.height);
    shapes.emplace_back(std::move(runs));
    return shapes;
  }
  if (!segmentation.is_array() || segmentation.empty()) {
    throw std::invalid_argument("has no segmentation, allowed are polygons or run lengths");
  }
  for (const Json& polygon : segmentation) {
    shapes.emplace_back(read_polygon(polygon));
  }
  return shapes;
}

class CocoFile {
 public:
  CocoFile(const fs::path& file, const fs::path& root, const std::vector<fs::path>& folders)
      : file_(file), root_(root), finder_(root, folders), json_(read_annotations(file)) {
    if (!is_coco(json_)) {
      throw Error(ErrorKind::data,
                  file.string() +
                      ": is no COCO file: the lists images and annotations are allowed" +
                      foreign_note(json_));
    }
  }

  Survey survey() {
    read_images();
    read_shapes();
    Survey survey;
    survey.image_folder = file_;
    survey.mask_folder = file_;
    for (auto& [id, image] : images_) {
      survey.samples.push_back({image.name, image.path, file_,
                                std::make_shared<const Drawing>(std::move(image.drawing))});
    }
    std::sort(survey.samples.begin(), survey.samples.end(),
              [](const Sample& a, const Sample& b) { return a.name < b.name; });
    survey.images = survey.samples.size();
    survey.masks = survey.samples.size();
    survey.categories = std::move(declared_);
    finder_.warn_of_guesses(file_);
    warn_of_ignored(file_, survey.samples);
    return survey;
  }

 private:
  struct Image {
    std::string name;
    fs::path path;
    Drawing drawing;
  };

  [[noreturn]] void refuse(const std::string& problem) const {
    throw Error(ErrorKind::data, file_.string() + ": " + problem);
  }

  /// Files that were made by many hands have ids that are numbers, also 1.0, or texts, also of
  /// the number that another list has.
  static std::string id_of(const Json& entry, const char* key) {
    const Json& id = member(entry, key);
    constexpr double exact = 1e15;
    if (id.is_number_float() && std::abs(id.get<double>()) < exact &&
        std::floor(id.get<double>()) == id.get<double>()) {
      return Json(static_cast<std::int64_t>(id.get<double>())).dump();
    }
    if (id.is_string() && is_number(id.get_ref<const std::string&>())) {
      return id.get<std::string>();
    }
    return id.is_structured() ? short_text(id) : id.dump();
  }

  /// Whether a text is a whole number as JSON writes it; "007" is another name than 7.
  static bool is_number(const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos &&
           (text == "0" || text.front() != '0');
  }

  /// The size that the file gives, or where it gives none, the image's own.
  void read_size(const Json& entry, Image& image, const std::string& where) const {
    const Json& width = member(entry, "width");
    const Json& height = member(entry, "height");
    const auto is_none = [](const Json& length) { return length.is_null() || length == 0; };
    if (width.is_null() || height.is_null() || (is_none(width) && is_none(height))) {
      const auto size = upright_size(image.path);
      image.drawing.width = size ? size->width : 1;
      image.drawing.height = size ? size->height : 1;
      if (!size && image.drawing.error.empty()) {
        image.drawing.error = "width and height: the file has none, and the image cannot be read";
      }
      return;
    }
    image.drawing.width = read_length(width).value_or(0);
    image.drawing.height = read_length(height).value_or(0);
    if (image.drawing.width == 0 || image.drawing.height == 0) {
      refuse(where + "width and height: found " + short_text(width) + " and " + short_text(height) +
             ", whole numbers above 0 are allowed");
    }
  }

  void read_images() {
    std::set<std::string> names;
    for (const Json& entry : json_["images"]) {
      const std::string id = id_of(entry, "id");
      const std::string where = "images: id " + id + ": ";
      if (id == "null") {
        refuse("images: an entry has no id");
      }
      const Json& file_name = member(entry, "file_name");
      const std::string name = file_name.is_string() ? file_name.get<std::string>() : "";
      if (name.empty()) {
        refuse(where + "file_name: found " + short_text(file_name) + ", a path is allowed");
      }
      ImageFinder::Found found = finder_.find(name);
      Image image;
      image.path = std::move(found.path);
      image.name = image.path.lexically_relative(root_).generic_string();
      image.drawing.error = std::move(found.problem);
      read_size(entry, image, where);
      if (!names.insert(image.name).second) {
        refuse(where + "file_name: '" + image.name + "' is there twice, here as " + name);
      }
      if (!images_.emplace(id, std::move(image)).second) {
        refuse(where + "is there twice");
      }
    }
  }

  void read_shapes() {
    std::map<std::string, std::string> names;  // of categories, by id
    for (const Json& category : member(json_, "categories")) {
      const Json& name = member(category, "name");
      if (!name.is_null()) {
        names[id_of(category, "id")] =
            name.is_string() ? name.get<std::string>() : short_text(name);
      }
    }
    for (const auto& [id, name] : names) {
      declared_.insert(name);
    }
    for (const Json& entry : json_["annotations"]) {
      const std::string where = "annotation " + id_of(entry, "id");
      const auto image = images_.find(id_of(entry, "image_id"));
      if (image == images_.end()) {
        refuse(where + ": image_id: found " + id_of(entry, "image_id") + ", which no image has");
      }
      Drawing& drawing = image->second.drawing;
      Object object;
      const auto category = names.find(id_of(entry, "category_id"));
      object.category = category == names.end() ? "" : category->second;
      try {
        object.pieces = read_segmentation(drawing, member(entry, "segmentation"));
      } catch (const std::invalid_argument& error) {
        object.error = where + ": " + error.what();
      }
      take_role(object);
      drawing.shapes.push_back(std::move(object));
    }
  }

  const fs::path& file_;
  const fs::path& root_;
  ImageFinder finder_;
  Json json_;
  std::map<std::string, Image> images_;  ///< by id
  std::set<std::string> declared_;       ///< names of categories
};

/// "train" of instances_train2017.json, train.json, _annotations.coco.json in train/.
std::string split_of(const fs::path& file) {
  std::string name = file.stem().string();
  const std::string prefix = "instances_";
  if (name.rfind(prefix, 0) == 0) {
    name = name.substr(prefix.size());
  }
  constexpr std::size_t year = 4;
  if (name.size() > year && name.find_last_not_of("0123456789") == name.size() - year - 1) {
    name.resize(name.size() - year);
  }
  return name;
}

}  // namespace

bool is_coco(const Json& json) {
  return json.is_object() && member(json, "images").is_array() &&
         member(json, "annotations").is_array();
}

Survey read_coco(const fs::path& file, const fs::path& root, const std::vector<fs::path>& folders) {
  return CocoFile(file, root, folders).survey();
}

fs::path coco_folder_of(const fs::path& file) {
  const fs::path folder = folder_of(file);
  return folder.filename() == "annotations" ? folder_of(folder) : folder;
}

std::vector<DataSet::Part> coco_parts(const std::vector<fs::path>& files, const fs::path& root,
                                      const fs::path& folder) {
  std::map<std::string, int> files_of;
  for (const fs::path& file : files) {
    ++files_of[split_of(file)];
  }
  std::vector<DataSet::Part> parts;
  for (const fs::path& file : files) {
    // Two years of one name are two splits.
    const std::string name = files_of[split_of(file)] == 1 ? split_of(file) : file.stem().string();
    const bool known = name == "train" || name == "val" || name == "valid" ||
                       name == "validation" || name == "test";
    const std::vector<fs::path> folders{folder, folder / "images", folder / "images" / name,
                                        folder / name, folder / file.stem()};
    parts.push_back({files.size() > 1 || known ? name : "",
                     [file, root, folders] { return read_coco(file, root, folders); }});
  }
  return parts;
}

}  // namespace bcnet::data
