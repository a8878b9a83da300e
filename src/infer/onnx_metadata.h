#pragma once

#include <map>
#include <string>
#include <string_view>

namespace bcnet::infer {

/// Reads ModelProto.metadata_props (onnx.proto3, field 14) out of the bytes of an ONNX file.
/// file is for the message. Throws Error(model) for bytes that are no ONNX model or end early.
std::map<std::string, std::string> read_onnx_metadata(std::string_view bytes,
                                                      const std::string& file);

/// The same ONNX file with these entries of metadata_props: those of the same key are
/// replaced, the others and every other field stay as they are, byte by byte. Throws as above.
std::string with_onnx_metadata(std::string_view bytes,
                               const std::map<std::string, std::string>& entries,
                               const std::string& file);

}  // namespace bcnet::infer
