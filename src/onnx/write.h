#pragma once

#include <string>

#include "onnx/model.h"

namespace bcnet::onnx {

/// The bytes of an .onnx file (ModelProto). Equal models give equal bytes.
std::string serialize(const Model& model);

}  // namespace bcnet::onnx
