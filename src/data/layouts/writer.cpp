#include "data/layouts/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "data/drawing.h"
#include "data/manifest.h"
#include "data/outline.h"
#include "image/codec.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

/// "validation" for its short forms, and no way into another folder.
std::string folder_name(std::string split) {
  std::replace(split.begin(), split.end(), '/', '_');
  if (split == "." || split == "..") {
    return std::string(split.size(), '_');
  }
  return split == "val" || split == "valid" ? "validation" : split;
}

/// Layouts whose masks are PNG files beside the images' folder.
class MaskFiles : public LayoutWriter {
 public:
  using LayoutWriter::LayoutWriter;

  virtual fs::path mask_folder(const std::string& split) const = 0;

  void make_folders(const std::string& split) const override {
    LayoutWriter::make_folders(split);
    make_directories(mask_folder(split));
  }

  void write_mask(const ConvertedPair& pair) const override {
    write_png(mask_folder(pair.split) / (pair.stem + ".png"), pair.mask);
  }
};

/// Those with images/ and masks/ side by side, in a folder for each split or one for all.
class ImagesAndMasks : public MaskFiles {
 public:
  using MaskFiles::MaskFiles;

  virtual fs::path folder(const std::string& split) const = 0;

  fs::path image_folder(const std::string& split) const override {
    return folder(split) / "images";
  }
  fs::path mask_folder(const std::string& split) const override { return folder(split) / "masks"; }
};

class Flat : public ImagesAndMasks {
 public:
  using ImagesAndMasks::ImagesAndMasks;
  fs::path folder(const std::string&) const override { return out(); }
};

class Cvc : public MaskFiles {
 public:
  using MaskFiles::MaskFiles;
  fs::path image_folder(const std::string&) const override { return out() / "Original"; }
  fs::path mask_folder(const std::string&) const override { return out() / "Ground Truth"; }
};

class Split : public ImagesAndMasks {
 public:
  using ImagesAndMasks::ImagesAndMasks;
  fs::path folder(const std::string& split) const override {
    const std::string name = folder_name(split);
    if (name != "train" && name != "validation" && name != "test") {
      throw Error(ErrorKind::usage,
                  fmt::format("--layout split: found the split '{}', allowed are train, "
                              "validation, test; data split makes them",
                              split));
    }
    return out() / name;
  }
};

class PraNet : public ImagesAndMasks {
 public:
  using ImagesAndMasks::ImagesAndMasks;
  fs::path folder(const std::string& split) const override {
    return split.empty() || split == "train" ? out() / "TrainDataset"
                                             : out() / "TestDataset" / folder_name(split);
  }
};

class Manifest : public Flat {
 public:
  using Flat::Flat;
  void add(const ConvertedPair& pair) override {
    rows_.push_back(
        {"images/" + pair.stem + pair.image_extension, "masks/" + pair.stem + ".png", pair.split});
  }
  fs::path finish() override {
    write_manifest(out() / "manifest.csv", rows_);
    return out() / "manifest.csv";
  }

 private:
  std::vector<ManifestRow> rows_;
};

/// JSON holds UTF-8 only. Throws Error(data) for a name that is none.
void require_utf8(const std::string& stem) {
  try {
    static_cast<void>(Json(stem).dump());
  } catch (const Json::type_error&) {
    throw Error(ErrorKind::data, "its name is not UTF-8, which JSON files need");
  }
}

class Coco : public LayoutWriter {
 public:
  using LayoutWriter::LayoutWriter;

  fs::path image_folder(const std::string& split) const override {
    return split.empty() ? out() / "images" : out() / "images" / folder_name(split);
  }

  void write_mask(const ConvertedPair& pair) const override { require_utf8(pair.stem); }

