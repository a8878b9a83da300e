#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <list>
#include <memory>

#include "serve/http.h"
#include "serve/options.h"

namespace bcnet::serve {

class Connection;

/// What the connections of a server share; on its thread, but for the counters.
struct Shared {
  Shared(const HttpOptions& the_options, Handler& the_handler)
      : options(the_options), handler(the_handler) {}

  const HttpOptions& options;
  Handler& handler;
  bool closing = false;  ///< every answer is the last one of its connection
  /// Connections between two requests, the longest waiting first: they make room for new ones.
  std::list<Connection*> idle;
  std::function<void()> on_change = [] {};  ///< a request or a connection has ended
  std::atomic<std::size_t> connections{0};
  std::atomic<std::size_t> in_flight{0};
  std::atomic<std::size_t> buffered_bytes{0};
};

/// One client, until it or we close. It lives as long as something of it is under way.
class Connection {
 public:
  virtual ~Connection() = default;
  /// Drops the client at once.
  virtual void close() = 0;
};

/// tls: none for plain HTTP. The context lives as long as the connection.
void start_connection(boost::asio::ip::tcp::socket socket,
                      std::shared_ptr<boost::asio::ssl::context> tls, Shared& shared);

}  // namespace bcnet::serve
