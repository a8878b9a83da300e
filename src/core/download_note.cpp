#include "core/download_note.h"

#include "core/lower_case.h"

namespace bcnet {

std::string download_note(std::string_view bytes) {
  constexpr std::size_t looked_at = 64;
  bytes = bytes.substr(0, looked_at);
  const std::size_t begin = bytes.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  const std::string start =
      lower_case(begin == std::string_view::npos ? std::string_view() : bytes.substr(begin));
  if (start.rfind("version https://git-lfs", 0) == 0) {
    return "; looks like a Git LFS pointer: git lfs pull brings the file itself";
  }
  if (start.rfind("<!doctype html", 0) == 0 || start.rfind("<html", 0) == 0) {
    return "; looks like a web page: its link leads to a page about the file, not to the file";
  }
  return {};
}

}  // namespace bcnet
