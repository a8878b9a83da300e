#include "serve/multipart.h"

#include <strings.h>

#include <algorithm>
#include <utility>

#include "serve/media_type.h"

namespace bcnet::serve {

namespace {

constexpr std::size_t longest_boundary = 70;  // RFC 2046
constexpr std::size_t most_parts = 32;
constexpr std::size_t longest_head = 8192;

Error damaged(const std::string& what) {
  const std::string message = "multipart/form-data: " + what;
  return {ErrorKind::data, message, ErrorReason::other, message};
}

/// A part's bytes are taken as they come.
void check_encoding(std::string_view encoding) {
  const std::string found(encoding.substr(0, encoding.find_last_not_of(" \t") + 1));
  for (const char* plain : {"binary", "8bit", "7bit"}) {
    if (strcasecmp(found.c_str(), plain) == 0) {
      return;
    }
  }
  throw damaged("Content-Transfer-Encoding: binary, 8bit or 7bit is expected");
}

/// Reads the lines above a part's bytes.
FormPart part_of_head(std::string_view head) {
  FormPart part;
  bool named = false;
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(std::min(line.size() + 2, head.size()));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) {
      throw damaged("a part's head has a line without ':'");
    }
    const std::string key(line.substr(0, colon));
    const auto first = std::min(line.find_first_not_of(" \t", colon + 1), line.size());
    const std::string_view value = line.substr(first);
    if (strcasecmp(key.c_str(), "content-type") == 0) {
      part.content_type = value;
    } else if (strcasecmp(key.c_str(), "content-transfer-encoding") == 0) {
      check_encoding(value);
    } else if (strcasecmp(key.c_str(), "content-disposition") == 0) {
      const auto semicolon = value.find(';');
      const auto parameters = semicolon == std::string_view::npos
                                  ? std::nullopt
                                  : parse_parameters(value.substr(semicolon + 1));
      if (!parameters || parameters->count("name") == 0) {
        throw damaged("a part has no name");
      }
      part.name = parameters->at("name");
      part.is_file = parameters->count("filename") + parameters->count("filename*") > 0;
      if (const auto file = parameters->find("filename"); file != parameters->end()) {
        part.file_name = file->second;
      }
      named = true;
    }
  }
  if (!named) {
    throw damaged("a part has no Content-Disposition");
  }
  return part;
}

}  // namespace

std::vector<FormPart> parse_multipart(std::string_view body, std::string_view boundary) {
  if (boundary.empty() || boundary.size() > longest_boundary) {
    throw damaged("boundary: 1 to 70 characters are allowed");
  }
  const std::string delimiter = "--" + std::string(boundary);
  if (body.substr(0, delimiter.size()) != delimiter) {
    // Lines before the first boundary are for nobody (RFC 2046).
    const auto line_end = body.find("\r\n" + delimiter);
    if (line_end == std::string_view::npos) {
      throw damaged("found no line with the boundary that Content-Type names");
    }
    body.remove_prefix(line_end + 2);
  }
  body.remove_prefix(delimiter.size());
  std::vector<FormPart> parts;
  while (body.substr(0, 2) != "--") {
    if (body.substr(0, 2) != "\r\n") {
      throw damaged("a boundary is not followed by the end of its line");
    }
    if (parts.size() == most_parts) {
      throw damaged("more than 32 parts");
    }
    const auto end_of_head = body.substr(0, longest_head).find("\r\n\r\n");
    if (end_of_head == std::string_view::npos) {
      throw damaged("the head of a part does not end");
    }
    FormPart part = part_of_head(body.substr(2, end_of_head < 2 ? 0 : end_of_head - 2));
    body.remove_prefix(end_of_head + 4);
    const auto end = body.find("\r\n" + delimiter);
    if (end == std::string_view::npos) {
      throw damaged("the body ends within a part");
    }
    part.bytes = body.substr(0, end);
    body.remove_prefix(end + 2 + delimiter.size());
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace bcnet::serve
