#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"

namespace bcnet::serve {

using Clock = std::chrono::steady_clock;

inline constexpr const char* json_type = "application/json";

struct Header {
  std::string name;  ///< in a request: lower case
  std::string value;
};

/// What a client asks for. No type of an HTTP library: whatever answers knows none.
struct Request {
  std::string method;  ///< "GET"
  std::string path;    ///< as sent, without the query
  std::string query;   ///< behind the '?', as sent
  std::vector<Header> headers;
  std::string body;            ///< freed when the answer is there
  std::size_t body_bytes = 0;  ///< of it, as they came
  std::string id;              ///< X-Request-Id: the client's, or one of our own
  std::string client;          ///< its address
  Clock::time_point begun;
  Clock::time_point deadline;  ///< by which the answer must be there
  /// The client has left: nobody reads the answer.
  std::shared_ptr<std::atomic<bool>> abandoned = std::make_shared<std::atomic<bool>>(false);

  /// The first header of this name in lower case; none where there is none.
  std::optional<std::string_view> header(std::string_view name) const;
};

/// Milliseconds of a part of a request's way, by its name in metrics and JSON.
using Phase = std::pair<const char*, double>;

/// A body whose end nobody knows, a part after the other.
class BodyStream {
 public:
  using Give = std::function<void(std::shared_ptr<const std::string> part)>;
  virtual ~BodyStream() = default;
  /// Gives the next part as soon as there is one, on any thread; null: the end. Once at a time.
  virtual void next(Give give) = 0;
};

struct Response {
  int status = 200;
  std::string content_type;
  std::vector<Header> headers;
  std::shared_ptr<const std::string> body;  ///< none: empty
  bool body_is_shared = false;              ///< with other answers: no memory of this one's
  std::shared_ptr<BodyStream> stream;       ///< in place of the body; the connection ends with it
  std::string route;          ///< "/v2/models/{name}": of the log and the metrics, no names
  std::vector<Phase> phases;  ///< of the metrics
};

/// Sends the answer; any thread may call it, once.
using Respond = std::function<void(Response)>;

/// What answers requests, behind whatever brings them in. Called on the thread that does all
/// reading and writing: none of it may wait.
class Handler {
 public:
  virtual ~Handler() = default;

  /// Sees a request without its body; an answer here is sent in place of reading that.
  virtual std::optional<Response> refuse(const Request& head) = 0;

  virtual void handle(std::shared_ptr<const Request> request, Respond respond) = 0;

  /// The last look at every answer before it is sent, also those that the server itself gives to
  /// what is no HTTP: headers that all have.
  virtual void finish(const Request& request, Response& response) = 0;

  /// An answer is sent, or its client is gone. milliseconds: since the request's first byte.
  virtual void sent(const Request& request, const Response& response, double milliseconds) = 0;
};

Response text_response(int status, std::string content_type, std::string body);

/// Every error has this one shape: {"error": message, "code": name of the status, "request_id": …}.
Response error_response(const Request& request, int status, const std::string& message);
/// The status that an Error stands for, with the message that strangers may read.
Response error_response(const Request& request, const Error& error);

/// "not_found" for 404: the `code` of errors.
const char* status_code_name(int status);

/// Bytes of a path or a query whose %XX are resolved; none where one of them is damaged or a byte
/// is a control character.
std::optional<std::string> percent_decoded(std::string_view text);

/// Values of a query in their order: "a=1&b" is {"a","1"}, {"b",""}; none where it is damaged.
std::optional<std::vector<std::pair<std::string, std::string>>> query_values(
    std::string_view query);

}  // namespace bcnet::serve
