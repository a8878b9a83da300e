#include "serve/connection.h"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <optional>
#include <type_traits>
#include <utility>

#include "core/lower_case.h"
#include "serve/access_log.h"

namespace bcnet::serve {

namespace beast = boost::beast;
namespace http = beast::http;
namespace net = boost::asio;
using tcp = net::ip::tcp;
using boost::system::error_code;

namespace {

/// A request's body in one piece, which grows with what has really come: a Content-Length takes no
/// memory. All bodies together, those of answers too, stay within a limit.
struct BufferedBody {
  struct value_type {
    std::string bytes;
    std::atomic<std::size_t>* counted = nullptr;  ///< of all bodies
    std::size_t most = 0;                         ///< of all bodies
    bool refused = false;                         ///< there was no room

    ~value_type() { release(); }
    void release() {
      if (counted != nullptr) {
        *counted -= bytes.size();
        counted = nullptr;
      }
    }
  };

  class reader {
   public:
    template <bool is_request, class Fields>
    reader(http::header<is_request, Fields>& /*header*/, value_type& body) : body_(body) {}

    void init(const boost::optional<std::uint64_t>& /*length*/, error_code& error) { error = {}; }

    template <class Buffers>
    std::size_t put(const Buffers& buffers, error_code& error) {
      const std::size_t size = net::buffer_size(buffers);
      if (*body_.counted + size > body_.most) {
        body_.refused = true;
        error = http::error::body_limit;
        return 0;
      }
      for (const net::const_buffer piece : beast::buffers_range_ref(buffers)) {
        body_.bytes.append(static_cast<const char*>(piece.data()), piece.size());
        *body_.counted += piece.size();  // once it is kept: no more is given back
      }
      error = {};
      return size;
    }

    void finish(error_code& error) { error = {}; }

   private:
    value_type& body_;
  };
};

using Parser = http::request_parser<BufferedBody>;
using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

template <class Stream>
class Session : public Connection, public std::enable_shared_from_this<Session<Stream>> {
  static constexpr bool with_tls = std::is_same_v<Stream, TlsStream>;

 public:
  Session(tcp::socket socket, std::shared_ptr<net::ssl::context> tls, Shared& shared)
      : shared_(shared),
        tls_(std::move(tls)),
        stream_(make_stream(std::move(socket), tls_.get())),
        timer_(stream_.get_executor()) {
    ++shared_.connections;
    error_code error;
    client_ =
        beast::get_lowest_layer(stream_).socket().remote_endpoint(error).address().to_string();
  }

  ~Session() override {
    leave_idle();
    if (in_flight_) {  // it was not answered: there was no memory for that
      --shared_.in_flight;
      shared_.buffered_bytes -= counted_;
    }
    --shared_.connections;
    shared_.on_change();
  }

  void start() {
    if constexpr (with_tls) {
      within(shared_.options.header_timeout);
      stream_.async_handshake(net::ssl::stream_base::server,
                              [self = this->shared_from_this()](error_code error) {
                                if (!error) {
                                  self->wait();
                                }
                              });
    } else {
      wait();
    }
  }

  void close() override {
    error_code ignored;
    beast::get_lowest_layer(stream_).socket().close(ignored);
  }

 private:
  static Stream make_stream(tcp::socket socket, net::ssl::context* tls) {
    if constexpr (with_tls) {
      return Stream(std::move(socket), *tls);
    } else {
      static_cast<void>(tls);
      return Stream(std::move(socket));
    }
  }

  /// What is read or written next is over by then, and with it the connection.
  template <class Duration>
  void within(Duration time) {
    timer_.cancel();
    beast::get_lowest_layer(stream_).expires_after(time);
  }

  /// What is read next is given up by then, and the client is told so: the stream's own deadlines
  /// close it.
  void arrive_within(std::chrono::seconds time) {
    beast::get_lowest_layer(stream_).expires_never();
    timer_.expires_after(time);
    timer_.async_wait([weak = this->weak_from_this()](error_code error) {
      const auto self = weak.lock();
      if (!error && self && self->timer_.expiry() <= Clock::now()) {
        self->late_ = true;
        beast::get_lowest_layer(self->stream_).cancel();
      }
    });
  }

  void arrived() {
    timer_.expires_at(Clock::time_point::max());
    late_ = false;
  }

