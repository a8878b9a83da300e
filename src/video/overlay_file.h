#pragma once

#include <filesystem>
#include <memory>

#include "video/encoder.h"
#include "video/pipeline.h"

namespace bcnet::video {

/// The video with its polyps outlined, STEM_overlay.mp4.
class OverlayFile : public Sink {
 public:
  OverlayFile(const std::filesystem::path& stem, const SourceInfo& source, int threads);
  void take(FoundFrame& frame) override;
  void finish() override;

 private:
  std::unique_ptr<Encoder> encoder_;
};

}  // namespace bcnet::video
