#include "image/jpeg.h"

#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <vector>
// jpeglib.h needs the two above.
#include <jerror.h>
#include <jpeglib.h>

#include "core/error.h"
#include "image/header.h"

namespace bcnet {
namespace {

constexpr std::uint64_t most_pixels = 100'000'000;

// libjpeg leaves by longjmp: what runs behind the mark holds nothing that has a destructor.
struct Errors {
  jpeg_error_mgr manager;
  std::jmp_buf mark;
  bool lacks_data;
};

[[noreturn]] void leave(j_common_ptr jpeg) {
  std::longjmp(reinterpret_cast<Errors*>(jpeg->err)->mark, 1);
}

void note(j_common_ptr jpeg, int level) {
  if (level < 0) {
    ++jpeg->err->num_warnings;
    const int code = jpeg->err->msg_code;
    auto* errors = reinterpret_cast<Errors*>(jpeg->err);
    errors->lacks_data = errors->lacks_data || code == JWRN_HIT_MARKER || code == JWRN_JPEG_EOF ||
                         code == JWRN_HUFF_BAD_CODE;
  }
}

void start(jpeg_decompress_struct& jpeg, Errors& errors) {
  jpeg.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = leave;
  errors.manager.emit_message = note;
  errors.lacks_data = false;
}

/// Whether every coefficient of a progressive picture came with all its bits.
bool coefficients_are_whole(const jpeg_decompress_struct& jpeg) {
  if (jpeg.progressive_mode == 0 || jpeg.coef_bits == nullptr) {
    return true;
  }
  for (int c = 0; c < jpeg.num_components; ++c) {
    for (int i = 0; i < DCTSIZE2; ++i) {
      if (jpeg.coef_bits[c][i] != 0) {
        return false;
      }
    }
  }
  return true;
}

/// What use says of a picture whose header is read; false where libjpeg gives up.
template <typename Use>
bool with_jpeg(const unsigned char* bytes, std::size_t size, const Use& use) {
  jpeg_decompress_struct jpeg{};
  Errors errors;
  start(jpeg, errors);
  if (setjmp(errors.mark) != 0) {
    jpeg_destroy_decompress(&jpeg);
    return false;
  }
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, bytes, size);
  jpeg_read_header(&jpeg, TRUE);
  const bool result = use(jpeg, errors);
  jpeg_destroy_decompress(&jpeg);
  return result;
}

/// The end marker is in bytes. row: room for a row at an eighth of the size.
bool read_scans(const unsigned char* bytes, std::size_t size, std::vector<unsigned char>& row) {
  return with_jpeg(bytes, size, [&](jpeg_decompress_struct& jpeg, Errors& errors) {
    bool whole = static_cast<std::uint64_t>(jpeg.image_width) * jpeg.image_height <= most_pixels;
    if (whole) {
      jpeg.out_color_space =
          jpeg.jpeg_color_space;  // no conversion: only the scans are of interest
      jpeg.scale_num = 1;
      jpeg.scale_denom = 8;
      jpeg_start_decompress(&jpeg);
      row.resize(static_cast<std::size_t>(jpeg.output_width) *
                 static_cast<std::size_t>(jpeg.output_components));
      while (jpeg.output_scanline < jpeg.output_height) {
        unsigned char* rows[] = {row.data()};
        jpeg_read_scanlines(&jpeg, rows, 1);
      }
      whole = coefficients_are_whole(jpeg) && !errors.lacks_data;
    }
    return whole;
  });
}

/// The rows that are left, into pixels of the picture's size.
void read_rows(jpeg_decompress_struct& jpeg, cv::Mat& pixels) {
  pixels.create(static_cast<int>(jpeg.output_height), static_cast<int>(jpeg.output_width),
                CV_8UC(jpeg.output_components));
  while (jpeg.output_scanline < jpeg.output_height) {
    unsigned char* rows[] = {pixels.ptr(static_cast<int>(jpeg.output_scanline))};
    jpeg_read_scanlines(&jpeg, rows, 1);
  }
}

/// Fills ink, which has the picture's size.
bool read_ink(const unsigned char* bytes, std::size_t size, cv::Mat& ink) {
  return with_jpeg(bytes, size, [&](jpeg_decompress_struct& jpeg, Errors&) {
    jpeg.out_color_space = JCS_CMYK;
    jpeg_start_decompress(&jpeg);
    const bool fits = jpeg.output_components == 4;
    if (fits) {
      read_rows(jpeg, ink);
    }
    return fits;
  });
}

#ifdef JCS_EXTENSIONS
/// Fills bgr. False also where libjpeg warns of something.
bool read_bgr(const unsigned char* bytes, std::size_t size, unsigned denominator, cv::Mat& bgr) {
  return with_jpeg(bytes, size, [&](jpeg_decompress_struct& jpeg, Errors& errors) {
    bool whole = jpeg.num_components == 1 || jpeg.num_components == 3;
    if (whole) {
      jpeg.out_color_space = JCS_EXT_BGR;
      jpeg.scale_num = 1;
      jpeg.scale_denom = denominator;
      jpeg_start_decompress(&jpeg);
      read_rows(jpeg, bgr);
      jpeg_finish_decompress(&jpeg);
      whole = errors.manager.num_warnings == 0;
    }
    return whole;
  });
}
#endif

const unsigned char* data_of(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

bool jpeg_scans_are_whole(std::string_view bytes) {
  const std::string ended = std::string(bytes) + jpeg_end;
  std::vector<unsigned char> row;
  return read_scans(data_of(ended), ended.size(), row);
}

cv::Mat decode_whole_jpeg([[maybe_unused]] std::string_view bytes,
                          [[maybe_unused]] unsigned denominator) {
  cv::Mat bgr;
#ifdef JCS_EXTENSIONS
  if (!read_bgr(data_of(bytes), bytes.size(), denominator, bgr)) {
    bgr.release();
  }
#endif
  return bgr;
}

cv::Mat decode_plain_cmyk(std::string_view bytes, const std::string& file) {
  cv::Mat ink;
  if (!read_ink(data_of(bytes), bytes.size(), ink)) {
    throw image_error(file, "cannot be decoded, its content is damaged");
  }
  cv::Mat bgr(ink.size(), CV_8UC3);
  for (int y = 0; y < ink.rows; ++y) {
    const auto* in = ink.ptr<cv::Vec4b>(y);
    auto* out = bgr.ptr<cv::Vec3b>(y);
    for (int x = 0; x < ink.cols; ++x) {
      const int light = 255 - in[x][3];
      for (int c = 0; c < 3; ++c) {
        out[x][2 - c] = static_cast<std::uint8_t>(((255 - in[x][c]) * light + 127) / 255);
      }
    }
  }
  return bgr;
}

}  // namespace bcnet
