#include "image/mask_file.h"

#include <png.h>
#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>
#include <mutex>
#include <opencv2/core.hpp>
#include <utility>
#include <vector>

#include "core/error.h"
#include "image/header.h"

namespace bcnet {
namespace {

Error damaged(const std::string& file) {
  return image_error(file, "cannot be decoded, its content is damaged");
}

using Colour = std::array<std::uint8_t, 3>;

/// A palette that only spells grey values is none: either entry i is grey i, or the entries go in
/// equal steps from black to white.
void take_palette(const std::vector<Colour>& palette, int bits, MaskValues& values) {
  const unsigned most = (1U << bits) - 1;
  bool same = true;
  bool scaled = true;
  for (std::size_t i = 0; i < palette.size(); ++i) {
    const Colour& colour = palette[i];
    const bool grey = colour[0] == colour[1] && colour[1] == colour[2];
    same = same && grey && colour[0] == i;
    scaled = scaled && grey && colour[0] == (i * 255 + most / 2) / most;
  }
  values.full = same || !scaled ? 255 : most;
  values.indexed = !same && !scaled;
  if (values.indexed) {
    values.shown.assign(256, 0);
    for (std::size_t i = 0; i < std::min<std::size_t>(palette.size(), 256); ++i) {
      values.shown[i] = *std::max_element(palette[i].begin(), palette[i].end());
    }
  }
}

/// Splits rows of interleaved samples into the brightest of the colours, and alpha where an even
/// number of channels says that there is one.
template <typename T>
void split_samples(const cv::Mat& rows, int channels, MaskValues& values) {
  const int colours = channels < 3 ? 1 : 3;
  const int width = rows.cols / channels;
  values.grey.create(rows.rows, width, cv::DataType<T>::type);
  if (channels == 2 || channels == 4) {
    values.alpha.create(rows.rows, width, cv::DataType<T>::type);
  }
  for (int y = 0; y < rows.rows; ++y) {
    const T* in = rows.ptr<T>(y);
    T* grey = values.grey.ptr<T>(y);
    T* alpha = values.alpha.empty() ? nullptr : values.alpha.ptr<T>(y);
    for (int x = 0; x < width; ++x, in += channels) {
      grey[x] = *std::max_element(in, in + colours);
      if (alpha != nullptr) {
        alpha[x] = in[channels - 1];
      }
    }
  }
}

// libpng leaves by longjmp: the functions that set the mark hold nothing that has a destructor.

struct PngSource {
  std::string_view bytes;
  std::size_t at = 0;
};

void png_take(png_structp png, png_bytep out, std::size_t count) {
  auto* source = static_cast<PngSource*>(png_get_io_ptr(png));
  if (count > source->bytes.size() - source->at) {
    png_error(png, "cut short");
  }
  std::memcpy(out, source->bytes.data() + source->at, count);
  source->at += count;
}

[[noreturn]] void png_leave(png_structp png, png_const_charp) { png_longjmp(png, 1); }
void png_say_nothing(png_structp, png_const_charp) {}

bool png_read_head(png_structp png, png_infop info) {
  if (setjmp(png_jmpbuf(png)) != 0) {
    return false;
  }
  png_read_info(png, info);
  png_set_packing(png);  // 1, 2 and 4 bits to a byte each, unscaled
  png_set_swap(png);     // 16 bits in this machine's order
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  return true;
}

bool png_read_rows(png_structp png, png_bytepp rows) {
  if (setjmp(png_jmpbuf(png)) != 0) {
    return false;
  }
  png_read_image(png, rows);
  return true;
}

struct Png {
  png_structp png =
      png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, png_leave, png_say_nothing);
  png_infop info = png_create_info_struct(png);

