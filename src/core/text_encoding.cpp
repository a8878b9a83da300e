#include "core/text_encoding.h"

#include <iconv.h>

#include <memory>
#include <type_traits>

namespace bcnet {

bool is_utf8(std::string_view bytes) { return to_utf8(bytes, "UTF-8").has_value(); }

std::optional<std::string> to_utf8(std::string_view bytes, const char* encoding) {
  struct Close {
    void operator()(void* converter) const { iconv_close(converter); }
  };
  const iconv_t opened = iconv_open("UTF-8", encoding);
  if (opened == reinterpret_cast<iconv_t>(-1)) {
    return std::nullopt;
  }
  const std::unique_ptr<std::remove_pointer_t<iconv_t>, Close> converter(opened);
  // iconv's signature knows no const input; it only reads it.
  char* in = const_cast<char*>(bytes.data());
  std::size_t in_left = bytes.size();
  std::string text;
  constexpr std::size_t block = 1 << 16;
  constexpr auto failed = static_cast<std::size_t>(-1);
  std::string buffer(block, '\0');
  bool flushed = false;
  while (!flushed) {
    char* out = buffer.data();
    std::size_t out_left = buffer.size();
    flushed = in_left == 0;
    const std::size_t result = iconv(converter.get(), flushed ? nullptr : &in,
                                     flushed ? nullptr : &in_left, &out, &out_left);
    if (result == failed && out_left == buffer.size()) {
      return std::nullopt;  // no way on from here
    }
    text.append(buffer.data(), buffer.size() - out_left);
  }
  return text;
}

}  // namespace bcnet