  void add(const ConvertedPair& pair) override {
    File& file = files_[pair.split.empty() ? "default" : folder_name(pair.split)];
    const std::size_t id = file.images.size() + 1;
    const std::string folder = pair.split.empty() ? "" : folder_name(pair.split) + "/";
    file.images.push_back({{"id", id},
                           {"file_name", folder + pair.stem + pair.image_extension},
                           {"width", pair.mask.cols},
                           {"height", pair.mask.rows}});
    cv::Mat labels;
    cv::Mat boxes;
    cv::Mat centres;
    const int count = cv::connectedComponentsWithStats(pair.mask, labels, boxes, centres, 8);
    for (int piece = 1; piece < count; ++piece) {
      const auto box = [&](int column) { return boxes.at<int>(piece, column); };
      file.annotations.push_back({{"id", file.annotations.size() + 1},
                                  {"image_id", id},
                                  {"category_id", 1},
                                  {"segmentation",
                                   {{"size", {pair.mask.rows, pair.mask.cols}},
                                    {"counts", runs_text(encode_runs(labels == piece))}}},
                                  {"area", box(cv::CC_STAT_AREA)},
                                  {"bbox",
                                   {box(cv::CC_STAT_LEFT), box(cv::CC_STAT_TOP),
                                    box(cv::CC_STAT_WIDTH), box(cv::CC_STAT_HEIGHT)}},
                                  {"iscrowd", 0}});
    }
  }

  fs::path finish() override {
    for (const auto& [name, file] : files_) {
      const fs::path path = out() / "annotations" / ("instances_" + name + ".json");
      make_parent(path);
      write_json(path, {{"images", file.images},
                        {"annotations", file.annotations},
                        {"categories", Json::array({Json{{"id", 1}, {"name", "polyp"}}})}});
    }
    return out();
  }

 private:
  struct File {
    Json images = Json::array();
    Json annotations = Json::array();
  };
  std::map<std::string, File> files_;  ///< by split
};

class LabelMe : public LayoutWriter {
 public:
  using LayoutWriter::LayoutWriter;

  fs::path image_folder(const std::string&) const override { return out(); }

  void write_mask(const ConvertedPair& pair) const override {
    require_utf8(pair.stem);
    Drawing drawing;
    drawing.width = pair.mask.cols;
    drawing.height = pair.mask.rows;
    Json shapes = Json::array();
    for (const auto& outline : pixel_outlines(pair.mask)) {
      Json points = Json::array();
      for (const cv::Point& point : outline) {
        points.push_back({point.x, point.y});
      }
      shapes.push_back({{"label", "polyp"},
                        {"points", points},
                        {"group_id", nullptr},
                        {"shape_type", "polygon"},
                        {"flags", Json::object()}});
      drawing.shapes.emplace_back(PixelPolygon{outline});
    }
    if (cv::norm(draw(drawing), pair.mask, cv::NORM_INF) != 0) {
      throw Error(ErrorKind::data, "its mask cannot be said in polygons");
    }
    write_json(out() / (pair.stem + ".json"), {{"version", "5.0.1"},
                                               {"flags", Json::object()},
                                               {"shapes", shapes},
                                               {"imagePath", pair.stem + pair.image_extension},
                                               {"imageData", nullptr},
                                               {"imageHeight", pair.mask.rows},
                                               {"imageWidth", pair.mask.cols}});
  }
};

}  // namespace

void LayoutWriter::make_folders(const std::string& split) const {
  make_directories(image_folder(split));
}

std::unique_ptr<LayoutWriter> make_layout_writer(Layout layout, const fs::path& out) {
  switch (layout) {
    case Layout::flat:
      return std::make_unique<Flat>(out);
    case Layout::split:
      return std::make_unique<Split>(out);
    case Layout::pranet:
      return std::make_unique<PraNet>(out);
    case Layout::cvc:
      return std::make_unique<Cvc>(out);
    case Layout::manifest:
      return std::make_unique<Manifest>(out);
    case Layout::coco:
      return std::make_unique<Coco>(out);
    case Layout::labelme:
      break;
  }
  return std::make_unique<LabelMe>(out);
}

}  // namespace bcnet::data
