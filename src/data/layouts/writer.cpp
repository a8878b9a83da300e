#include "data/layouts/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "data/drawing.h"
#include "data/manifest.h"
#include "image/codec.h"
#include "image/outline.h"
#include "results/annotations.h"

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
    rows_.push_back({"images/" + pair.stem + pair.image_extension, "masks/" + pair.stem + ".png",
                     pair.split, pair.group});
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
    const std::string name = pair.split.empty() ? "default" : folder_name(pair.split);
    const std::string folder = pair.split.empty() ? "" : folder_name(pair.split) + "/";
    files_.try_emplace(name, results::CocoFile::Shapes::runs)
        .first->second.add(folder + pair.stem + pair.image_extension, pair.mask);
  }

  fs::path finish() override {
    for (const auto& [name, file] : files_) {
      const fs::path path = out() / "annotations" / ("instances_" + name + ".json");
      make_parent(path);
      write_json(path, file.json());
    }
    return out();
  }

 private:
  std::map<std::string, results::CocoFile> files_;  ///< by split
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
      shapes.push_back(results::labelme_polygon(results::polyp_label, outline));
      drawing.shapes.emplace_back(PixelPolygon{outline});
    }
    if (cv::norm(draw(drawing), pair.mask, cv::NORM_INF) != 0) {
      throw Error(ErrorKind::data, "its mask cannot be said in polygons");
    }
    write_json(out() / (pair.stem + ".json"),
               results::labelme_file(pair.stem + pair.image_extension, pair.mask.size(), shapes));
  }
};

/// An outline a line, a class in front, as shares of width and height.
class Yolo : public LayoutWriter {
 public:
  using LayoutWriter::LayoutWriter;

  fs::path image_folder(const std::string& split) const override {
    return out() / "images" / folder_name(split);
  }

  void make_folders(const std::string& split) const override {
    LayoutWriter::make_folders(split);
    make_directories(out() / "labels" / folder_name(split));
  }

  void write_mask(const ConvertedPair& pair) const override {
    std::string lines;
    for (const auto& outline : pixel_outlines(pair.mask)) {
      lines += "0";
      for (const cv::Point& point : outline) {
        // The middle of the pixel: whoever leaves fractions out has its number again.
        lines += fmt::format(" {:.7f} {:.7f}", (point.x + 0.5) / pair.mask.cols,
                             (point.y + 0.5) / pair.mask.rows);
      }
      lines += "\n";
    }
    write_file_atomically(out() / "labels" / folder_name(pair.split) / (pair.stem + ".txt"), lines);
  }

  void add(const ConvertedPair& pair) override { splits_.insert(folder_name(pair.split)); }

  fs::path finish() override {
    const auto images_of = [&](const std::string& split) {
      const std::string of_split = splits_.count(split) > 0 ? split : *splits_.begin();
      return of_split.empty() ? "images" : "images/" + of_split;
    };
    std::string yaml =
        fmt::format("train: {}\nval: {}\n", images_of("train"), images_of("validation"));
    if (splits_.count("test") > 0) {
      yaml += "test: images/test\n";
    }
    write_file_atomically(out() / "data.yaml",
                          yaml + "names:\n  0: " + results::polyp_label + "\n");
    return out();
  }

 private:
  std::set<std::string> splits_;
};

/// nnU-Net's raw data: what is for training and validation together, for its folds; all else as
/// test.
class NnUnet : public LayoutWriter {
 public:
  using LayoutWriter::LayoutWriter;

  fs::path image_folder(const std::string& split) const override {
    return out() / (is_training(split) ? "imagesTr" : "imagesTs");
  }

  fs::path image_file(const ConvertedPair& pair) const override {
    return image_folder(pair.split) / (pair.stem + "_0000" + pair.image_extension);
  }

  bool wants_png() const override { return true; }

  void make_folders(const std::string& split) const override {
    LayoutWriter::make_folders(split);
    make_directories(label_folder(split));
  }

  void write_mask(const ConvertedPair& pair) const override {
    cv::Mat labels;
    cv::min(pair.mask, 1, labels);
    write_png(label_folder(pair.split) / (pair.stem + ".png"), labels);
  }

  void add(const ConvertedPair& pair) override { training_ += is_training(pair.split) ? 1 : 0; }

  fs::path finish() override {
    write_json(out() / "dataset.json", {{"channel_names", {{"0", "R"}, {"1", "G"}, {"2", "B"}}},
                                        {"labels", {{"background", 0}, {results::polyp_label, 1}}},
                                        {"numTraining", training_},
                                        {"file_ending", ".png"},
                                        {"overwrite_image_reader_writer", "NaturalImage2DIO"}});
    return out();
  }

 private:
  static bool is_training(const std::string& split) {
    const std::string name = folder_name(split);
    return name.empty() || name == "train" || name == "validation";
  }

  fs::path label_folder(const std::string& split) const {
    return out() / (is_training(split) ? "labelsTr" : "labelsTs");
  }

  std::size_t training_ = 0;
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
      return std::make_unique<LabelMe>(out);
    case Layout::yolo:
      return std::make_unique<Yolo>(out);
    case Layout::nnunet:
      return std::make_unique<NnUnet>(out);
    case Layout::cvat:
    case Layout::voc:
      break;  // read only
  }
  throw Error(ErrorKind::usage,
              fmt::format("--layout {}: is read, but not written", layout_name(layout)));
}

}  // namespace bcnet::data
