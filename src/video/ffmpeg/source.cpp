#include "video/ffmpeg/source.h"

extern "C" {
#include <libavutil/display.h>
}
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "core/seconds.h"
#include "video/ffmpeg/devices.h"
#include "video/ffmpeg/handles.h"
#include "video/ffmpeg/planes.h"
#include "video/inputs.h"

namespace bcnet::video::ffmpeg {

namespace {

using Clock = std::chrono::steady_clock;

constexpr double usual_rate = 25;  ///< where a video does not say how many frames a second it has

struct CloseInput {
  void operator()(AVFormatContext* input) const { avformat_close_input(&input); }
};
using Input = std::unique_ptr<AVFormatContext, CloseInput>;

bool has_prefix(const std::string& name, std::string_view prefix) {
  return name.compare(0, prefix.size(), prefix) == 0;
}

class FfmpegSource : public Source {
 public:
  explicit FfmpegSource(const SourceOptions& options)
      : options_(options),
        kind_(input_kind(options.name)),
        name_(shown_name(options.name)),
        frame_(av_frame_alloc()),
        packet_(av_packet_alloc()) {
    open_input();
    choose_stream();
    open_codec();
    describe();
    read_first();
  }

  const SourceInfo& info() const override { return info_; }

  bool read(VideoFrame& frame) override {
    if (!first_waits_ && !decode()) {
      return false;
    }
    first_waits_ = false;
    try {
      take(frame);
    } catch (const Error& error) {
      throw Error(error.kind(), name_ + ": " + error.what());
    }
    av_frame_unref(frame_.get());
    return true;
  }

  std::string problem() const override {
    if (!stop_reason_.empty()) {
      return fmt::format("{}: ends after frame {}, {:.1f} s: {}", name_, number_, seconds_,
                         stop_reason_);
    }
    return damaged_ > 0 ? fmt::format("{}: {} damaged parts were left out", name_, damaged_) : "";
  }

 private:
  static int is_over(void* self) {
    const auto* source = static_cast<const FfmpegSource*>(self);
    return Clock::now() > source->deadline_ || source->options_.cancelled() ? 1 : 0;
  }

  void start_waiting() {
    deadline_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                   std::chrono::duration<double>(options_.timeout_s));
  }

  /// Why nothing came: FFmpeg's reason, or that it took too long.
  std::string why(int result) const {
    if (result == AVERROR_EXIT) {
      return options_.cancelled() ? "interrupted"
                                  : fmt::format("nothing came for {} s", options_.timeout_s);
    }
    return reason(result);
  }

  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(ErrorKind::data, name_ + ": " + what);
  }

  void open_input() {
    AVFormatContext* input = avformat_alloc_context();
    input->interrupt_callback = {is_over, this};
    AVDictionary* settings = nullptr;
    const AVInputFormat* format = nullptr;
    std::string name = options_.name;
    if (kind_ == InputKind::camera) {
      load_devices();
      format = av_find_input_format("v4l2");
    } else if (kind_ == InputKind::stream) {
      av_dict_set(&settings, "rtsp_transport", "tcp", 0);
      av_dict_set(&settings, "reconnect", "1", 0);  // what is live is opened anew: reconnect.h
      av_dict_set(&settings, "reconnect_delay_max", "2", 0);
    } else {
      name = "file:" + name;  // never a protocol, whatever its name
    }
    start_waiting();
    const int result = avformat_open_input(&input, name.c_str(), format, &settings);
    const std::unique_ptr<AVDictionary, FreeDictionary> unused(settings);
    if (result < 0) {  // it has freed the input
      if (result != AVERROR_INVALIDDATA) {
        refuse("cannot be opened: " + why(result));
      }
      refuse(kind_ == InputKind::stream ? "nothing comes that is a video"
                                        : "is no video, or its header is damaged");
    }
    input_.reset(input);
    start_waiting();
    if (const int found = avformat_find_stream_info(input, nullptr); found < 0) {
      refuse("its header is damaged: " + why(found));
    }
  }

  void choose_stream() {
    const AVCodec* decoder = nullptr;
    stream_index_ = av_find_best_stream(input_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, &decoder, 0);
    const bool is_cover = stream_index_ >= 0 && (input_->streams[stream_index_]->disposition &
                                                 AV_DISPOSITION_ATTACHED_PIC) != 0;
    if (stream_index_ == AVERROR_DECODER_NOT_FOUND) {
      refuse("no decoder for its video");
    }
    if (stream_index_ < 0 || is_cover) {
      refuse(av_find_best_stream(input_.get(), AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0) >= 0
                 ? "holds no video, only sound"
                 : "holds no video");
    }
    stream_ = input_->streams[stream_index_];
    decoder_ = decoder;
    for (unsigned i = 0; i < input_->nb_streams; ++i) {
      // Sound tells how far a file goes: check_length.
      if (static_cast<int>(i) != stream_index_ &&
          input_->streams[i]->codecpar->codec_type != AVMEDIA_TYPE_AUDIO) {
        input_->streams[i]->discard = AVDISCARD_ALL;
      }
    }
  }

