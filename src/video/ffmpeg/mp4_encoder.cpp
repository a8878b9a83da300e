#include "video/ffmpeg/mp4_encoder.h"

extern "C" {
#include <libavutil/opt.h>
}
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "video/ffmpeg/handles.h"

namespace bcnet::video::ffmpeg {

namespace {

constexpr int ticks_per_second = 90000;

/// Without a name H.264 where this FFmpeg has it, or else what every FFmpeg has.
const AVCodec* find_codec(const std::string& name = {}) {
  if (!name.empty()) {
    return avcodec_find_encoder_by_name(name.c_str());
  }
  const AVCodec* h264 = avcodec_find_encoder_by_name("libx264");
  return h264 != nullptr ? h264 : avcodec_find_encoder(AV_CODEC_ID_MPEG4);
}

struct CloseOutput {
  void operator()(AVFormatContext* output) const {
    avio_closep(&output->pb);
    avformat_free_context(output);
  }
};

cv::Size even(const cv::Size& size) {
  return {size.width + size.width % 2, size.height + size.height % 2};
}

AVColorSpace color_space(YuvMatrix matrix) {
  switch (matrix) {
    case YuvMatrix::bt601:
      return AVCOL_SPC_SMPTE170M;
    case YuvMatrix::bt2020:
      return AVCOL_SPC_BT2020_NCL;
    case YuvMatrix::bt709:
      break;
  }
  return AVCOL_SPC_BT709;
}

class Mp4Encoder : public Encoder {
 public:
  explicit Mp4Encoder(const EncoderOptions& options)
      : options_(options),
        size_(even(options.size)),
        frame_(av_frame_alloc()),
        packet_(av_packet_alloc()) {}

  void write(const YuvImage& picture, double seconds) override {
    if (output_ == nullptr) {
      open(picture);
    }
    const auto now = static_cast<std::int64_t>(std::llround(seconds * codec_->time_base.den));
    const std::int64_t time = std::max(last_ + 1, now);
    last_ = time;
    fill(picture);
    frame_->pts = time;
    check(avcodec_send_frame(codec_.get(), frame_.get()));
    write_packets();
  }

  void finish() override {
    if (output_ == nullptr) {
      return;
    }
    check(avcodec_send_frame(codec_.get(), nullptr));
    write_packets();
    check(av_write_trailer(output_.get()));
    check(avio_closep(&output_->pb));
  }

 private:
  void check(int result) const {
    if (result < 0) {
      throw Error(ErrorKind::io,
                  fmt::format("{}: cannot be written: {}", options_.file.string(), reason(result)));
    }
  }

  void open(const YuvImage& first) {
    AVFormatContext* output = nullptr;
    const std::string file = "file:" + options_.file.string();
    check(avformat_alloc_output_context2(&output, nullptr, "mp4", file.c_str()));
    std::unique_ptr<AVFormatContext, CloseOutput> owner(output);
    output->flags |= AVFMT_FLAG_FLUSH_PACKETS;  // a fragment is in the file once it is whole
    open_codec(first);
    stream_ = avformat_new_stream(output, nullptr);
    check(avcodec_parameters_from_context(stream_->codecpar, codec_.get()));
    stream_->time_base = codec_->time_base;
    stream_->avg_frame_rate = codec_->framerate;
    stream_->sample_aspect_ratio = codec_->sample_aspect_ratio;
    check(avio_open(&output->pb, file.c_str(), AVIO_FLAG_WRITE));
    AVDictionary* settings = nullptr;
    av_dict_set(&settings, "movflags", "frag_keyframe+empty_moov+default_base_moof", 0);
    const int result = avformat_write_header(output, &settings);
    av_dict_free(&settings);
    check(result);
    output_ = std::move(owner);
  }

  void open_codec(const YuvImage& first) {
    const AVCodec* codec = find_codec(options_.codec);
    if (codec == nullptr) {
      throw Error(ErrorKind::io, "this FFmpeg writes neither H.264 nor MPEG-4");
    }
    codec_.reset(avcodec_alloc_context3(codec));
    const AVRational rate = av_d2q(options_.frames_per_second, ticks_per_second);
    codec_->width = size_.width;
    codec_->height = size_.height;
    codec_->pix_fmt = AV_PIX_FMT_YUV420P;
    // MPEG-4 counts in at most 65535 parts of a second.
    codec_->time_base = {1, codec->id == AV_CODEC_ID_MPEG4 ? 60000 : ticks_per_second};
    codec_->framerate = rate;
    codec_->sample_aspect_ratio = {options_.sample_aspect.width, options_.sample_aspect.height};
    codec_->color_range = first.full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    codec_->colorspace = color_space(first.matrix);
    codec_->gop_size =
        std::clamp(static_cast<int>(std::lround(options_.frames_per_second)), 1, 120);
    codec_->max_b_frames = 0;  // a frame is written when it comes
    codec_->thread_count = options_.threads;
    codec_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    if (codec->id == AV_CODEC_ID_H264) {
      av_opt_set(codec_->priv_data, "preset", "superfast", 0);
      av_opt_set(codec_->priv_data, "crf", "23", 0);
    } else {
      codec_->flags |= AV_CODEC_FLAG_QSCALE;
      codec_->global_quality = 4 * FF_QP2LAMBDA;
    }
    check(avcodec_open2(codec_.get(), codec, nullptr));
  }

  /// Shows the picture to the encoder, which copies it.
  void fill(const YuvImage& picture) {
    cv::Mat brightness = picture.y;
    if (picture.y.size() != size_) {
      cv::copyMakeBorder(picture.y, padded_, 0, size_.height - picture.y.rows, 0,
                         size_.width - picture.y.cols, cv::BORDER_REPLICATE);
      brightness = padded_;
    }
    frame_->format = AV_PIX_FMT_YUV420P;
    frame_->width = size_.width;
    frame_->height = size_.height;
    frame_->color_range = codec_->color_range;
    frame_->colorspace = codec_->colorspace;
    const cv::Mat planes[] = {brightness, picture.u, picture.v};
    for (int i = 0; i < 3; ++i) {
      frame_->data[i] = planes[i].data;
      frame_->linesize[i] = static_cast<int>(planes[i].step);
    }
  }

  void write_packets() {
    while (true) {
      const int result = avcodec_receive_packet(codec_.get(), packet_.get());
      if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) {
        return;
      }
      check(result);
      packet_->stream_index = stream_->index;
      if (packet_->duration == 0) {  // of the last frame nobody else says how long it is seen
        packet_->duration = std::llround(codec_->time_base.den / options_.frames_per_second);
      }
      av_packet_rescale_ts(packet_.get(), codec_->time_base, stream_->time_base);
      check(av_interleaved_write_frame(output_.get(), packet_.get()));
    }
  }

  EncoderOptions options_;
  cv::Size size_;
  Codec codec_;
  std::unique_ptr<AVFormatContext, CloseOutput> output_;
  AVStream* stream_ = nullptr;
  Frame frame_;
  Packet packet_;
  cv::Mat padded_;
  std::int64_t last_ = -1;
};

}  // namespace

std::unique_ptr<Encoder> open_encoder(const EncoderOptions& options) {
  return std::make_unique<Mp4Encoder>(options);
}

std::string encoder_name() {
  const AVCodec* codec = find_codec();
  return codec == nullptr ? "no video"
                          : fmt::format("{} ({})", avcodec_get_name(codec->id), codec->name);
}

}  // namespace bcnet::video::ffmpeg
