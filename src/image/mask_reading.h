#pragma once

#include <optional>
#include <string>
#include <vector>

namespace bcnet {

/// What of a mask's values is foreground.
enum class MaskMeaning {
  automatic,  ///< what the masks of the data set show, see data/mask_set.h
  half,       ///< at least half of full scale; of a lossless file with two values the higher one
  nonzero,    ///< every number above 0: labels of classes or of single polyps
  alpha,      ///< what is at least half opaque
  index,      ///< the numbers listed
};

/// How the masks of a data set are to be read.
struct MaskReading {
  MaskMeaning meaning = MaskMeaning::automatic;
  std::vector<double> indices = {};   ///< of MaskMeaning::index, in order
  std::optional<double> ignore = {};  ///< pixels of this value are left out

  bool operator==(const MaskReading& other) const {
    return meaning == other.meaning && indices == other.indices && ignore == other.ignore;
  }
};

/// What parse_mask_values takes, for messages.
inline constexpr const char* mask_values_choices = "auto, half, nonzero, alpha, index:N,…";

/// Sets what is foreground from "auto", "half", "nonzero", "alpha" or "index:1,2"; false for
/// anything else.
bool parse_mask_values(const std::string& text, MaskReading& reading);

/// Sets the ignore value from text; false for what is no number of at most 32 bits.
bool parse_ignore_value(const std::string& text, MaskReading& reading);

/// The same text back, without the ignore value.
std::string mask_values_text(const MaskReading& reading);

/// A value as people write it: "255", "0.25".
std::string value_text(double value);

}  // namespace bcnet
