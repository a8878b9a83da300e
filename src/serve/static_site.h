#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "serve/http.h"

namespace bcnet::serve {

/// The page as the build made it: a folder whose files are listed once, at the start. What is not
/// on the list is not served, whatever a path says. Thread-safe.
class StaticSite {
 public:
  /// A folder that is not there: answers with a page that says so.
  explicit StaticSite(const std::filesystem::path& folder);

  bool present() const { return !files_.empty(); }

  /// Whether there is such a file; reads none.
  bool has(const std::string& path) const;

  /// None where there is no such file. Throws Error(io) where it is gone since.
  std::optional<Response> get(const Request& request) const;

 private:
  struct File {
    std::filesystem::path path;
    std::string etag;
    /// What is being sent now: several clients share one copy.
    mutable std::weak_ptr<const std::string> bytes;
  };
  const File* find(const std::string& path) const;

  std::map<std::string, File> files_;  ///< by the path of a request: "/js/page.js"
  mutable std::mutex mutex_;
};

/// Where the page is looked for: flag, then $BCNET_WEB, then share/bcnet/web beside the program's
/// folder. Throws Error(usage) where one of the first two names a folder without a page.
std::filesystem::path find_site(const std::filesystem::path& flag);

/// Copies the page's folder to out, which lies outside of it and does not exist, is empty, or holds
/// an older copy. Throws Error(usage), Error(io).
void export_site(const std::filesystem::path& folder, const std::filesystem::path& out);

/// "text/html; charset=utf-8" for "index.html"
std::string content_type_of(const std::filesystem::path& file);

}  // namespace bcnet::serve
