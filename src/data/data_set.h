#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/shard.h"
#include "data/annotation_options.h"
#include "data/sample.h"
#include "data/survey.h"

namespace bcnet::data {

/// Ways to lay out a data set; docs/reference/data-layouts.md has each in full.
enum class Layout { flat, split, pranet, cvc, manifest, coco, labelme, yolo, nnunet, cvat, voc };

/// "flat", "split", "pranet" …
const char* layout_name(Layout layout);

/// What is to be done with a data set.
enum class Needed {
  pairs,
  masks,  ///< masks alone are compared: a folder of nothing but masks is a data set too
};

/// A data set, opened from a path, whose layout is found out: the one way to the images and masks
/// of --data. An image and its mask have the same name apart from the extension (where masks are
/// pictures). Hidden files and files that are not named like images are passed over; directory
/// links are followed, and paths stay as they were found.
class DataSet {
 public:
  /// data: a folder, a manifest (.csv, .tsv, .txt) or an annotation file of a whole data set
  /// (COCO's .json, CVAT's .xml). manifest: another one of what lies below data's folder, whatever
  /// its own layout. shard: what is surveyed holds only the pairs of this share, by the image's
  /// name; a manifest's other rows are not kept. Names are all looked at. Decodes no image. Throws
  /// Error(data) where data is missing or of no known layout, or of several, and for a bad manifest
  /// or annotation file; Error(usage) for annotation options where there are no annotations.
  explicit DataSet(const std::filesystem::path& data, const std::filesystem::path& manifest = {},
                   AnnotationOptions annotations = {}, Needed needed = Needed::pairs,
                   const std::optional<Shard>& shard = {});

  const std::filesystem::path& path() const { return data_; }      ///< as it was given
  const std::filesystem::path& folder() const { return folder_; }  ///< names are relative to it
  std::string name() const;  ///< the last part of its path, a file's without extension
  Layout layout() const { return layout_; }

  /// Names as they stand in the data set: train, validation, test first and in this order. None
  /// where it is not divided.
  std::vector<std::string> splits() const;

  /// The name that a split has in this data set: its own, or where there is none of it, one that
  /// means the same, as "val", "valid" and "validation" do. Empty where there is neither. Throws
  /// Error(data) where two are there that mean it.
  std::string find_split(const std::string& split) const;

  /// The same, for a split that must be there. Throws Error(data) naming those that are.
  std::string require_split(const std::string& split) const;

  /// What the values of all its masks mean.
  const MaskSet& masks() const { return *masks_; }

  /// What there is in an undivided data set (no split) or in one split. Throws Error(usage) for a
  /// divided one without a split, or a split that is not there (an undivided one may be asked for
  /// by the name of its folder of images: train/ with train_gt/), and Error(data) for a folder or
  /// file that cannot be read.
  Survey survey(const std::string& split = {}) const;

  /// The pairs of survey, which must be complete. Throws what that throws, and Error(data) for a
  /// missing or empty folder, an image without mask, a mask without image, or two files of one
  /// stem.
  std::vector<Sample> samples(const std::string& split = {}) const;

  /// One split, or all of an undivided data set; survey gives what it holds.
  struct Part {
    std::string split;
    std::function<Survey()> survey;
  };

 private:
  Survey with_masks(Survey survey) const;

  std::filesystem::path data_;
  std::filesystem::path folder_;
  AnnotationOptions annotations_;
  Layout layout_{};
  std::vector<Part> parts_;
  std::shared_ptr<const MaskSet> masks_;  ///< of all splits; every sample points to it
};

/// DataSet(data).samples(split).
std::vector<Sample> find_samples(const std::filesystem::path& data, const std::string& split = {});

}  // namespace bcnet::data
