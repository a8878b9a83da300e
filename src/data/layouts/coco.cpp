#include "data/layouts/coco.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <utility>

#include "core/error.h"
#include "data/drawing.h"
#include "data/layouts/annotations.h"
#include "data/relative_path.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

Runs read_runs(const Json& segmentation, const Drawing& drawing) {
  const Json size = segmentation.value("size", Json());
  if (size != Json{drawing.height, drawing.width}) {
    throw std::invalid_argument(fmt::format("run lengths have the size {}, their image [{},{}]",
                                            size.dump(), drawing.height, drawing.width));
  }
  const Json counts = segmentation.value("counts", Json());
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

void add_segmentation(Drawing& drawing, const Json& segmentation) {
  if (segmentation.is_object()) {
    Runs runs = read_runs(segmentation, drawing);
    check_runs(runs, drawing.width, drawing.height);
    drawing.shapes.emplace_back(std::move(runs));
    return;
  }
  if (!segmentation.is_array() || segmentation.empty()) {
    throw std::invalid_argument("has no segmentation, allowed are polygons or run lengths");
  }
  for (const Json& polygon : segmentation) {
    drawing.shapes.emplace_back(read_polygon(polygon));
  }
}

class CocoFile {
 public:
  CocoFile(const fs::path& file, const fs::path& root, const std::vector<fs::path>& folders)
      : file_(file), root_(root), folders_(folders), json_(read_annotations(file)) {
    if (!is_coco(json_)) {
      throw Error(
          ErrorKind::data,
          file.string() + ": is no COCO file: the lists images and annotations are allowed");
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

  /// Files that were made by many hands have ids that are numbers or texts.
  static std::string id_of(const Json& entry, const char* key) {
    return entry.is_object() ? entry.value(key, Json()).dump() : "null";
  }

  static int length_of(const Json& entry, const char* key) {
    constexpr std::int64_t most = 1'000'000;
    const Json value = entry.value(key, Json());
    const bool allowed = value.is_number_integer() && value.get<std::int64_t>() > 0 &&
                         value.get<std::int64_t>() <= most;
    return allowed ? value.get<int>() : 0;
  }

  fs::path locate(const std::string& name) const {
    for (const fs::path& folder : folders_) {
      std::error_code ignored;
      if (fs::exists(folder / name, ignored)) {
        return folder / name;
      }
    }
    return folders_.front() / name;
  }

  void read_images() {
    std::set<std::string> names;
    for (const Json& entry : json_["images"]) {
      const std::string id = id_of(entry, "id");
      const std::string where = "images: id " + id + ": ";
      if (id == "null") {
        refuse("images: an entry has no id");
      }
      const Json file_name = entry.value("file_name", Json());
      const auto name =
          relative_path(file_name.is_string() ? file_name.get<std::string>() : std::string());
      if (!name) {
        refuse(where + "file_name: found " + file_name.dump() +
               ", allowed are paths that stay in the folder");
      }
      Image image;
      image.path = locate(*name);
      image.name = image.path.lexically_relative(root_).generic_string();
      image.drawing.width = length_of(entry, "width");
      image.drawing.height = length_of(entry, "height");
      if (image.drawing.width == 0 || image.drawing.height == 0) {
        refuse(where + "width and height: found " + entry.value("width", Json()).dump() + " and " +
               entry.value("height", Json()).dump() + ", whole numbers above 0 are allowed");
      }
      if (!names.insert(image.name).second) {
        refuse(where + "file_name: '" + *name + "' is there twice");
      }
      if (!images_.emplace(id, std::move(image)).second) {
        refuse(where + "is there twice");
      }
    }
  }

  void read_shapes() {
    for (const Json& entry : json_["annotations"]) {
      const std::string where = "annotation " + id_of(entry, "id");
      const auto image = images_.find(id_of(entry, "image_id"));
      if (image == images_.end()) {
        refuse(where + ": image_id: found " + id_of(entry, "image_id") + ", which no image has");
      }
      Drawing& drawing = image->second.drawing;
      try {
        add_segmentation(drawing, entry.value("segmentation", Json()));
      } catch (const std::invalid_argument& error) {
        if (drawing.error.empty()) {
          drawing.error = where + ": " + error.what();
        }
      }
      categories_.insert(id_of(entry, "category_id"));
    }
    std::set<std::string> labels;
    for (const Json& category : json_.value("categories", Json::array())) {
      if (category.is_object() && categories_.count(id_of(category, "id")) > 0) {
        labels.insert(category.value("name", Json()).dump());
      }
    }
    warn_of_labels(file_, labels);
  }

  const fs::path& file_;
  const fs::path& root_;
  const std::vector<fs::path>& folders_;
  Json json_;
  std::map<std::string, Image> images_;  ///< by id
  std::set<std::string> categories_;     ///< that annotations have
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
  return json.is_object() && json.value("images", Json()).is_array() &&
         json.value("annotations", Json()).is_array();
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
