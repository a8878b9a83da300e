#include "serve/static_site.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include "core/error.h"
#include "core/files.h"
#include "core/path_within.h"

namespace bcnet::serve {

namespace fs = std::filesystem;

namespace {

constexpr const char* index_name = "index.html";

constexpr const char* no_page =
    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>bcnet serve</title>\n"
    "<h1>bcnet serve</h1>\n"
    "<p>The page is not built here. The API is: <code>POST /v1/segment</code>, the Open Inference\n"
    "Protocol under <code>/v2</code>, <a href=\"/metrics\">/metrics</a> and\n"
    "<a href=\"/openapi.json\">/openapi.json</a>, which describes them all.\n";

/// Changes whenever the file does.
std::string etag_of(const fs::directory_entry& file) {
  return fmt::format("\"{:x}-{:x}\"", file.file_size(),
                     file.last_write_time().time_since_epoch().count());
}

bool matches(std::string_view if_none_match, std::string_view etag) {
  if (if_none_match == "*") {
    return true;
  }
  // Tags hold no commas here, and W/ makes no difference to this header.
  while (!if_none_match.empty()) {
    const auto comma = std::min(if_none_match.find(','), if_none_match.size());
    std::string_view one = if_none_match.substr(0, comma);
    if_none_match.remove_prefix(std::min(comma + 1, if_none_match.size()));
    one.remove_prefix(std::min(one.find_first_not_of(" \t"), one.size()));
    one = one.substr(0, one.find_last_not_of(" \t") + 1);
    if (one.substr(0, 2) == "W/") {
      one.remove_prefix(2);
    }
    if (one == etag) {
      return true;
    }
  }
  return false;
}

/// A folder that somebody names is one of the page, or it is a slip of theirs.
fs::path require_page(const char* who, const fs::path& folder) {
  std::error_code error;
  if (!fs::is_regular_file(folder / index_name, error)) {
    throw Error(ErrorKind::usage, fmt::format("{}: {}: the page is not built there: found no {}",
                                              who, folder.string(), index_name));
  }
  return folder;
}

}  // namespace

std::string content_type_of(const fs::path& file) {
  static const std::map<std::string, std::string> types{
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".wasm", "application/wasm"},
      {".onnx", "application/octet-stream"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".jpeg", "image/jpeg"},
      {".webp", "image/webp"},
      {".ico", "image/vnd.microsoft.icon"},
      {".txt", "text/plain; charset=utf-8"},
      {".md", "text/plain; charset=utf-8"},
  };
  const auto found = types.find(lower_extension(file));
  return found == types.end() ? "application/octet-stream" : found->second;
}

StaticSite::StaticSite(const fs::path& folder) {
  std::error_code error;
  if (folder.empty() || !fs::is_regular_file(folder / index_name, error)) {
    return;
  }
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      const std::string path = "/" + entry.path().lexically_relative(folder).generic_string();
      File& file = files_[path];
      file.path = entry.path();
      file.etag = etag_of(entry);
    }
  }
}

const StaticSite::File* StaticSite::find(const std::string& path) const {
  const auto plain = percent_decoded(path);
  if (!plain || plain->empty()) {
    return nullptr;
  }
  const auto found = files_.find(plain->back() == '/' ? *plain + index_name : *plain);
  return found == files_.end() ? nullptr : &found->second;
}

bool StaticSite::has(const std::string& path) const {
  return present() ? find(path) != nullptr : path == "/";
}

std::optional<Response> StaticSite::get(const Request& request) const {
  if (!present() && request.path == "/") {
    return text_response(200, content_type_of(index_name), no_page);
  }
  const File* found = find(request.path);
  if (found == nullptr) {
    return std::nullopt;
  }
  const File& file = *found;
  Response response;
  response.content_type = content_type_of(file.path);
  response.headers = {{"ETag", file.etag}, {"Cache-Control", "no-cache"}};
  if (matches(request.header("if-none-match").value_or(""), file.etag)) {
    response.status = 304;
    return response;
  }
  const std::lock_guard lock(mutex_);
  response.body = file.bytes.lock();
  if (!response.body) {
    response.body = std::make_shared<const std::string>(read_file(file.path));
    file.bytes = response.body;
  }
  response.body_is_shared = true;
  return response;
}

fs::path find_site(const fs::path& flag) {
  if (!flag.empty()) {
    return require_page("--site", flag);
  }
  const char* variable = std::getenv("BCNET_WEB");
  if (variable != nullptr && *variable != '\0') {
    return require_page("$BCNET_WEB", variable);
  }
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return program.parent_path().parent_path() / "share/bcnet/web";
}

void export_site(const fs::path& folder, const fs::path& out) {
  std::error_code error;
  if (!fs::is_regular_file(folder / index_name, error)) {
    throw Error(ErrorKind::usage,
                fmt::format("--export-site: the page is not built: found no {} in {}", index_name,
                            folder.string()));
  }
  if (is_within(out, folder)) {
    throw Error(ErrorKind::usage,
                fmt::format("--export-site: {} lies in the page's folder {}, which would be copied "
                            "into itself",
                            out.string(), folder.string()));
  }
  const bool taken =
      fs::exists(out, error) && (!fs::is_directory(out, error) || !fs::is_empty(out, error));
  // An older copy of the page may be replaced; anybody else's files may not.
  const bool older_copy = fs::is_regular_file(out / index_name, error) &&
                          fs::is_regular_file(out / "manifest.webmanifest", error);
  if (taken && !older_copy) {
    throw Error(ErrorKind::usage,
                fmt::format("--export-site: {}: found files of another kind, a new or empty folder "
                            "is expected",
                            out.string()));
  }
  make_directories(out);
  fs::copy(folder, out, fs::copy_options::recursive | fs::copy_options::overwrite_existing, error);
  if (error) {
    throw Error(ErrorKind::io,
                fmt::format("{}: cannot be written: {}", out.string(), error.message()));
  }
}

}  // namespace bcnet::serve
