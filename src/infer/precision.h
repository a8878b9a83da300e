#pragma once

#include <string>

#include "bcnet/segmenter.h"

namespace bcnet::infer {

/// The names of --precision: auto, f32, bf16, f16. Throws Error(usage) for another.
Precision parse_precision(const std::string& name);

std::string precision_name(Precision precision);

/// What automatic stands for: bfloat16 where the instructions that may be used here multiply it,
/// else float32. Any other is given back as it is. Throws Error(usage) as usable_instructions().
Precision resolve_precision(Precision precision);

}  // namespace bcnet::infer
