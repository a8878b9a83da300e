#include "train/validator.h"

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

Validator::Validator(std::vector<data::Sample> samples, const data::LoaderOptions& options)
    : loader_(std::move(samples), options) {}

ValidationResult Validator::run(nn::SegmentationNetwork& network, const torch::Device& device,
                                ProgressObserver* observer) {
  torch::NoGradGuard no_grad;
  network.eval();
  const auto count = static_cast<std::int64_t>(loader_.samples().size());
  Progress progress("validation", count, "images", observer);
  const std::vector<bool> pictured = runs::kept_as_pictures(loader_.samples().size());
  ValidationResult result;
  loader_.start_epoch(0);
  data::Batch batch;
  while (loader_.next(batch)) {
    const auto logits = network.predict(images_of(batch, device));
    const auto predicted = (logits >= 0).to(torch::kUInt8).cpu().contiguous();
    const auto expected = plane_of(batch, batch.masks, torch::kCPU).to(torch::kUInt8).contiguous();
    const auto pixels = static_cast<std::size_t>(batch.h * batch.w);
    for (std::int64_t i = 0; i < batch.n; ++i) {
      auto* found = predicted.data_ptr<std::uint8_t>() + static_cast<std::size_t>(i) * pixels;
      const auto counts = metrics::count_pixels(
          found, expected.data_ptr<std::uint8_t>() + static_cast<std::size_t>(i) * pixels, pixels);
      ValidatedImage image;
      image.name = batch.names[static_cast<std::size_t>(i)];
      image.dice = metrics::dice(counts);
      image.iou = metrics::iou(counts);
      image.polyp_percent = 100.0 *
                            static_cast<double>(counts.true_positive + counts.false_negative) /
                            static_cast<double>(pixels);
      if (pictured[result.images.size()]) {
        image.outline = runs::outline_path(
            cv::Mat(static_cast<int>(batch.h), static_cast<int>(batch.w), CV_8UC1, found));
      }
      result.mean_dice += image.dice;
      result.mean_iou += image.iou;
      result.images.push_back(std::move(image));
    }
    progress.advance(batch.n);
  }
  result.mean_dice /= static_cast<double>(count);
  result.mean_iou /= static_cast<double>(count);
  return result;
}

}  // namespace bcnet::train
