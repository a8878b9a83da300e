#pragma once

#include <string>

#include "nn/weights.h"

namespace bcnet::test {

/// A weight file of the keys and shapes that a list in tests/nn/data has, each line "name sizes";
/// every value is 0.25.
nn::WeightFile file_of_keys(const std::string& list);

}  // namespace bcnet::test
