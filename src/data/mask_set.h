#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "image/codec.h"
#include "image/decode_options.h"

namespace bcnet::data {

struct Sample;

/// What one mask file holds, as far as it tells what its values mean.
struct MaskFileFacts {
  bool lossless = true;
  bool indexed = false;
  bool whole_numbers = true;
  double full = 255;
  double low = 0;  ///< without pixels of the ignored value, as all below
  double high = 0;
  std::vector<double> values;   ///< the different ones, ascending; of many the first few
  bool many = false;            ///< there are more of them
  std::size_t regions = 0;      ///< values that fill more than an edge does; of three or more
  bool region_between = false;  ///< one of them lies between 0 and half of full scale
  bool has_alpha = false;
  bool alpha_varies = false;
  bool alpha_reaches_half = false;
  bool alpha_contradicts = false;  ///< transparent pixels would be foreground by their colour
};

MaskFileFacts mask_file_facts(const MaskValues& values, const std::optional<double>& ignore);

/// What was found out of all masks of a data set together.
struct MaskDecision {
  MaskReading reading;  ///< never automatic
  std::string note;     ///< how the masks are read, in a line; empty where they are plain
  std::string error;    ///< why that is not clear; empty where it is
  std::string advice;   ///< how to make it clear
  std::vector<std::string> files;         ///< masks that the error is about, relative to the folder
  std::string doubt;                      ///< what is odd and no error; empty where nothing is
  std::vector<std::string> odd;           ///< masks that it is about
  std::set<std::string> with_foreground;  ///< names of the samples whose picture is not empty
};

/// A mask file and whose it is.
struct SurveyedMask {
  std::string sample;
  std::string file;  ///< relative to the data set's folder
  MaskFileFacts facts;
};

/// The rule for a data set: wanted is what a user or a manifest says, automatic for nothing.
MaskDecision decide_masks(const std::vector<SurveyedMask>& masks, const MaskReading& wanted);

/// All masks of a data set, whose meaning is found out when it is first asked for. Thread-safe.
class MaskSet {
 public:
  /// list gives every pair of the data set; masks are named relative to folder.
  MaskSet(std::function<std::vector<Sample>()> list, std::filesystem::path folder);

  /// Decodes every mask file once, on several threads; those that cannot be read are passed over.
  const MaskDecision& decide(const DecodeOptions& options) const;

  /// The decision if it has been made, else null.
  const MaskDecision* decided() const;

 private:
  std::function<std::vector<Sample>()> list_;
  std::filesystem::path folder_;
  mutable std::mutex mutex_;
  mutable std::optional<MaskDecision> decision_;
};

/// Whether a sample's mask is not empty: a picture's as decided, else as far as its drawing tells.
bool has_foreground(const Sample& sample, const MaskDecision& decision);

/// How one sample's mask is to be read: as the options say, else as its manifest says, else as
/// all masks of its data set show. Throws Error(data) where they do not.
MaskReading reading_of(const Sample& sample, const DecodeOptions& options);

/// What a manifest should say of a sample's mask; automatic where it need not say anything.
MaskReading reading_to_record(const Sample& sample);

}  // namespace bcnet::data
