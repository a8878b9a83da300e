#pragma once

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "bcnet/segmenter.h"
#include "core/json.h"

namespace bcnet::results {

/// Masks as the annotations of other programs: what was found, to be corrected there by hand.

/// The names that --save has for them.
constexpr const char* coco_name = "coco";
constexpr const char* labelme_name = "labelme";

/// What every object is called.
constexpr const char* polyp_label = "polyp";

/// A COCO file of any number of images (https://cocodataset.org/#format-data).
class CocoFile {
 public:
  enum class Shapes {
    runs,     ///< compressed run lengths, whatever the piece
    outlines  ///< a polygon, and run lengths for a piece with holes only
  };

  explicit CocoFile(Shapes shapes) : shapes_(shapes) {}

  /// Adds an image and each 8-connected piece of its mask (8UC1) as an annotation, in such a way
  /// that whoever draws them by COCO's rules gets the mask back. polyps: the pieces as they were
  /// found, whose confidence becomes a score; or none.
  void add(const std::string& file_name, const cv::Mat& mask,
           const std::vector<Polyp>& polyps = {});

  /// The one image of another file, with its annotations: what json() gave of it.
  void append(const Json& file);

  Json json() const;

 private:
  Json segmentation(const cv::Mat& piece, const cv::Rect& box) const;

  Shapes shapes_;
  Json images_ = Json::array();
  Json annotations_ = Json::array();
};

/// An entry of LabelMe's "shapes": a polygon through the middles of pixels.
Json labelme_polygon(const std::string& label, const std::vector<cv::Point>& points);

/// The polygons of a mask (8UC1) as people would draw them: each piece, then its holes as
/// "_background_", then the pieces in these, and so on.
Json labelme_shapes(const cv::Mat& mask);

/// A LabelMe file. image_path: relative to the file.
Json labelme_file(const std::string& image_path, const cv::Size& size, const Json& shapes);

}  // namespace bcnet::results
