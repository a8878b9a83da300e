#include "video/ffmpeg/planes.h"

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

#include <fmt/format.h>

#include <cstdlib>

#include "core/error.h"

namespace bcnet::video::ffmpeg {

namespace {

constexpr int high_definition = 720;  ///< rows from which BT.709 is meant where nothing is said

YuvMatrix matrix_of(const AVFrame& frame) {
  switch (frame.colorspace) {
    case AVCOL_SPC_BT709:
      return YuvMatrix::bt709;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
      return YuvMatrix::bt601;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return YuvMatrix::bt2020;
    default:
      return frame.height >= high_definition ? YuvMatrix::bt709 : YuvMatrix::bt601;
  }
}

/// FFmpeg's old names for what is full range.
AVPixelFormat plain_format(AVPixelFormat format, bool& full_range) {
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
      full_range = true;
      return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
      full_range = true;
      return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P:
      full_range = true;
      return AV_PIX_FMT_YUV444P;
    default:
      return format;
  }
}

}  // namespace

void ToYuv::convert(const AVFrame& frame, const cv::Size& size, YuvImage& image) {
  image.create(size);
  image.matrix = matrix_of(frame);
  image.full_range = frame.color_range == AVCOL_RANGE_JPEG;
  const AVPixelFormat format =
      plain_format(static_cast<AVPixelFormat>(frame.format), image.full_range);
  std::uint8_t* planes[4] = {image.y.data, image.u.data, image.v.data, nullptr};
  int strides[4] = {static_cast<int>(image.y.step), static_cast<int>(image.u.step),
                    static_cast<int>(image.v.step), 0};
  if (format == AV_PIX_FMT_YUV420P && frame.width == size.width && frame.height == size.height) {
    av_image_copy(planes, strides, const_cast<const std::uint8_t**>(frame.data), frame.linesize,
                  format, size.width, size.height);
    return;
  }
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
  const bool is_rgb = description != nullptr && (description->flags & AV_PIX_FMT_FLAG_RGB) != 0;
  if (is_rgb) {
    image.matrix = YuvMatrix::bt601;
    image.full_range = false;
  }
  scaler_.reset(sws_getCachedContext(scaler_.release(), frame.width, frame.height, format,
                                     size.width, size.height, AV_PIX_FMT_YUV420P, SWS_BILINEAR,
                                     nullptr, nullptr, nullptr));
  if (scaler_ == nullptr) {
    throw Error(ErrorKind::data, fmt::format("frames of the format {} cannot be converted",
                                             description == nullptr ? "?" : description->name));
  }
  const int* coefficients =
      sws_getCoefficients(image.matrix == YuvMatrix::bt709    ? SWS_CS_ITU709
                          : image.matrix == YuvMatrix::bt2020 ? SWS_CS_BT2020
                                                              : SWS_CS_ITU601);
  constexpr int one = 1 << 16;
  sws_setColorspaceDetails(scaler_.get(), coefficients, is_rgb || image.full_range ? 1 : 0,
                           coefficients, image.full_range ? 1 : 0, 0, one, one);
  sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, planes, strides);
}

Turn turn_of(const std::int32_t* matrix) {
  // (x, y) is shown at (a x + c y, b x + d y), with the matrix's rows a b · and c d ·.
  const std::int32_t a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
  Turn turn;
  turn.transpose = std::abs(static_cast<double>(b)) > std::abs(static_cast<double>(a));
  turn.mirror = (turn.transpose ? c : a) < 0;
  turn.flip = (turn.transpose ? b : d) < 0;
  return turn;
}

}  // namespace bcnet::video::ffmpeg
