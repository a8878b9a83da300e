#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "image/decode_options.h"
#include "serve/models.h"

namespace bcnet::serve {

/// Of what brings requests in.
struct HttpOptions {
  std::string host = "127.0.0.1";
  int port = 8080;  ///< 0: any that is free
  std::uint64_t max_body_bytes = std::uint64_t{32} << 20;
  std::uint64_t max_buffered_bytes = std::uint64_t{512}
                                     << 20;  ///< of all bodies and answers together
  std::uint32_t max_header_bytes = 16384;
  std::size_t max_connections = 16384;
  std::chrono::seconds idle_timeout{75};    ///< between requests
  std::chrono::seconds header_timeout{10};  ///< from a request's first byte to the end of its head
  std::chrono::seconds body_timeout{30};
  std::chrono::seconds answer_timeout{60};  ///< from the end of the body to that of the answer
  std::chrono::seconds drain_timeout{30};   ///< at the end, for what is under way
  std::chrono::seconds drain_delay{0};      ///< at the end, that new requests are still answered
  std::filesystem::path tls_certificate;    ///< PEM, the chain; empty: no TLS
  std::filesystem::path tls_key;
};

struct ServeOptions {
  HttpOptions http;
  std::vector<ModelFile> models;
  MaskOptions mask;
  int threads = 0;  ///< 0: as many images at a time as the first model gains from
  std::size_t queue = 64;
  std::chrono::milliseconds batch_wait{2};
  DecodeOptions decode;
  std::string token;  ///< empty: none is asked for
  std::vector<std::string> cors_origins;
  std::string source;          ///< camera, address or file of GET /v1/stream; empty: none
  std::filesystem::path site;  ///< the page's folder, may be missing
  bool access_log = true;
};

}  // namespace bcnet::serve
