#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/sample.h"
#include "image/decode_options.h"
#include "runs/run_folder.h"

namespace bcnet::runs {

/// Validation images that a run keeps as pictures, at most.
constexpr std::size_t most_pictures = 200;

/// Which of count images are kept: all of them, or so many at equal steps. True for those.
std::vector<bool> kept_as_pictures(std::size_t count);

/// Writes small copies of those images into the run's pictures/ and, last, pictures/index.json,
/// which names them and holds the outlines of their masks in pixels of a network input of
/// size x size. Where the index is there already nothing is done. A pair that cannot be read is
/// left out: the loader says so where it needs it. Throws Error(io).
void keep_pictures(const RunFolder& folder, const std::vector<data::Sample>& samples, int size,
                   const DecodeOptions& decode, int threads);

/// A small copy of a validation image.
struct Picture {
  std::string image;  ///< name of the sample
  std::filesystem::path file;
  int width = 0;        ///< pixels
  int height = 0;       ///< pixels
  std::string outline;  ///< of the mask, see outline_path
};

struct Pictures {
  int size = 0;  ///< of the grid that outlines are on, pixels
  std::vector<Picture> pictures;
};

/// What index.json says; empty where there is none. Throws Error(data) for one that is damaged.
Pictures read_pictures(const RunFolder& folder);

}  // namespace bcnet::runs
