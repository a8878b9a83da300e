#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "core/progress.h"
#include "data/data_set.h"
#include "image/decode_options.h"

namespace bcnet::data {

struct ConvertOptions {
  Layout layout = Layout::flat;
  std::string split;  ///< only this one; empty: all
  DecodeOptions decode;
  ProgressObserver* progress = nullptr;  ///< who watches; null: nobody
};

/// What was not converted, and why.
struct ConvertFailure {
  std::string name;  ///< as Sample::name
  std::string error;
};

struct ConvertResult {
  std::size_t written = 0;  ///< pairs
  std::vector<ConvertFailure> failed;
  std::filesystem::path data;  ///< what opens it: out, or the manifest in it
};

/// Writes a data set in another layout to the folder out, which must be new or empty. Images are
/// copied byte for byte; those with an EXIF orientation are written upright as PNG. Masks become
/// PNG of 0 and 255, or annotations that give the same mask, pixel for pixel. Names are the
/// images' own; of two that would be one, the second gets its split in front or a number behind.
/// Throws Error(usage) for an out that holds files and for splits that the layout has no place
/// for, Error(data) where nothing could be converted, Error(io) where writing fails.
ConvertResult convert(const DataSet& data, const std::filesystem::path& out,
                      const ConvertOptions& options);

}  // namespace bcnet::data