  void enter_idle() {
    if (!idle_) {
      idle_ = shared_.idle.insert(shared_.idle.end(), this);
    }
  }

  void leave_idle() {
    if (idle_) {
      shared_.idle.erase(*idle_);
      idle_.reset();
    }
  }

  /// Until the next request begins.
  void wait() {
    request_.reset();
    response_ = {};
    parser_.emplace();
    parser_->header_limit(shared_.options.max_header_bytes);
    parser_->body_limit(shared_.options.max_body_bytes);
    auto& body = parser_->get().body();
    body.counted = &shared_.buffered_bytes;
    body.most = shared_.options.max_buffered_bytes;
    begun_ = {};
    late_ = false;
    if (buffer_.size() == 0) {
      buffer_ = beast::flat_buffer();  // an idle client keeps none of what its last request took
      enter_idle();
      within(shared_.options.idle_timeout);
      return read();
    }
    begin();
    parse();
  }

  void begin() {
    begun_ = Clock::now();
    leave_idle();
    arrive_within(shared_.options.header_timeout);
  }

  /// Takes what has come as far as it goes, and reads on where that is not all.
  void parse() {
    while (buffer_.size() > 0 && !parser_->is_done()) {
      error_code error;
      buffer_.consume(parser_->put(buffer_.data(), error));
      if (error == http::error::need_more) {
        break;
      }
      if (error) {
        return read_failed(error);
      }
      if (!request_ && parser_->is_header_done()) {
        return head_read();
      }
    }
    if (parser_->is_done()) {
      return handle();
    }
    read();
  }

  void read() {
    // An idle client's buffer is small, a body is read in large pieces.
    constexpr std::size_t for_head = 1024, for_body = 65536;
    stream_.async_read_some(buffer_.prepare(request_ ? for_body : for_head),
                            [self = this->shared_from_this()](error_code error, std::size_t bytes) {
                              self->leave_idle();
                              self->buffer_.commit(bytes);
                              if (self->begun_ == Clock::time_point{} && bytes > 0) {
                                self->begin();
                              }
                              if (error) {
                                self->read_failed(error);
                              } else {
                                self->parse();
                              }
                            });
  }

  void head_read() {
    make_request();
    const auto& message = parser_->get();
    if (message.version() >= 11 && message.count(http::field::host) != 1) {
      return refuse(error_response(*request_, 400, "Host: one such header is expected"));
    }
    if (message.count(http::field::content_length) > 0 && parser_->chunked()) {
      return refuse(error_response(*request_, 400,
                                   "Content-Length and Transfer-Encoding exclude each other"));
    }
    if (auto refused = shared_.handler.refuse(*request_)) {
      return refuse(std::move(*refused), parser_->is_done() && parser_->keep_alive());
    }
    arrive_within(shared_.options.body_timeout);
    const auto expected = message.find(http::field::expect);
    if (expected == message.end() || parser_->is_done()) {
      return parse();
    }
    if (!beast::iequals(expected->value(), "100-continue")) {
      return refuse(error_response(*request_, 417, "Expect: 100-continue alone is allowed"));
    }
    static const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    net::async_write(stream_, net::buffer(go_on),
                     [self = this->shared_from_this()](error_code error, std::size_t /*bytes*/) {
                       if (!error) {
                         self->parse();
                       }
                     });
  }

  /// Of what can be answered, the client is told what was wrong.
  void read_failed(error_code error) {
    const bool refused = parser_->get().body().refused;
    if (begun_ == Clock::time_point{}) {
      return finish_stream();  // it left between two requests, or said nothing
    }
    make_request();
    if (late_) {
      return refuse(error_response(*request_, 408, "the request took too long to arrive"));
    }
    if (refused) {
      return refuse(error_response(*request_, 503, "too many bodies at a time, try again later"));
    }
    if (error == http::error::body_limit) {
      return refuse(error_response(*request_, 413, "the body is too large"));
    }
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
      return refuse(error_response(*request_, 431, "the head of the request is too large"));
    }
    if (error == net::error::eof) {
      return refuse(error_response(*request_, 400, "the request is not whole"));
    }
    if (error.category() == http::make_error_code(http::error::need_more).category()) {
      return refuse(error_response(*request_, 400, "this is no HTTP/1.1 request"));
    }
    finish_stream();
  }

