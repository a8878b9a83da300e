#pragma once

#include <filesystem>
#include <memory>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "core/json.h"
#include "data/data_set.h"

namespace bcnet::data {

/// A pair on its way into another layout.
struct ConvertedPair {
  std::string split;            ///< empty where the data set is not divided
  std::string stem;             ///< the name without extension that it gets
  std::string image_extension;  ///< with its dot
  cv::Mat mask;                 ///< 8UC1, 0 or 255
  std::string group = {};       ///< the sample's
};

/// What a layout is about: where files go, and what is written beside them.
class LayoutWriter {
 public:
  explicit LayoutWriter(std::filesystem::path out) : out_(std::move(out)) {}
  virtual ~LayoutWriter() = default;
  LayoutWriter(const LayoutWriter&) = delete;
  LayoutWriter& operator=(const LayoutWriter&) = delete;

  /// The folder of a split's images. Throws Error(usage) for a split that has no place.
  virtual std::filesystem::path image_folder(const std::string& split) const = 0;
  /// The file of an image.
  virtual std::filesystem::path image_file(const ConvertedPair& pair) const {
    return image_folder(pair.split) / (pair.stem + pair.image_extension);
  }
  /// Whether images have to be PNG; others are copied as they are.
  virtual bool wants_png() const { return false; }
  /// Makes the folders of a split, images' and masks'.
  virtual void make_folders(const std::string& split) const;
  /// Writes the mask. Several threads at a time. Throws Error(data) for what the layout cannot
  /// say.
  virtual void write_mask(const ConvertedPair& pair) const = 0;
  /// Notes a pair that is done, mask and image; one after the other.
  virtual void add(const ConvertedPair& pair) { static_cast<void>(pair); }
  /// Writes what is written once, and gives what opens the data set.
  virtual std::filesystem::path finish() { return out_; }

 protected:
  const std::filesystem::path& out() const { return out_; }

 private:
  std::filesystem::path out_;
};

std::unique_ptr<LayoutWriter> make_layout_writer(Layout layout, const std::filesystem::path& out);

}  // namespace bcnet::data
