#include "data/folded_name.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

namespace bcnet::data {

std::string folded_name(const std::string& name) {
  utf8proc_uint8_t* result = nullptr;
  const auto options =
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
  const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(name.data()),
                                   static_cast<utf8proc_ssize_t>(name.size()), &result, options);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(result, &std::free);
  return length < 0
             ? name
             : std::string(reinterpret_cast<const char*>(result), static_cast<std::size_t>(length));
}

}  // namespace bcnet::data
