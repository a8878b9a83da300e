#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "serve/http.h"
#include "serve/options.h"

namespace bcnet::serve {

/// HTTP/1.1 over TCP or TLS on one thread, asynchronous: an idle or slow client holds a socket and
/// a few kilobytes, no thread.
class HttpServer {
 public:
  /// Listens from now on. Throws Error(usage) for an address that is none or certificate files that
  /// cannot be used, Error(io) where the port is taken.
  HttpServer(const HttpOptions& options, Handler& handler);
  ~HttpServer();

  int port() const;

  /// Called on the server's thread.
  struct Calls {
    std::function<void()> reload;  ///< SIGHUP
    std::function<void()> drain;   ///< SIGTERM or SIGINT: the end is near
    std::function<void()> stop;    ///< drain_delay later: nothing new is begun
  };

  /// Answers until SIGTERM or SIGINT, then until what is under way is answered; a second signal
  /// ends the process at once.
  void run(Calls calls);

  /// As SIGTERM. Any thread may call it.
  void drain();

  std::size_t connections() const noexcept;
  std::size_t in_flight() const noexcept;
  std::size_t buffered_bytes() const noexcept;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace bcnet::serve