  Png() = default;
  ~Png() { png_destroy_read_struct(&png, &info, nullptr); }
  Png(const Png&) = delete;
  Png& operator=(const Png&) = delete;
};

struct TiffSource {
  std::string_view bytes;
  std::uint64_t at = 0;
};

tmsize_t tiff_take(thandle_t handle, void* out, tmsize_t count) {
  auto* source = static_cast<TiffSource*>(handle);
  const std::uint64_t left =
      source->at < source->bytes.size() ? source->bytes.size() - source->at : 0;
  const auto taken = std::min<std::uint64_t>(left, static_cast<std::uint64_t>(count));
  std::memcpy(out, source->bytes.data() + (taken > 0 ? source->at : 0), taken);
  source->at += taken;
  return static_cast<tmsize_t>(taken);
}

toff_t tiff_seek(thandle_t handle, toff_t offset, int whence) {
  auto* source = static_cast<TiffSource*>(handle);
  source->at = offset + (whence == SEEK_CUR   ? source->at
                         : whence == SEEK_END ? source->bytes.size()
                                              : 0);
  return source->at;
}

using Tiff = std::unique_ptr<TIFF, void (*)(TIFF*)>;

Tiff open_tiff(TiffSource& source) {
  static std::once_flag quiet;
  std::call_once(quiet, [] {
    TIFFSetErrorHandler(nullptr);
    TIFFSetWarningHandler(nullptr);
  });
  // m: the directory is not mapped, so that no page of it is read behind its end.
  return {
      TIFFClientOpen(
          "mask", "rm", &source, tiff_take, [](thandle_t, void*, tmsize_t) { return tmsize_t{0}; },
          tiff_seek, [](thandle_t) { return 0; },
          [](thandle_t handle) {
            return static_cast<toff_t>(static_cast<TiffSource*>(handle)->bytes.size());
          },
          nullptr, nullptr),
      TIFFClose};
}

struct TiffLayout {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint16_t bits = 1;
  std::uint16_t channels = 1;
  std::uint16_t kind = SAMPLEFORMAT_UINT;
  std::uint16_t photometric = PHOTOMETRIC_MINISBLACK;
};

double most_of(const TiffLayout& layout) {
  return layout.kind == SAMPLEFORMAT_IEEEFP ? 0
         : layout.kind == SAMPLEFORMAT_INT  ? std::ldexp(1.0, layout.bits - 1) - 1
                                            : std::ldexp(1.0, layout.bits) - 1;
}

/// Sample i of a row of packed samples, as libtiff leaves it in memory.
double sample_at(const unsigned char* row, std::size_t i, const TiffLayout& layout) {
  const auto take = [&](auto value) {
    std::memcpy(&value, row + i * sizeof(value), sizeof(value));
    return static_cast<double>(value);
  };
  const bool is_signed = layout.kind == SAMPLEFORMAT_INT;
  switch (layout.bits) {
    case 8:
      return is_signed ? take(std::int8_t{}) : take(std::uint8_t{});
    case 16:
      return is_signed ? take(std::int16_t{}) : take(std::uint16_t{});
    case 32:
      return layout.kind == SAMPLEFORMAT_IEEEFP ? take(float{})
             : is_signed                        ? take(std::int32_t{})
                                                : take(std::uint32_t{});
    case 64:
      return layout.kind == SAMPLEFORMAT_IEEEFP ? take(double{})
             : is_signed                        ? take(std::int64_t{})
                                                : take(std::uint64_t{});
    default: {
      const std::size_t bit = i * layout.bits;  // the first sample in the highest bits
      return row[bit / 8] >> (8 - layout.bits - bit % 8) & ((1 << layout.bits) - 1);
    }
  }
}

/// Puts a row of samples at x, y of the matrices.
template <typename T>
void put_row(const unsigned char* row, const TiffLayout& layout, int x, int y, int count,
             MaskValues& values) {
  const bool turned = layout.photometric == PHOTOMETRIC_MINISWHITE;
  const double most = most_of(layout);
  T* grey = values.grey.ptr<T>(y) + x;
  T* alpha = values.alpha.empty() ? nullptr : values.alpha.ptr<T>(y) + x;
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i) * layout.channels;
    const double value = sample_at(row, at, layout);
    grey[i] = static_cast<T>(turned ? most - value : value);
    if (alpha != nullptr) {
      alpha[i] = static_cast<T>(sample_at(row, at + 1, layout));
    }
  }
}

using PutRow = void (*)(const unsigned char*, const TiffLayout&, int, int, int, MaskValues&);

