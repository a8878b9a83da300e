#pragma once

#include <string>
#include <vector>

#include "export/trace.h"
#include "onnx/model.h"

namespace bcnet::onnx {

/// Turns traces of one network into an ONNX model with the input `input` and the output
/// `output`, node by node.
///
/// One trace bakes every size in. Several traces at different sizes give a model that takes
/// any of them: an integer that differs between them is fitted as a function of the input's
/// batch, height and width (size_expression.h) and computed in the graph from the input's
/// shape.
///
/// Throws Error(model) for an operator or an argument that has no lowering, naming it; for
/// traces that took different paths; for a size that no expression fits.
Model lower(const std::vector<Trace>& traces, int opset);

}  // namespace bcnet::onnx