  void open_codec() {
    codec_.reset(avcodec_alloc_context3(decoder_));
    avcodec_parameters_to_context(codec_.get(), stream_->codecpar);
    codec_->pkt_timebase = stream_->time_base;
    codec_->max_pixels = static_cast<std::int64_t>(options_.limits.max_pixels);
    codec_->thread_count = options_.threads;
    if (is_live()) {  // frames side by side would each wait for the others
      codec_->thread_type = FF_THREAD_SLICE;
      codec_->flags |= AV_CODEC_FLAG_LOW_DELAY;
    }
    if (const int result = avcodec_open2(codec_.get(), decoder_, nullptr); result < 0) {
      refuse(fmt::format("its video ({}) cannot be decoded: {}", decoder_->name, reason(result)));
    }
  }

  bool is_live() const {
    return kind_ == InputKind::camera ||
           (kind_ == InputKind::stream &&
            (!has_prefix(options_.name, "http") || input_->duration == AV_NOPTS_VALUE));
  }

  void describe() {
    info_.name = name_;
    info_.codec = avcodec_get_name(stream_->codecpar->codec_id);
    info_.live = is_live();
    const AVRational rate = av_guess_frame_rate(input_.get(), stream_, nullptr);
    const double mean = av_q2d(stream_->avg_frame_rate);
    const double guessed = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
    const auto plausible = [](double r) { return std::isfinite(r) && r > 0.1 && r <= 1000; };
    info_.frames_per_second = plausible(mean) ? mean : plausible(guessed) ? guessed : usual_rate;
    if (stream_->nb_frames > 0) {
      info_.frames = stream_->nb_frames;
    } else if (input_->duration > 0 && !info_.live) {
      info_.frames = static_cast<std::int64_t>(std::llround(
          static_cast<double>(input_->duration) / AV_TIME_BASE * info_.frames_per_second));
    }
    if (const auto* matrix = reinterpret_cast<const std::int32_t*>(
            av_stream_get_side_data(stream_, AV_PKT_DATA_DISPLAYMATRIX, nullptr))) {
      turn_ = turn_of(matrix);
    }
  }

  void read_first() {
    if (!decode()) {
      refuse(stop_reason_.empty()
                 ? damaged_ > 0 ? "none of its frames can be decoded" : "holds no frames"
                 : "no frame: " + stop_reason_);
    }
    first_waits_ = true;
    const auto lie = [&](const cv::Size& size) {
      return turn_.transpose ? cv::Size(size.height, size.width) : size;
    };
    info_.size = lie({frame_->width, frame_->height});
    if (options_.goes_on) {
      info_.size = options_.goes_on->size;
      number_ = options_.goes_on->frames - 1;
      seconds_ = seconds_since(options_.goes_on->begun);
    }
    stored_ = lie(info_.size);
    info_.interlaced = frame_->interlaced_frame != 0;
    const AVRational aspect = av_guess_sample_aspect_ratio(input_.get(), stream_, frame_.get());
    if (aspect.num > 0 && aspect.den > 0) {
      info_.sample_aspect =
          turn_.transpose ? cv::Size(aspect.den, aspect.num) : cv::Size(aspect.num, aspect.den);
    }
  }

  /// The next frame into frame_; false at the end.
  bool decode() {
    start_waiting();
    while (true) {
      const int result = avcodec_receive_frame(codec_.get(), frame_.get());
      if (result >= 0) {
        return true;
      }
      if (result == AVERROR_EOF) {
        check_length();
        return false;
      }
      if (result != AVERROR(EAGAIN)) {
        ++damaged_;  // the next packet may be whole
      }
      if (!feed()) {
        return false;
      }
    }
  }

  /// Seconds that the file says it lasts, and those that were there.
  struct Length {
    double declared = 0;
    double found = 0;
  };

  /// None where it only guesses.
  std::optional<Length> length() const {
    // Of AVI FFmpeg makes a duration of what is there.
    if (std::string_view(input_->iformat->name) == "avi" && stream_->nb_frames > 0) {
      return Length{static_cast<double>(stream_->nb_frames) / info_.frames_per_second, seconds_};
    }
    if (stream_->duration > 0) {
      return Length{static_cast<double>(stream_->duration) * av_q2d(stream_->time_base), seconds_};
    }
    if (input_->duration <= 0 || input_->duration_estimation_method != AVFMT_DURATION_FROM_STREAM) {
      return std::nullopt;
    }
    const double start = input_->start_time == AV_NOPTS_VALUE
                             ? 0
                             : static_cast<double>(input_->start_time) / AV_TIME_BASE;
    return Length{static_cast<double>(input_->duration) / AV_TIME_BASE, last_end_ - start};
  }

