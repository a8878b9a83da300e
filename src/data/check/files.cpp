#include "data/check/files.h"

#include <fmt/format.h>

#include <utility>

#include "core/error.h"
#include "core/sha256.h"
#include "data/drawing.h"
#include "data/mask.h"
#include "image/image_file.h"
#include "image/jpeg.h"
#include "image/npy.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

/// Width and height in pixels as they will be used.
std::pair<std::uint64_t, std::uint64_t> used_size(const ImageHeader& header,
                                                  const DecodeOptions& decode) {
  const bool turned = decode.apply_exif && header.orientation >= 5;
  return turned ? std::pair{header.height, header.width} : std::pair{header.width, header.height};
}

/// What an annotation file says in place of a header.
FileFacts drawing_facts(const Drawing& drawing) {
  FileFacts facts;
  facts.error = problem_of(drawing);
  facts.header.width = static_cast<std::uint64_t>(drawing.width);
  facts.header.height = static_cast<std::uint64_t>(drawing.height);
  return facts;
}

/// What an array of NumPy says in place of a header.
FileFacts array_facts(const fs::path& path, const DecodeOptions& decode) {
  FileFacts facts;
  try {
    const cv::Mat values = read_array(path, decode);
    facts.header.width = static_cast<std::uint64_t>(values.cols);
    facts.header.height = static_cast<std::uint64_t>(values.rows);
    facts.sha256 = sha256({values.ptr<char>(), values.total() * values.elemSize()});
  } catch (const Error& error) {
    facts.error = without_path(error.what(), path);
  }
  return facts;
}

}  // namespace

std::string without_path(const std::string& message, const fs::path& path) {
  const std::string prefix = path.string() + ": ";
  return message.rfind(prefix, 0) == 0 ? message.substr(prefix.size()) : message;
}

FileFacts read_file_facts(const fs::path& path, const DecodeOptions& decode) {
  FileFacts facts;
  try {
    const std::string bytes = read_image_file(path, decode);
    facts.header = read_image_header(bytes, path.string());
    facts.sha256 = sha256(bytes);
  } catch (const Error& error) {
    facts.error = without_path(error.what(), path);
  }
  return facts;
}

FileFacts read_mask_facts(const Sample& sample, const DecodeOptions& decode) {
  if (sample.drawing) {
    return drawing_facts(*sample.drawing);
  }
  return has_array_extension(sample.mask) ? array_facts(sample.mask, decode)
                                          : read_file_facts(sample.mask, decode);
}

PairFiles read_pair_files(const Sample& sample, const fs::path& data, const DecodeOptions& decode) {
  return {sample, mask_name(sample, data), read_file_facts(sample.image, decode),
          read_mask_facts(sample, decode)};
}

bool same_size(const PairFiles& pair, const DecodeOptions& decode) {
  return used_size(pair.image.header, decode) == used_size(pair.mask.header, decode);
}

std::string exchanged_note(const Sample& sample, cv::Size annotated, cv::Size used,
                           int orientation) {
  if (!sample.drawing || annotated != cv::Size(used.height, used.width)) {
    return {};
  }
  return orientation >= 5 ? "the annotations are of the image as it is stored, without its EXIF "
                            "orientation; --ignore-exif reads it so"
                          : "the annotation file has width and height exchanged";
}

std::vector<Finding> check_files(const PairFiles& pair, const DecodeOptions& decode) {
  std::vector<Finding> findings;
  for (const auto& [name, facts] :
       {std::pair{&pair.sample.name, &pair.image}, {&pair.mask_name, &pair.mask}}) {
    if (!facts->error.empty()) {
      findings.push_back({FindingKind::unreadable,
                          Severity::error,
                          {*name},
                          facts->error,
                          "Get the file again, or take the pair out"});
    }
  }
  for (const auto& [name, facts] :
       {std::pair{&pair.sample.name, &pair.image}, {&pair.mask_name, &pair.mask}}) {
    if (facts->error.empty() && !facts->header.has_end) {
      findings.push_back({FindingKind::unreadable,
                          Severity::warning,
                          {*name},
                          jpeg_without_end,
                          "Get the file again if you can: what cut it off may have cut more"});
    }
  }
  if (!pair.readable()) {
    return findings;
  }
  std::vector<std::string> both{pair.sample.name};
  if (!pair.sample.drawing) {
    both.push_back(pair.mask_name);
  }
  const ImageHeader& image = pair.image.header;
  const ImageHeader& mask = pair.mask.header;
  if (!same_size(pair, decode)) {
    const auto [width, height] = used_size(image, decode);
    const auto [mask_width, mask_height] = used_size(mask, decode);
    const auto size = [](std::uint64_t w, std::uint64_t h) {
      return cv::Size(static_cast<int>(w), static_cast<int>(h));
    };
    const std::string note = exchanged_note(pair.sample, size(mask_width, mask_height),
                                            size(width, height), image.orientation);
    findings.push_back({FindingKind::size_mismatch, Severity::error, both,
                        fmt::format("the mask is {}x{} pixels, its image {}x{}{}", mask_width,
                                    mask_height, width, height, note.empty() ? "" : ": " + note),
                        "Bring the mask to its image's size by the way it was changed: cropped, "
                        "resized or turned"});
  }
  // Annotations are of the upright image.
  if (decode.apply_exif && !pair.sample.drawing && image.orientation != mask.orientation) {
    findings.push_back({FindingKind::orientation, Severity::warning, both,
                        fmt::format("EXIF orientation is {} in the image and {} in the mask",
                                    image.orientation, mask.orientation),
                        "Look whether the mask lies on the upright image; if not, --ignore-exif "
                        "leaves both as they are stored"});
  }
  return findings;
}

}  // namespace bcnet::data
