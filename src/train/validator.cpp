#include "train/validator.h"

#include <algorithm>
#include <map>

#include "core/json.h"
#include "core/progress.h"
#include "metrics/segmentation.h"
#include "runs/outline.h"
#include "runs/pictures.h"

namespace bcnet::train {

torch::Tensor images_of(data::Batch& batch, const torch::Device& device) {
  return torch::from_blob(batch.images.data(), {batch.n, batch.h, batch.w, 3}, torch::kFloat32)
      .permute({0, 3, 1, 2})
      .to(device);
}

torch::Tensor plane_of(data::Batch& batch, std::vector<float>& plane, const torch::Device& device) {
  if (plane.empty()) {
    return {};
  }
  return torch::from_blob(plane.data(), {batch.n, 1, batch.h, batch.w}, torch::kFloat32).to(device);
}

namespace {

/// Images by their place among the samples.
using Images = std::map<std::int64_t, ValidatedImage>;

/// As every process has its own: all of them, in all processes. Names are not sent.
Images gathered(const Images& here, nn::Communicator& communicator) {
  Json own = Json::array();
  for (const auto& [place, image] : here) {
    own.push_back({place, image.dice, image.iou, image.polyp_percent,
                   image.outline ? Json(*image.outline) : Json()});
  }
  Images all;
  for (const std::string& part : communicator.gather(own.dump())) {
    for (const Json& item : Json::parse(part)) {
      ValidatedImage& image = all[item[0].get<std::int64_t>()];
      image.dice = item[1];
      image.iou = item[2];
      image.polyp_percent = item[3];
      if (!item[4].is_null()) {
        image.outline = item[4].get<std::string>();
      }
    }
  }
  return all;
}

data::LoaderOptions options_of(const nn::Communicator& communicator, data::LoaderOptions options) {
  options.batch_size *= communicator.size();  // each process's batches stay as large
  options.part = communicator.rank();
  options.parts = communicator.size();
  return options;
}

}  // namespace

Validator::Validator(std::vector<data::Sample> samples, const data::LoaderOptions& options,
                     nn::Communicator& communicator)
    : communicator_(communicator),
      options_(options_of(communicator, options)),
      loader_(std::move(samples), options_) {}

ValidationResult Validator::run(nn::SegmentationNetwork& network, const torch::Device& device,
                                ProgressObserver* observer) {
  torch::NoGradGuard no_grad;
  network.eval();
  const auto count = static_cast<std::int64_t>(loader_.samples().size());
  Progress progress("validation", count, "images", communicator_.first() ? observer : nullptr);
  const std::vector<bool> pictured = runs::kept_as_pictures(loader_.samples().size());
  Images images;
  loader_.start_epoch(0);
  data::Batch batch;
  while (true) {
    bool more = false;
    nn::together(communicator_, [&] { more = loader_.next(batch); });
    if (!more) {
      break;
    }
    progress.advance(std::min(options_.batch_size, count - batch.index * options_.batch_size));
    if (batch.n == 0) {
      continue;
    }
    const auto logits = network.predict(images_of(batch, device));
    const auto predicted = (logits >= 0).to(torch::kUInt8).cpu().contiguous();
    const auto expected = plane_of(batch, batch.masks, torch::kCPU).to(torch::kUInt8).contiguous();
    const auto pixels = static_cast<std::size_t>(batch.h * batch.w);
    for (std::int64_t i = 0; i < batch.n; ++i) {
      auto* found = predicted.data_ptr<std::uint8_t>() + static_cast<std::size_t>(i) * pixels;
      const auto counts = metrics::count_pixels(
          found, expected.data_ptr<std::uint8_t>() + static_cast<std::size_t>(i) * pixels,
          batch.ignored.empty() ? nullptr
                                : batch.ignored.data() + static_cast<std::size_t>(i) * pixels,
          pixels);
      ValidatedImage& image = images[batch.first + i];
      image.dice = metrics::dice(counts);
      image.iou = metrics::iou(counts);
      image.polyp_percent = 100.0 *
                            static_cast<double>(counts.true_positive + counts.false_negative) /
                            static_cast<double>(pixels);
      if (pictured[static_cast<std::size_t>(batch.first + i)]) {
        image.outline = runs::outline_path(
            cv::Mat(static_cast<int>(batch.h), static_cast<int>(batch.w), CV_8UC1, found));
      }
    }
  }
  if (communicator_.size() > 1) {
    images = gathered(images, communicator_);
  }
  ValidationResult result;
  for (auto& [place, image] : images) {
    image.name = loader_.samples()[static_cast<std::size_t>(place)].name;
    result.mean_dice += image.dice;
    result.mean_iou += image.iou;
    result.images.push_back(std::move(image));
  }
  result.mean_dice /= static_cast<double>(count);
  result.mean_iou /= static_cast<double>(count);
  return result;
}

}  // namespace bcnet::train
