#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/json.h"

namespace bcnet::serve {

/// A tensor of an inference request, as JSON numbers or as bytes behind the JSON.
struct InputTensor {
  std::string name;
  std::string datatype;  ///< "FP32"
  std::vector<std::int64_t> shape;
  std::vector<float> numbers;             ///< of the JSON, row by row
  std::optional<std::string_view> bytes;  ///< of the binary extension, within the body
};

struct RequestedOutput {
  std::string name;
  bool binary = false;
};

/// Body of POST /v2/models/NAME/infer, Open Inference Protocol v2 with its binary tensor extension.
struct InferRequest {
  std::string id;
  std::vector<InputTensor> inputs;
  std::vector<RequestedOutput> outputs;  ///< empty: all of them
  bool binary_outputs = false;           ///< for outputs that do not say themselves
};

/// json_bytes: what the header Inference-Header-Content-Length says, none where it is not sent.
/// Throws Error(data) with a message for strangers: no JSON, other types than the protocol's, names
/// that come twice, bytes that are missing or left over. Numbers lie in memory as 4 bytes each,
/// whatever else the JSON holds is limited to 1000 values.
InferRequest parse_infer_request(std::string_view body, std::optional<std::size_t> json_bytes);

/// The tensor's elements where it has this type and shape (-1: any extent), copied into memory of
/// their own. Throws Error(data) naming what was found.
std::vector<float> float_elements(const InputTensor& tensor,
                                  const std::vector<std::int64_t>& shape);
std::vector<std::uint8_t> byte_elements(const InputTensor& tensor,
                                        const std::vector<std::int64_t>& shape,
                                        std::uint64_t most_elements);

/// Error(data) whose message strangers may read.
Error protocol_error(const std::string& message, ErrorReason reason = ErrorReason::other);

/// "[1,3,352,352]"
std::string show_shape(const std::vector<std::int64_t>& shape);

}  // namespace bcnet::serve
