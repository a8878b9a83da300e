#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace bcnet::serve {

/// One part of a multipart/form-data body.
struct FormPart {
  std::string name;
  bool is_file = false;      ///< it has a file name
  std::string file_name;     ///< as sent
  std::string content_type;  ///< as sent; empty where it has none
  std::string_view bytes;    ///< within the body
};

/// Parts of a body (RFC 7578) in their order, whatever stands before the first boundary. Throws
/// Error(data) for anything else: no boundary of the announced kind, a part without a name or with
/// an encoding, a last line that is missing, more than 32 parts.
std::vector<FormPart> parse_multipart(std::string_view body, std::string_view boundary);

}  // namespace bcnet::serve
