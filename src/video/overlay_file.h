#pragma once

#include <filesystem>
#include <memory>

#include "video/encoder.h"
#include "video/pipeline.h"

namespace bcnet::video {

/// Outlines the polyps in the frames, for the sinks behind it.
class Outlines : public Sink {
 public:
  void take(FoundFrame& frame) override;
  void finish() override {}
};

/// STEM_overlay.mp4.
std::filesystem::path overlay_path(const std::filesystem::path& stem);

/// The frames as they come, STEM_overlay.mp4: behind Outlines.
class OverlayFile : public Sink {
 public:
  OverlayFile(const std::filesystem::path& stem, const SourceInfo& source, int threads);
  void take(FoundFrame& frame) override;
  void finish() override;

 private:
  std::unique_ptr<Encoder> encoder_;
};

}  // namespace bcnet::video
