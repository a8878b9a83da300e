#pragma once

#include <string>
#include <string_view>

namespace bcnet {

/// What a file of a model holds where a download brought something else: "; looks like …" with
/// what to do, of a pointer of Git LFS and of a web page; empty for any other bytes.
std::string download_note(std::string_view bytes);

}  // namespace bcnet
