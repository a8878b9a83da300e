#pragma once

#include "onnx/model.h"

namespace bcnet::onnx {

/// Puts each Pad with zeros on height and width into the Convs that read it: runtimes fuse a
/// Conv with what follows it, and a Pad before it is a copy of the image.
void fold_padding(Model& model);

}  // namespace bcnet::onnx
