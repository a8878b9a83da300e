#pragma once

#include "bcnet/bcnet.h"
#include "bcnet/segmenter.h"

namespace bcnet::capi {

/// A handle for a Segmenter that is already there: one over a fake engine.
bcnet_segmenter* adopt(Segmenter segmenter);

}  // namespace bcnet::capi
