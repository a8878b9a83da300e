#pragma once

#include <atomic>
#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <mutex>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "serve/http.h"
#include "serve/models.h"
#include "video/reconnect.h"

namespace bcnet::serve {

/// The newest picture for any number of watchers, as parts of a multipart/x-mixed-replace body.
/// Who is slow misses pictures and delays nobody. Thread-safe.
class PictureFeed : public std::enable_shared_from_this<PictureFeed> {
 public:
  static constexpr const char* content_type = "multipart/x-mixed-replace; boundary=picture";

  /// stands: it holds until the next one, for those who come later too.
  void publish(const std::vector<unsigned char>& jpeg, bool stands = false);
  /// Every watcher's body ends.
  void end();
  bool is_watched() const { return watchers_ > 0; }

  std::shared_ptr<BodyStream> watch();

 private:
  class Watcher;
  void next(std::int64_t& seen, BodyStream::Give give);

  std::mutex mutex_;
  std::shared_ptr<const std::string> newest_;
  std::int64_t number_ = 0;
  bool stands_ = false;  ///< the newest; else it is old where nobody watched
  bool ended_ = false;
  std::vector<std::pair<std::int64_t*, BodyStream::Give>> waiting_;
  std::atomic<int> watchers_{0};
};

/// Looks at a camera, an address or, again and again, a file, and shows what it sees with outlines
/// and frames a second. A source that fails is opened again after a while; until it is there its
/// watchers see that there is no signal, and since when.
class LiveSource {
 public:
  /// model: what to look with now.
  LiveSource(std::string name, std::function<std::shared_ptr<const Model>()> model);
  ~LiveSource();

  const std::shared_ptr<PictureFeed>& feed() const { return feed_; }
  /// No more pictures, for good.
  void stop();

 private:
  void run();
  /// One opening of the source, up to its end.
  void look();
  void show_loss();

  std::string name_;
  std::function<std::shared_ptr<const Model>()> model_;
  std::shared_ptr<PictureFeed> feed_ = std::make_shared<PictureFeed>();
  std::atomic<bool> stopping_{false};
  // Of the thread:
  video::Backoff backoff_;
  cv::Size size_{640, 360};  ///< of its pictures, once one was there
  std::optional<std::time_t> lost_;
  std::thread thread_;
};

}  // namespace bcnet::serve
