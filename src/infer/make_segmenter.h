#pragma once

#include <memory>

#include "bcnet/segmenter.h"
#include "infer/engine.h"

namespace bcnet::infer {

/// A Segmenter over an engine that is already there: LibTorch's, a fake one. Of the options
/// only threshold and probability count, and model as the file's name in messages.
Segmenter make_segmenter(std::shared_ptr<Engine> engine, const SegmenterOptions& options);

}  // namespace bcnet::infer
