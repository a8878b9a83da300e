#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "serve/http.h"
#include "serve/infer_request.h"

namespace bcnet::serve {

/// A tensor of an answer.
struct OutputTensor {
  std::string name;
  std::string datatype;  ///< "FP32" or "UINT8"
  std::vector<std::int64_t> shape;
  std::string bytes;  ///< little-endian, row by row
};

/// The answer to a request, in JSON or with the binary tensor extension as the request asks for it
/// output by output. outputs: those that were asked for.
Response infer_response(const std::string& model, const InferRequest& request,
                        const std::vector<OutputTensor>& outputs);

/// Checks that all outputs that are asked for are the model's only one. Throws Error(data).
void check_outputs(const InferRequest& request, const std::string& only);

}  // namespace bcnet::serve
