#include "memory_tiff.h"

#include <tiffio.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace bcnet::bench {

namespace {

struct Reader {
  const std::vector<std::uint8_t>& file;
  std::uint64_t at = 0;
};

Reader& reader(thandle_t handle) { return *static_cast<Reader*>(handle); }

tmsize_t read(thandle_t handle, void* buffer, tmsize_t wanted) {
  Reader& from = reader(handle);
  const std::uint64_t left = from.file.size() - std::min<std::uint64_t>(from.at, from.file.size());
  const auto count = std::min(static_cast<std::uint64_t>(wanted), left);
  std::memcpy(buffer, from.file.data() + from.at, count);
  from.at += count;
  return static_cast<tmsize_t>(count);
}

tmsize_t refuse_to_write(thandle_t, void*, tmsize_t) { return 0; }

toff_t seek(thandle_t handle, toff_t offset, int whence) {
  Reader& in = reader(handle);
  in.at = offset + (whence == SEEK_CUR ? in.at : whence == SEEK_END ? in.file.size() : 0);
  return in.at;
}

int close(thandle_t) { return 0; }

toff_t size(thandle_t handle) { return reader(handle).file.size(); }

}  // namespace

bool decode_tiff_strips(const std::vector<std::uint8_t>& file, std::uint8_t* out) {
  Reader from{file};
  TIFF* tiff = TIFFClientOpen("memory", "rm", &from, read, refuse_to_write, seek, close, size,
                              nullptr, nullptr);
  if (tiff == nullptr) {
    return false;
  }
  bool good = true;
  for (tstrip_t strip = 0; good && strip < TIFFNumberOfStrips(tiff); ++strip) {
    const tmsize_t count = TIFFReadEncodedStrip(tiff, strip, out, -1);
    good = count >= 0;
    out += good ? count : 0;
  }
  TIFFClose(tiff);
  return good;
}

}  // namespace bcnet::bench
