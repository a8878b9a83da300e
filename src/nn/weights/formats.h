#pragma once

#include <string>
#include <string_view>

#include "nn/weights.h"

namespace bcnet::nn {

/// True where bytes begin as a file of the format does. Not more than a look: parsing says
/// whether they are one.
bool is_safetensors(std::string_view bytes);
bool is_pth(std::string_view bytes);

/// load_safetensors, load_pth and load_weights of a file's bytes; file is for messages.
WeightFile parse_safetensors(std::string_view bytes, const std::string& file);
WeightFile parse_pth(std::string_view bytes, const std::string& file);
WeightFile parse_weights(std::string_view bytes, const std::string& file);

}  // namespace bcnet::nn