  void make_request() {
    if (request_) {
      return;
    }
    request_ = std::make_shared<Request>();
    const auto& message = parser_->get();
    request_->method = std::string(message.method_string());
    const std::string target(message.target());
    const auto question = std::min(target.find('?'), target.size());
    request_->path = target.substr(0, question);
    request_->query = target.substr(std::min(question + 1, target.size()));
    for (const auto& field : message) {
      const auto name = field.name_string();
      request_->headers.push_back(
          {lower_case({name.data(), name.size()}), std::string(field.value())});
    }
    request_->id = request_id(request_->header("x-request-id"));
    request_->client = client_;
    request_->begun = begun_;
    request_->deadline = Clock::now() + shared_.options.answer_timeout;
  }

  void handle() {
    auto& body = parser_->get().body();
    request_->body = std::move(body.bytes);
    counted_ = request_->body_bytes = request_->body.size();
    body.counted = nullptr;  // counted until the answer is there
    request_->deadline = Clock::now() + shared_.options.answer_timeout;
    in_flight_ = true;
    ++shared_.in_flight;
    arrived();
    watch();
    // Whoever answers on another thread keeps nothing of the session behind: it ends on this one.
    const auto box = std::make_shared<std::shared_ptr<Session>>(this->shared_from_this());
    shared_.handler.handle(request_, [box](Response response) {
      auto self = std::exchange(*box, nullptr);
      const auto executor = self->stream_.get_executor();
      net::post(executor, [self = std::move(self), response = std::move(response)]() mutable {
        self->send(std::move(response), self->parser_->keep_alive());
      });
    });
  }

  /// Notices a client that leaves before its answer: that need not be computed. One that has closed
  /// its sending side alone counts as such, as it does to other servers.
  void watch() {
    auto& socket = beast::get_lowest_layer(stream_).socket();
    socket.async_wait(
        tcp::socket::wait_read, [weak = this->weak_from_this(),
                                 asked = std::weak_ptr<Request>(request_)](error_code error) {
          const auto self = weak.lock();
          const auto request = asked.lock();
          if (error || !self || !request || self->request_ != request || !self->in_flight_) {
            return;
          }
          char next = 0;
          error_code gone;
          auto& readable = beast::get_lowest_layer(self->stream_).socket();
          readable.non_blocking(true, gone);  // of calls like the next; async ones never wait
          const std::size_t bytes =
              readable.receive(net::buffer(&next, 1), tcp::socket::message_peek, gone);
          *request->abandoned = gone != net::error::would_block && (gone || bytes == 0);
        });
  }

  /// Answers without (the rest of) the request.
  void refuse(Response response, bool keep_alive = false) {
    if (!in_flight_) {
      in_flight_ = true;
      ++shared_.in_flight;
    }
    arrived();
    send(std::move(response), keep_alive);
  }

  /// From here on the answer's body is what this request keeps in memory, for as long as its client
  /// takes to read it. What was computed and finds no room beside the others' is given up.
  void count(Response& response) {
    std::string().swap(request_->body);
    shared_.buffered_bytes -= std::exchange(counted_, 0);
    const auto size = [&] {
      return response.body && !response.body_is_shared ? response.body->size() : 0;
    };
    const std::size_t others = shared_.buffered_bytes;
    if (request_->body_bytes > 0 && others > 0 &&
        others + size() > shared_.options.max_buffered_bytes) {
      response = error_response(*request_, 503, "too many answers at a time, try again later");
    }
    counted_ = size();
    shared_.buffered_bytes += counted_;
  }

  void send(Response response, bool keep_alive) {
    count(response);
    shared_.handler.finish(*request_, response);
    response_ = std::move(response);
    keep_alive_ = keep_alive && !shared_.closing && !response_.stream;
    const bool head_only =
        request_->method == "HEAD" || response_.status == 304 || response_.status == 204;
    const std::string_view body =
        response_.body ? std::string_view(*response_.body) : std::string_view();
    message_.emplace();
    message_->version(11);
    message_->result(static_cast<unsigned>(response_.status));
    for (const Header& header : response_.headers) {
      message_->insert(header.name, header.value);
    }
    if (!response_.content_type.empty()) {
      message_->set(http::field::content_type, response_.content_type);
    }
    if (response_.status != 204 && response_.status != 304 && !response_.stream) {
      message_->content_length(body.size());
    }
    message_->keep_alive(keep_alive_);
    message_->body() = {head_only ? nullptr : body.data(), head_only ? 0 : body.size()};
    serializer_.emplace(*message_);
    within(std::max<Clock::duration>(request_->deadline - Clock::now(), std::chrono::seconds(1)));
    if (response_.stream && !head_only) {
      return http::async_write_header(
          stream_, *serializer_,
          [self = this->shared_from_this()](error_code error, std::size_t /*bytes*/) {
            self->part_sent(error);
          });
    }
    http::async_write(stream_, *serializer_,
                      [self = this->shared_from_this()](error_code error, std::size_t /*bytes*/) {
                        self->sent(error);
                      });
  }