bool read_tiles(TIFF* tiff, const TiffLayout& layout, PutRow put, MaskValues& values) {
  std::uint32_t tile_width = 0;
  std::uint32_t tile_height = 0;
  TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &tile_width);
  TIFFGetField(tiff, TIFFTAG_TILELENGTH, &tile_height);
  const std::uint64_t row_bytes = TIFFTileRowSize64(tiff);
  const std::uint64_t size = TIFFTileSize64(tiff);
  // A tile larger than its picture by more than its own rounding is no tile of it.
  if (tile_width == 0 || tile_height == 0 || tile_width > layout.width + 4096 ||
      tile_height > layout.height + 4096 || size < row_bytes * tile_height ||
      size > std::uint64_t{1} << 31) {
    return false;
  }
  std::vector<unsigned char> tile(size);
  for (std::uint32_t y = 0; y < layout.height; y += tile_height) {
    for (std::uint32_t x = 0; x < layout.width; x += tile_width) {
      if (TIFFReadTile(tiff, tile.data(), x, y, 0, 0) < 0) {
        return false;
      }
      for (std::uint32_t row = 0; row < std::min(tile_height, layout.height - y); ++row) {
        put(tile.data() + row * row_bytes, layout, static_cast<int>(x), static_cast<int>(y + row),
            static_cast<int>(std::min(tile_width, layout.width - x)), values);
      }
    }
  }
  return true;
}

bool read_strips(TIFF* tiff, const TiffLayout& layout, PutRow put, MaskValues& values) {
  const std::uint64_t size = TIFFScanlineSize64(tiff);
  const std::uint64_t needed =
      (std::uint64_t{layout.width} * layout.channels * layout.bits + 7) / 8;
  if (size < needed || size > needed + 8) {
    return false;
  }
  std::vector<unsigned char> row(size);
  for (std::uint32_t y = 0; y < layout.height; ++y) {
    if (TIFFReadScanline(tiff, row.data(), y, 0) < 0) {
      return false;
    }
    put(row.data(), layout, 0, static_cast<int>(y), static_cast<int>(layout.width), values);
  }
  return true;
}

}  // namespace

MaskValues read_png_values(std::string_view bytes, const std::string& file) {
  Png reader;
  PngSource source{bytes};
  png_set_read_fn(reader.png, &source, png_take);
  if (reader.info == nullptr || !png_read_head(reader.png, reader.info)) {
    throw damaged(file);
  }
  const auto width = static_cast<int>(png_get_image_width(reader.png, reader.info));
  const auto height = static_cast<int>(png_get_image_height(reader.png, reader.info));
  const int channels = png_get_channels(reader.png, reader.info);
  const int stored_bits = static_cast<unsigned char>(bytes[24]);  // packing changes libpng's own
  const bool wide = stored_bits == 16;
  cv::Mat samples(height, width * channels, wide ? CV_16UC1 : CV_8UC1);
  std::vector<png_bytep> rows;
  for (int y = 0; y < height; ++y) {
    rows.push_back(samples.ptr(y));
  }
  if (png_get_rowbytes(reader.png, reader.info) != samples.step ||
      !png_read_rows(reader.png, rows.data())) {
    throw damaged(file);
  }
  MaskValues values;
  if (wide) {
    split_samples<std::uint16_t>(samples, channels, values);
  } else {
    split_samples<std::uint8_t>(samples, channels, values);
  }
  values.full = (1U << stored_bits) - 1;
  png_colorp entries = nullptr;
  int count = 0;
  if (png_get_color_type(reader.png, reader.info) == PNG_COLOR_TYPE_PALETTE &&
      png_get_PLTE(reader.png, reader.info, &entries, &count) != 0) {
    std::vector<Colour> palette;
    for (int i = 0; i < count; ++i) {
      palette.push_back({entries[i].red, entries[i].green, entries[i].blue});
    }
    take_palette(palette, stored_bits, values);
  }
  return values;
}

