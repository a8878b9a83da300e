#include "data/layouts/yolo.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/say_once.h"
#include "data/check/files.h"
#include "data/drawing.h"
#include "data/image_folder.h"
#include "data/layouts/annotations.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

using Names = std::map<int, std::string>;  // of classes

/// The classes of a data.yaml, a list or by number; none where there is no such file.
Names read_names(const fs::path& file) {
  Names names;
  std::error_code ignored;
  if (!fs::exists(file, ignored)) {
    return names;
  }
  try {
    const YAML::Node document = YAML::Load(read_file(file, ErrorKind::data, 1 << 20));
    const YAML::Node list = document.IsMap() ? document["names"] : YAML::Node();
    int number = 0;
    for (const auto& entry : list) {
      if (list.IsMap()) {
        names[entry.first.as<int>()] = entry.second.as<std::string>();
      } else {
        names[number++] = entry.as<std::string>();
      }
    }
  } catch (const YAML::Exception& error) {
    throw Error(ErrorKind::data, file.string() + ": names: " + error.what());
  }
  return names;
}

/// The nearest data.yaml above a folder, root's the last.
fs::path names_file(const fs::path& root, const fs::path& labels) {
  const auto is_root = [&](const fs::path& folder) {
    return (folder / "").lexically_normal() == (root / "").lexically_normal();
  };
  fs::path folder = labels;
  std::error_code ignored;
  while (!is_root(folder) && folder.has_relative_path() &&
         !fs::exists(folder / "data.yaml", ignored)) {
    folder = folder.parent_path();
  }
  return folder / "data.yaml";
}

/// "CLASS X Y X Y X Y …", a confidence behind it where a network wrote it.
Object read_line(const std::string& line, const cv::Size& size, const Names& names) {
  std::istringstream words(line);
  std::string word;
  words >> word;
  const auto number = parse_number(word);
  if (!number || *number < 0 || *number > 1e6) {
    throw std::invalid_argument(
        fmt::format("found the class '{}', a number is allowed", word.substr(0, 40)));
  }
  Object object;
  const auto name = names.find(static_cast<int>(*number));
  object.category = name == names.end() ? std::to_string(static_cast<int>(*number)) : name->second;
  take_role(object);
  std::vector<double> shares;
  while (words >> word) {
    const auto share = parse_number(word);
    constexpr double beyond = 1;  // what labelling at the border may leave the frame by
    if (!share || *share < -beyond || *share > 1 + beyond) {
      throw std::invalid_argument(fmt::format(
          "found the coordinate '{}', shares of width and height from 0 to 1 are allowed",
          word.substr(0, 40)));
    }
    shares.push_back(*share);
  }
  if (shares.size() == 4 || shares.size() == 5) {
    throw std::invalid_argument("holds a box, outlines of 3 points or more are allowed");
  }
  constexpr std::size_t fewest = 6;
  if (shares.size() < fewest) {
    throw std::invalid_argument(
        fmt::format("holds {} numbers, outlines of 3 points or more are allowed", shares.size()));
  }
  PixelPolygon polygon;
  for (std::size_t i = 0; i + 1 < shares.size(); i += 2) {
    // As YOLO's own reader does it: fractions of a pixel are left out.
    polygon.points.emplace_back(static_cast<int>(shares[i] * size.width),
                                static_cast<int>(shares[i + 1] * size.height));
  }
  object.pieces.emplace_back(std::move(polygon));
  return object;
}

Drawing read_labels(const fs::path& file, const fs::path& image, const Names& names) {
  Drawing drawing;
  const auto size = upright_size(image);
  drawing.width = size ? size->width : 1;
  drawing.height = size ? size->height : 1;
  if (!size) {
    drawing.error = "its image cannot be read, which says how large it is";
    return drawing;
  }
  std::string text;
  try {
    text = file.empty() ? "" : read_annotation_text(file);
  } catch (const Error& error) {
    drawing.error = without_path(error.what(), file);
  }
  std::istringstream lines(text);
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) {
      continue;
    }
    try {
      drawing.shapes.push_back(read_line(line, *size, names));
    } catch (const std::invalid_argument& error) {
      drawing.shapes.emplace_back();
      drawing.shapes.back().error = fmt::format("line {}: {}", number, error.what());
    }
  }
  return drawing;
}

bool has_labels(const fs::path& folder) {
  const auto files = files_ending(folder, ".txt");
  return std::any_of(files.begin(), files.end(), [](const fs::path& file) {
    return file.filename() != "classes.txt" && file.filename() != "labels.txt";
  });
}

}  // namespace

std::vector<DataSet::Part> yolo_parts(const fs::path& root, const fs::path& folder) {
  const fs::path images = folder / "images";
  const fs::path labels = folder / "labels";
  std::vector<DataSet::Part> parts;
  if (!is_folder(images) || !is_folder(labels)) {
    return parts;
  }
  const auto add = [&](const std::string& split, const fs::path& of_images,
                       const fs::path& of_labels) {
    parts.push_back(
        {split, [root, of_images, of_labels] { return read_yolo(root, of_images, of_labels); }});
  };
  std::vector<fs::path> folders;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(labels, ignored)) {
    const fs::path name = entry.path().filename();
    if (name.string().front() != '.' && is_folder(images / name) && has_labels(labels / name)) {
      folders.push_back(name);
    }
  }
  std::sort(folders.begin(), folders.end());
  for (const fs::path& name : folders) {
    add(name.string(), images / name, labels / name);
  }
  if (folders.empty() && has_labels(labels)) {
    add("", images, labels);
  }
  return parts;
}

Survey read_yolo(const fs::path& root, const fs::path& images, const fs::path& labels) {
  const Names names = read_names(names_file(root, labels));
  std::map<std::string, fs::path> files;
  for (const fs::path& file : files_ending(labels, ".txt")) {
    if (file.filename() != "classes.txt" && file.filename() != "labels.txt") {
      files[file.stem().string()] = file;
    }
  }
  Survey survey;
  survey.image_folder = images;
  survey.mask_folder = labels;
  for (const auto& [number, name] : names) {
    survey.categories.insert(name);
  }
  std::size_t without = 0;
  const auto by_stem = images_by_stem(images);
  for (const auto& [stem, paths] : by_stem) {
    if (paths.size() > 1) {
      survey.same_stem.push_back(paths);
    }
    const auto file = files.find(stem);
    without += file == files.end() ? 1 : 0;
    const fs::path label = file == files.end() ? fs::path() : file->second;
    survey.samples.push_back(
        {paths.front().lexically_relative(root).generic_string(), paths.front(),
         label.empty() ? labels / (stem + ".txt") : label,
         std::make_shared<const Drawing>(read_labels(label, paths.front(), names))});
  }
  for (const auto& [stem, file] : files) {
    if (by_stem.count(stem) == 0) {
      survey.masks_without_image.push_back(file);
    }
  }
  survey.images = by_stem.size();
  survey.masks = survey.samples.size() + survey.masks_without_image.size();
  warn_of_ignored(labels, survey.samples);
  if (without > 0) {
    warn_once(fmt::format("{}: {} images have no text file: as for YOLO, nothing is in them",
                          labels.string(), without));
  }
  return survey;
}

}  // namespace bcnet::data