  /// A part of a stream, or the head, is sent: waits for the next one.
  void part_sent(error_code error) {
    if (error) {
      return sent(error);
    }
    beast::get_lowest_layer(stream_).expires_never();
    // As in handle(): the session ends on its own thread.
    const auto box = std::make_shared<std::shared_ptr<Session>>(this->shared_from_this());
    response_.stream->next([box](std::shared_ptr<const std::string> part) {
      auto self = std::exchange(*box, nullptr);
      const auto executor = self->stream_.get_executor();
      net::post(executor, [self = std::move(self), part = std::move(part)]() mutable {
        self->send_part(std::move(part));
      });
    });
  }

  void send_part(std::shared_ptr<const std::string> part) {
    if (part == nullptr || shared_.closing) {
      return sent({});
    }
    part_ = std::move(part);
    within(shared_.options.answer_timeout);
    net::async_write(stream_, net::buffer(*part_),
                     [self = this->shared_from_this()](error_code error, std::size_t /*bytes*/) {
                       self->part_sent(error);
                     });
  }

  void sent(error_code error) {
    const double milliseconds =
        std::chrono::duration<double, std::milli>(Clock::now() - request_->begun).count();
    shared_.handler.sent(*request_, response_, milliseconds);
    shared_.buffered_bytes -= counted_;
    counted_ = 0;
    in_flight_ = false;
    --shared_.in_flight;
    serializer_.reset();
    message_.reset();
    shared_.on_change();
    if (error) {
      return;
    }
    if (keep_alive_ && !shared_.closing) {
      return wait();
    }
    finish_stream();
  }

  /// Closes so that the client gets all that was sent: what it is still sending is read and thrown
  /// away for a while, or the kernel would reset the connection under the answer.
  void finish_stream() {
    request_.reset();
    response_ = {};
    parser_.reset();
    buffer_ = beast::flat_buffer();
    constexpr std::chrono::seconds patience{2};
    within(patience);
    if constexpr (with_tls) {
      stream_.async_shutdown([self = this->shared_from_this()](error_code /*error*/) {});
    } else {
      error_code ignored;
      stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
      discard();
    }
  }

  void discard() {
    constexpr std::size_t piece = 16384;
    stream_.async_read_some(buffer_.prepare(piece), [self = this->shared_from_this()](
                                                        error_code error, std::size_t /*bytes*/) {
      if (!error) {
        self->discard();
      }
    });
  }

  Shared& shared_;
  std::shared_ptr<net::ssl::context> tls_;
  Stream stream_;
  std::string client_;
  net::steady_timer timer_;
  bool late_ = false;
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::optional<std::list<Connection*>::iterator> idle_;
  Clock::time_point begun_;
  std::shared_ptr<Request> request_;
  std::size_t counted_ = 0;  ///< of shared_.buffered_bytes: the body, then the answer's
  bool in_flight_ = false;
  bool keep_alive_ = false;
  Response response_;
  std::shared_ptr<const std::string> part_;  ///< of a stream, being sent
  std::optional<http::response<http::span_body<const char>>> message_;
  std::optional<http::response_serializer<http::span_body<const char>>> serializer_;
};

}  // namespace

void start_connection(tcp::socket socket, std::shared_ptr<net::ssl::context> tls, Shared& shared) {
  if (tls) {
    std::make_shared<Session<TlsStream>>(std::move(socket), std::move(tls), shared)->start();
  } else {
    std::make_shared<Session<PlainStream>>(std::move(socket), nullptr, shared)->start();
  }
}

}  // namespace bcnet::serve