std::optional<MaskValues> read_tiff_values(std::string_view bytes, const std::string& file) {
  TiffSource source{bytes};
  const Tiff tiff = open_tiff(source);
  if (!tiff) {
    throw damaged(file);
  }
  TiffLayout layout;
  std::uint16_t compression = COMPRESSION_NONE;
  std::uint16_t planes = PLANARCONFIG_CONTIG;
  TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &layout.width);
  TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &layout.height);
  TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_BITSPERSAMPLE, &layout.bits);
  TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_SAMPLESPERPIXEL, &layout.channels);
  TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_SAMPLEFORMAT, &layout.kind);
  TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_COMPRESSION, &compression);
  TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_PLANARCONFIG, &planes);
  TIFFGetField(tiff.get(), TIFFTAG_PHOTOMETRIC, &layout.photometric);
  if (layout.photometric > PHOTOMETRIC_PALETTE || layout.photometric == PHOTOMETRIC_RGB ||
      compression == COMPRESSION_OJPEG || compression == COMPRESSION_JPEG || layout.channels > 2 ||
      (layout.channels == 2 && planes != PLANARCONFIG_CONTIG)) {
    return std::nullopt;
  }
  if (layout.kind == SAMPLEFORMAT_VOID) {
    layout.kind = SAMPLEFORMAT_UINT;
  }
  const bool is_float = layout.kind == SAMPLEFORMAT_IEEEFP;
  const bool known_bits = is_float ? layout.bits == 32 || layout.bits == 64
                                   : layout.bits == 1 || layout.bits == 2 || layout.bits == 4 ||
                                         layout.bits == 8 || layout.bits == 16 ||
                                         layout.bits == 32 || layout.bits == 64;
  if (layout.kind > SAMPLEFORMAT_IEEEFP || !known_bits ||
      (layout.kind == SAMPLEFORMAT_INT && layout.bits < 8) ||
      (layout.photometric == PHOTOMETRIC_MINISWHITE && layout.kind != SAMPLEFORMAT_UINT)) {
    throw image_error(file,
                      "is a TIFF of " + std::to_string(layout.bits) +
                          "-bit samples of a kind that is not read; allowed are integers of 1, 2, "
                          "4, 8, 16, 32 or 64 bits and floats of 32 or 64",
                      ErrorReason::unsupported);
  }
  MaskValues values;
  const bool is_unsigned = layout.kind == SAMPLEFORMAT_UINT;
  const int type = is_unsigned && layout.bits <= 8    ? CV_8UC1
                   : is_unsigned && layout.bits == 16 ? CV_16UC1
                                                      : CV_64FC1;
  const PutRow put = type == CV_8UC1    ? put_row<std::uint8_t>
                     : type == CV_16UC1 ? put_row<std::uint16_t>
                                        : put_row<double>;
  values.grey.create(static_cast<int>(layout.height), static_cast<int>(layout.width), type);
  if (layout.channels == 2) {
    values.alpha.create(values.grey.size(), type);
  }
  values.full = most_of(layout);
  const bool whole = TIFFIsTiled(tiff.get()) != 0 ? read_tiles(tiff.get(), layout, put, values)
                                                  : read_strips(tiff.get(), layout, put, values);
  if (!whole) {
    throw damaged(file);
  }
  std::uint16_t* red = nullptr;
  std::uint16_t* green = nullptr;
  std::uint16_t* blue = nullptr;
  if (layout.photometric == PHOTOMETRIC_PALETTE && layout.bits <= 8 &&
      TIFFGetField(tiff.get(), TIFFTAG_COLORMAP, &red, &green, &blue) != 0) {
    std::vector<Colour> palette;
    for (int i = 0; i < 1 << layout.bits; ++i) {
      palette.push_back({static_cast<std::uint8_t>(red[i] >> 8),
                         static_cast<std::uint8_t>(green[i] >> 8),
                         static_cast<std::uint8_t>(blue[i] >> 8)});
    }
    take_palette(palette, layout.bits, values);
  }
  return values;
}

std::optional<BmpPalette> read_bmp_palette(std::string_view bytes) {
  const auto little = [&](std::size_t at, std::size_t count) {
    std::uint64_t value = 0;
    for (std::size_t i = count; i-- > 0;) {
      value = value << 8 | static_cast<unsigned char>(at + i < bytes.size() ? bytes[at + i] : 0);
    }
    return value;
  };
  const std::uint64_t head = little(14, 4);
  const bool old = head == 12;
  const auto bits = static_cast<int>(little(old ? 24 : 28, 2));
  if (bits < 1 || bits > 8) {
    return std::nullopt;
  }
  const std::size_t most = std::size_t{1} << bits;
  const std::uint64_t used = old ? 0 : little(46, 4);
  const std::size_t count = used == 0 || used > most ? most : static_cast<std::size_t>(used);
  const std::size_t entry = old ? 3 : 4;
  const std::size_t begin = 14 + static_cast<std::size_t>(head);
  if (head > bytes.size() || begin + count * entry > bytes.size()) {
    return std::nullopt;
  }
  BmpPalette result;
  result.bytes = bytes;
  std::vector<Colour> palette;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = begin + i * entry;
    Colour colour{};
    for (std::size_t c = 0; c < 3; ++c) {
      colour[2 - c] = static_cast<std::uint8_t>(bytes[at + c]);
      result.bytes[at + c] = static_cast<char>(i);
    }
    palette.push_back(colour);
  }
  MaskValues values;
  take_palette(palette, bits, values);
  result.full = values.full;
  result.indexed = values.indexed;
  result.shown = values.shown;
  return result;
}

}  // namespace bcnet
