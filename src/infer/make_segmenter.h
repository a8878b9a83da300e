#pragma once

#include <memory>

#include "bcnet/segmenter.h"
#include "infer/engine.h"

namespace bcnet::infer {

/// A Segmenter over an engine that is already there: LibTorch's, a fake one. What options say of
/// how a model is computed was settled with the engine; model is the file's name in messages.
Segmenter make_segmenter(std::shared_ptr<Engine> engine, const SegmenterOptions& options);

}  // namespace bcnet::infer
