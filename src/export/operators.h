#pragma once

#include <map>
#include <string>

#include "export/lowering_context.h"

namespace bcnet::onnx {

/// Writes one aten operator as ONNX nodes and binds its outputs.
using Operator = void (*)(LoweringContext&, const TracedNode&);
using OperatorTable = std::map<std::string, Operator>;

// By the operator's full name, "aten::relu".
const OperatorTable& arithmetic_operators();   ///< elementwise, matrix products, reductions
const OperatorTable& convolution_operators();  ///< convolution, batch norm, padding, pooling
const OperatorTable& shape_operators();        ///< reshapes, transposes, joins, cuts, resizes

}  // namespace bcnet::onnx
