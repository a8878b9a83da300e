#include "runs/pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/error.h"
#include "core/files.h"
#include "core/in_order.h"
#include "data/mask.h"
#include "image/codec.h"
#include "image/geometry.h"
#include "runs/outline.h"

namespace bcnet::runs {

namespace fs = std::filesystem;

namespace {

constexpr int widest = 280;  // of a small copy, pixels; what lies upright is as high
constexpr int jpeg_quality = 80;
constexpr std::uintmax_t largest_index = std::uintmax_t{16} << 20;  // bytes

struct Small {
  cv::Mat image;
  std::string outline;
};

std::optional<Small> make_small(const data::Sample& sample, int size, const DecodeOptions& decode) {
  try {
    const ReducedImage read = decode_reduced(sample.image, decode, widest, widest);
    const double scale =
        std::min(1.0, static_cast<double>(widest) / std::max(read.image.cols, read.image.rows));
    Small small;
    small.image = resize_image(read.image, std::max(1, cvRound(read.image.cols * scale)),
                               std::max(1, cvRound(read.image.rows * scale)));
    small.outline = outline_path(resize_mask(data::read_mask(sample, decode), size, size));
    return small;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) {
      throw;
    }
    return std::nullopt;
  }
}

}  // namespace

std::vector<bool> kept_as_pictures(std::size_t count) {
  std::vector<bool> kept(count, count <= most_pictures);
  if (count > most_pictures) {
    for (std::size_t i = 0; i < most_pictures; ++i) {
      kept[i * count / most_pictures] = true;
    }
  }
  return kept;
}

void keep_pictures(const RunFolder& folder, const std::vector<data::Sample>& samples, int size,
                   const DecodeOptions& decode, int threads) {
  if (fs::exists(folder.pictures_index())) {
    return;
  }
  make_directories(folder.pictures());
  const std::vector<bool> kept = kept_as_pictures(samples.size());
  std::vector<const data::Sample*> wanted;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (kept[i]) {
      wanted.push_back(&samples[i]);
    }
  }
  Json pictures = Json::array();
  in_order(
      wanted.size(), threads, [&](std::size_t i) { return make_small(*wanted[i], size, decode); },
      [&](std::size_t i, const std::optional<Small>& small) {
        if (small) {
          const std::string file = fmt::format("{:04}.jpg", i + 1);
          write_jpeg(folder.pictures() / file, small->image, jpeg_quality);
          pictures.push_back({{"image", wanted[i]->name},
                              {"file", file},
                              {"width", small->image.cols},
                              {"height", small->image.rows},
                              {"outline", small->outline}});
        }
      });
  write_json(folder.pictures_index(), {{"size", size}, {"pictures", pictures}});
}

Pictures read_pictures(const RunFolder& folder) {
  const fs::path path = folder.pictures_index();
  Pictures result;
  if (!fs::exists(path)) {
    return result;
  }
  const auto damaged = [&](const std::string& what) {
    throw Error(ErrorKind::data, path.string() + ": " + what);
  };
  try {
    const Json index = Json::parse(read_file(path, ErrorKind::data, largest_index));
    result.size = index.at("size");
    for (const Json& entry : index.at("pictures")) {
      Picture picture;
      picture.image = entry.at("image");
      picture.width = entry.at("width");
      picture.height = entry.at("height");
      picture.outline = entry.at("outline");
      // A name, not a way out of the folder.
      const std::string file = entry.at("file");
      if (file.empty() || file[0] == '.' || file.find('/') != std::string::npos) {
        damaged("file: found '" + file + "', the name of a file beside it is allowed");
      }
      picture.file = folder.pictures() / file;
      if (result.size <= 0 || picture.width <= 0 || picture.height <= 0 ||
          !is_outline_path(picture.outline)) {
        damaged("the entry of " + picture.image + " is damaged");
      }
      result.pictures.push_back(std::move(picture));
    }
  } catch (const Json::exception& error) {
    damaged(error.what());
  }
  return result;
}

}  // namespace bcnet::runs
