#include "video/overlay_file.h"

#include "bcnet/opencv.h"
#include "core/files.h"
#include "video/module.h"

namespace bcnet::video {

std::filesystem::path overlay_path(const std::filesystem::path& stem) {
  std::filesystem::path path = stem;
  path += "_overlay.mp4";
  return path;
}

OverlayFile::OverlayFile(const std::filesystem::path& stem, const SourceInfo& source, int threads) {
  EncoderOptions options;
  options.file = overlay_path(stem);
  options.size = source.size;
  options.frames_per_second = source.frames_per_second;
  options.sample_aspect = source.sample_aspect;
  options.threads = threads;
  make_parent(options.file);
  encoder_ = module().open_encoder(options);
}

void Outlines::take(FoundFrame& frame) { draw_overlay(frame.frame.picture, mask_of(frame.found)); }

void OverlayFile::take(FoundFrame& frame) {
  encoder_->write(frame.frame.picture, frame.frame.seconds);
}

void OverlayFile::finish() { encoder_->finish(); }

}  // namespace bcnet::video