  /// The decoder has given its last frame: was it the video's?
  void check_length() {
    const auto said = length();
    if (!said || info_.live || !stop_reason_.empty() || options_.cancelled()) {
      return;
    }
    const double tolerance = std::max(1.0, 0.02 * said->declared) + last_duration_;
    if (said->found + tolerance < said->declared) {
      stop_reason_ = fmt::format("cut short: its header says {:.1f} s", said->declared);
    }
  }

  /// Gives the decoder the next packet, or the end; false where that was given before.
  bool feed() {
    if (flushed_) {
      return false;
    }
    while (true) {
      const int result = av_read_frame(input_.get(), packet_.get());
      if (result < 0) {
        note_end(result);
        flushed_ = true;
        avcodec_send_packet(codec_.get(), nullptr);
        return true;
      }
      if (packet_->pts != AV_NOPTS_VALUE) {
        const AVRational base = input_->streams[packet_->stream_index]->time_base;
        last_end_ = std::max(last_end_,
                             static_cast<double>(packet_->pts + packet_->duration) * av_q2d(base));
      }
      const bool ours = packet_->stream_index == stream_index_;
      if (ours) {
        ++packets_;
        if (avcodec_send_packet(codec_.get(), packet_.get()) < 0) {
          ++damaged_;
        }
      }
      av_packet_unref(packet_.get());
      if (ours) {
        return true;
      }
    }
  }

  void note_end(int result) {
    if (result != AVERROR_EOF) {
      stop_reason_ = result == AVERROR_EXIT || info_.live ? why(result)
                                                          : "cut short or damaged: " + why(result);
    } else if (input_->pb != nullptr && input_->pb->error < 0) {
      stop_reason_ = why(input_->pb->error);
    } else if (avformat_index_get_entries_count(stream_) > packets_) {
      stop_reason_ = fmt::format("cut short: its header says {} frames",
                                 avformat_index_get_entries_count(stream_));
    }
    if (options_.cancelled()) {
      stop_reason_.clear();
    }
  }

  void take(VideoFrame& frame) {
    frame.number = ++number_;
    frame.seconds = seconds_ = seconds_of_frame();
    converter_.convert(*frame_, stored_, frame.picture);
    if (turn_.transpose || turn_.mirror || turn_.flip) {
      orient(frame.picture, turn_.transpose, turn_.mirror, turn_.flip, turned_);
    }
  }

  /// Rising, whatever the time stamps do: a stream may begin anew in the middle.
  double seconds_of_frame() {
    const double usual = 1 / info_.frames_per_second;
    const bool is_first = !started_;
    started_ = true;
    const std::int64_t stamp = frame_->best_effort_timestamp;
    double seconds = is_first ? seconds_ : seconds_ + usual;
    if (stamp != AV_NOPTS_VALUE) {
      const double stamped = static_cast<double>(stamp) * av_q2d(stream_->time_base);
      if (is_first) {
        start_ = stamped - seconds;
      } else if (stamped - start_ <= seconds_) {
        start_ = stamped - seconds;
      }
      seconds = stamped - start_;
    }
    last_duration_ =
        std::max(usual, static_cast<double>(frame_->pkt_duration) * av_q2d(stream_->time_base));
    return seconds;
  }

  SourceOptions options_;
  InputKind kind_;
  std::string name_;
  SourceInfo info_;
  Input input_;
  AVStream* stream_ = nullptr;
  int stream_index_ = -1;
  const AVCodec* decoder_ = nullptr;
  Codec codec_;
  Frame frame_;
  Packet packet_;
  ToYuv converter_;
  Turn turn_;
  YuvImage turned_;
  cv::Size stored_;  ///< of every frame, before it is turned
  Clock::time_point deadline_;
  bool first_waits_ = false;
  bool started_ = false;  ///< a frame was given
  bool flushed_ = false;
  std::int64_t number_ = -1;
  std::int64_t packets_ = 0;
  std::int64_t damaged_ = 0;
  double start_ = 0;
  double seconds_ = 0;        ///< of the last frame
  double last_duration_ = 0;  ///< that it is shown
  double last_end_ = 0;       ///< of any packet, by the file's clock
  std::string stop_reason_;
};

}  // namespace

std::string reason(int result) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(result, text, sizeof text);
  text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

std::unique_ptr<Source> open_source(const SourceOptions& options) {
  return std::make_unique<FfmpegSource>(options);
}

bool is_video(const std::filesystem::path& file) {
  AVFormatContext* input = nullptr;
  const std::string name = "file:" + file.string();
  if (avformat_open_input(&input, name.c_str(), nullptr, nullptr) < 0) {
    return false;
  }
  const Input owner(input);
  // Text and single pictures are formats of FFmpeg's too.
  const std::string_view format = input->iformat->name;
  const auto ends_with = [&](std::string_view end) {
    return format.size() >= end.size() && format.substr(format.size() - end.size()) == end;
  };
  return format != "tty" && format != "image2" && !ends_with("_pipe") &&
         av_find_best_stream(input, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0) >= 0;
}

}  // namespace bcnet::video::ffmpeg
