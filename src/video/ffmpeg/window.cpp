#include "video/ffmpeg/window.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <future>
#include <mutex>
#include <opencv2/core.hpp>
#include <string>
#include <thread>
#include <utility>

#include "core/error.h"
#include "image/yuv.h"
#include "video/ffmpeg/devices.h"
#include "video/ffmpeg/handles.h"

namespace bcnet::video::ffmpeg {

namespace {

using Clock = std::chrono::steady_clock;

constexpr double most_width = 1280;  // of a picture in the window, pixels; the user may enlarge it
constexpr double most_height = 800;
constexpr auto least_time = std::chrono::milliseconds(15);  // between two pictures
constexpr auto most_time =
    std::chrono::milliseconds(15);  // between two looks at what the user does

/// With square pixels.
cv::Size shown_size(const SourceInfo& source) {
  const double width = static_cast<double>(source.size.width) * source.sample_aspect.width /
                       source.sample_aspect.height;
  const double scale = std::min({1.0, most_width / width, most_height / source.size.height});
  return {std::max(1, cvRound(scale * width)), std::max(1, cvRound(scale * source.size.height))};
}

/// Without these words SDL, which the window is made by, is content with drivers that show nothing.
void ask_for_a_screen() {
  const auto is_set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
  };
  if (!is_set("SDL_VIDEODRIVER")) {
    if (!is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY")) {
      throw Error(ErrorKind::io,
                  "--show needs a screen: neither DISPLAY nor WAYLAND_DISPLAY says where one is");
    }
    ::setenv("SDL_VIDEODRIVER", "x11,wayland", 1);
  }
}

/// FFmpeg's device for it writes to a window as to a file. All of its calls are one thread's.
class DeviceWindow : public Window {
 public:
  explicit DeviceWindow(const SourceInfo& source)
      : title_("bcnet: " + source.name), size_(shown_size(source)), packet_(av_packet_alloc()) {
    ask_for_a_screen();
    load_devices();
    std::promise<int> opened;
    std::future<int> outcome = opened.get_future();
    thread_ = std::thread([this, opened = std::move(opened)]() mutable { run(opened); });
    if (outcome.get() < 0) {
      thread_.join();
      throw Error(ErrorKind::io,
                  fmt::format("--show: no window can be opened on this screen (DISPLAY={})",
                              std::getenv("DISPLAY") == nullptr ? "" : std::getenv("DISPLAY")));
    }
  }

  ~DeviceWindow() override {
    closed_ = true;
    thread_.join();
  }
  DeviceWindow(const DeviceWindow&) = delete;
  DeviceWindow& operator=(const DeviceWindow&) = delete;

  void take(FoundFrame& frame) override {
    const auto now = Clock::now();
    if (closed_ || now - taken_ < least_time) {  // nobody would see it
      return;
    }
    taken_ = now;
    resize_yuv(view_of(frame.frame.picture), size_.width, size_.height, buffers_, rgb_);
    const std::lock_guard lock(mutex_);
    cv::swap(rgb_, newest_);
    changed_.notify_one();
  }
  void finish() override {}

  bool closed() const override { return closed_; }

 private:
  void run(std::promise<int>& opened) {
    int result = open();
    opened.set_value(result);
    cv::Mat shown;
    while (result >= 0 && !closed_) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, most_time, [this] { return !newest_.empty(); });
        if (!newest_.empty()) {
          newest_.copyTo(shown);
          newest_.release();
        }
      }
      result = show(shown);
    }
    closed_ = true;
    if (output_ != nullptr) {
      av_write_trailer(output_.get());
      output_.reset();
    }
  }

  int open() {
    AVFormatContext* output = nullptr;
    if (const int made = avformat_alloc_output_context2(&output, nullptr, "sdl2", title_.c_str());
        made < 0) {
      return made;
    }
    std::unique_ptr<AVFormatContext, FreeOutput> owner(output);
    AVCodecParameters* what = avformat_new_stream(output, nullptr)->codecpar;
    what->codec_type = AVMEDIA_TYPE_VIDEO;
    what->codec_id = AV_CODEC_ID_RAWVIDEO;
    what->format = AV_PIX_FMT_RGB24;
    what->width = size_.width;
    what->height = size_.height;
    if (const int begun = avformat_write_header(output, nullptr); begun < 0) {
      return begun;
    }
    output_ = std::move(owner);
    return show(cv::Mat::zeros(size_, CV_8UC3));
  }

  /// Shows it, again where it is the one before, and looks at what the user does.
  int show(const cv::Mat& picture) {
    if (picture.empty()) {
      return 0;
    }
    packet_->data = picture.data;
    packet_->size = static_cast<int>(picture.total() * picture.elemSize());
    return av_write_frame(output_.get(), packet_.get());
  }

  struct FreeOutput {
    void operator()(AVFormatContext* output) const { avformat_free_context(output); }
  };

  std::string title_;
  cv::Size size_;
  Packet packet_;
  std::unique_ptr<AVFormatContext, FreeOutput> output_;
  YuvBuffers buffers_;
  cv::Mat rgb_;
  Clock::time_point taken_;
  std::mutex mutex_;
  std::condition_variable changed_;
  cv::Mat newest_;  ///< that was not shown yet
  std::atomic<bool> closed_{false};
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Window> open_window(const SourceInfo& source) {
  return std::make_unique<DeviceWindow>(source);
}

}  // namespace bcnet::video::ffmpeg
