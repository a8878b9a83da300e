#include "serve/http_server.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <exception>
#include <utility>

#include "core/error.h"
#include "serve/connection.h"

namespace bcnet::serve {

namespace net = boost::asio;
using tcp = net::ip::tcp;
using boost::system::error_code;

namespace {

/// Takes as many descriptors as the system lets this process have; gives how many connections fit.
std::size_t allowed_connections(std::size_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return wanted;
  }
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  constexpr rlim_t others = 64;  // files, libraries, the listening socket
  const rlim_t room = limit.rlim_cur > 2 * others ? limit.rlim_cur - others : others;
  return static_cast<std::size_t>(std::min<rlim_t>(wanted, room));
}

std::shared_ptr<net::ssl::context> make_tls(const HttpOptions& options) {
  if (options.tls_certificate.empty()) {
    return nullptr;
  }
  auto tls = std::make_shared<net::ssl::context>(net::ssl::context::tls_server);
  tls->set_options(net::ssl::context::default_workarounds | net::ssl::context::no_sslv2 |
                   net::ssl::context::no_sslv3 | net::ssl::context::no_tlsv1 |
                   net::ssl::context::no_tlsv1_1);
  const auto use = [](const char* flag, const std::filesystem::path& file, auto load) {
    error_code error;
    load(file.string(), error);
    if (error) {
      throw Error(ErrorKind::usage,
                  fmt::format("{}: {}: {}", flag, file.string(), error.message()));
    }
  };
  use("--tls-cert", options.tls_certificate, [&](const std::string& file, error_code& error) {
    tls->use_certificate_chain_file(file, error);
  });
  use("--tls-key", options.tls_key, [&](const std::string& file, error_code& error) {
    tls->use_private_key_file(file, net::ssl::context::pem, error);
  });
  return tls;
}

}  // namespace

class HttpServer::Implementation {
 public:
  Implementation(const HttpOptions& options, Handler& handler)
      : options_(options),
        shared_(options_, handler),
        context_(1),
        acceptor_(context_),
        retry_(context_),
        drain_timer_(context_),
        stop_signals_(context_, SIGTERM, SIGINT),
        reload_signal_(context_, SIGHUP),
        tls_(make_tls(options_)),
        most_connections_(allowed_connections(options_.max_connections)) {
    shared_.on_change = [this] { finish(); };
    listen();
  }

  ~Implementation() {
    shared_.on_change = [] {};
  }

  int port() const { return acceptor_.local_endpoint().port(); }

  void run(Calls calls) {
    calls_ = std::move(calls);
    stop_signals_.async_wait([this](error_code error, int /*signal*/) {
      if (!error) {
        drain();
      }
    });
    wait_for_reload();
    accept();
    run_context();
  }

  void post_drain() {
    net::post(context_, [this] { drain(); });
  }

  const Shared& shared() const { return shared_; }

 private:
  /// What a client's request throws, for lack of memory, ends that client's connection alone.
  void run_context() {
    for (bool ended = false; !ended;) {
      try {
        context_.run();
        ended = true;
      } catch (const std::exception& error) {
        spdlog::error("a connection is dropped: {}", error.what());
      }
    }
  }

  void listen() {
    error_code error;
    const auto address =
        net::ip::make_address(options_.host == "localhost" ? "127.0.0.1" : options_.host, error);
    if (error) {
      throw Error(ErrorKind::usage,
                  fmt::format("--host: found '{}', an IP address is expected", options_.host));
    }
    const tcp::endpoint endpoint(address, static_cast<unsigned short>(options_.port));
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(net::socket_base::reuse_address(true));
    acceptor_.bind(endpoint, error);
    if (!error) {
      acceptor_.listen(net::socket_base::max_listen_connections, error);
    }
    if (error) {
      throw Error(ErrorKind::io, fmt::format("{}:{}: cannot be listened on: {}", options_.host,
                                             options_.port, error.message()));
    }
  }

  void wait_for_reload() {
    reload_signal_.async_wait([this](error_code error, int /*signal*/) {
      if (error) {
        return;
      }
      try {
        tls_ = make_tls(options_);  // a renewed certificate
      } catch (const Error& problem) {
        spdlog::error("{}; the certificate before stays", problem.what());
      }
      calls_.reload();
      wait_for_reload();
    });
  }

  void accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (error == net::error::operation_aborted || !acceptor_.is_open()) {
        return;
      }
      if (!error) {
        take(std::move(socket));
        return accept();
      }
      // No descriptor or no memory for it: the one that waits longest makes room.
      drop_idle();
      constexpr std::chrono::milliseconds pause{50};
      retry_.expires_after(pause);
      retry_.async_wait([this](error_code stopped) {
        if (!stopped) {
          accept();
        }
      });
    });
  }

  void take(tcp::socket socket) {
    if (shared_.connections >= most_connections_ && !drop_idle()) {
      return;  // all are busy: this one is closed
    }
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    start_connection(std::move(socket), tls_, shared_);
  }

  bool drop_idle() {
    if (shared_.idle.empty()) {
      return false;
    }
    Connection* longest = shared_.idle.front();
    shared_.idle.splice(shared_.idle.end(), shared_.idle, shared_.idle.begin());
    longest->close();
    return true;
  }

  void drain() {
    if (draining_) {
      return;
    }
    draining_ = true;
    shared_.closing = true;
    // From here on a signal ends the process as if nobody had asked for it.
    stop_signals_.clear();
    stop_signals_.cancel();
    std::signal(SIGTERM, SIG_DFL);
    std::signal(SIGINT, SIG_DFL);
    calls_.drain();
    drain_timer_.expires_after(options_.drain_delay);
    drain_timer_.async_wait([this](error_code /*error*/) { stop(); });
  }

  void stop() {
    calls_.stop();
    stopping_ = true;
    drain_timer_.expires_after(options_.drain_timeout);
    drain_timer_.async_wait([this](error_code error) {
      if (!error) {
        context_.stop();
      }
    });
    finish();
  }

  /// Once nothing is under way: whoever only waits is left. The context runs until the last client
  /// has its answer.
  void finish() {
    if (stopping_ && !finished_ && shared_.in_flight == 0) {
      finished_ = true;
      error_code ignored;
      acceptor_.close(ignored);
      reload_signal_.cancel(ignored);
      retry_.cancel();
      for (Connection* connection : shared_.idle) {
        connection->close();
      }
    }
    if (finished_ && shared_.connections == 0) {
      drain_timer_.cancel();
    }
  }

  HttpOptions options_;
  Shared shared_;
  net::io_context context_;
  tcp::acceptor acceptor_;
  net::steady_timer retry_;
  net::steady_timer drain_timer_;
  net::signal_set stop_signals_;
  net::signal_set reload_signal_;
  std::shared_ptr<net::ssl::context> tls_;
  std::size_t most_connections_;
  Calls calls_;
  bool draining_ = false;
  bool stopping_ = false;
  bool finished_ = false;
};

HttpServer::HttpServer(const HttpOptions& options, Handler& handler)
    : implementation_(std::make_unique<Implementation>(options, handler)) {}

HttpServer::~HttpServer() = default;

int HttpServer::port() const { return implementation_->port(); }

void HttpServer::run(Calls calls) { implementation_->run(std::move(calls)); }

void HttpServer::drain() { implementation_->post_drain(); }

std::size_t HttpServer::connections() const noexcept {
  return implementation_->shared().connections;
}
std::size_t HttpServer::in_flight() const noexcept { return implementation_->shared().in_flight; }
std::size_t HttpServer::buffered_bytes() const noexcept {
  return implementation_->shared().buffered_bytes;
}

}  // namespace bcnet::serve
