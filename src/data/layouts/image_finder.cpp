#include "data/layouts/image_finder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <system_error>
#include <utility>

#include "core/say_once.h"
#include "data/folded_name.h"
#include "data/relative_path.h"
#include "image/codec.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

int hex_value(char c) {
  const std::string digits = "0123456789abcdef";
  const std::size_t at =
      digits.find(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  return at == std::string::npos ? -1 : static_cast<int>(at);
}

/// "%20" as a space, and so on; what is no such code stays.
std::string percent_decoded(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (low > 0 || (low == 0 && high > 0)) {
      plain += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

/// The path in an URL, without its host, query and fragment; of Label Studio's local files the one
/// that the query holds. Any other text as it is.
std::string without_url(const std::string& text) {
  const std::string local = "local-files/?d=";
  if (const std::size_t at = text.find(local); at != std::string::npos) {
    return text.substr(at + local.size());
  }
  const std::size_t scheme = text.find("://");
  constexpr std::size_t longest_scheme = 8;
  if (scheme == std::string::npos || scheme > longest_scheme) {
    return text;
  }
  const std::size_t path = text.find('/', scheme + 3);
  return path == std::string::npos ? std::string()
                                   : text.substr(path, text.find_first_of("?#", path) - path);
}

/// The name in the ways it may be meant, the literal one first; `/` divides.
std::vector<std::string> readings(const std::string& name) {
  std::string slashed = name;
  std::replace(slashed.begin(), slashed.end(), '\\', '/');
  std::vector<std::string> all;
  for (const std::string& text : {slashed, percent_decoded(slashed), without_url(slashed),
                                  percent_decoded(without_url(slashed))}) {
    if (std::find(all.begin(), all.end(), text) == all.end() &&
        text.find('\0') == std::string::npos) {
      all.push_back(text);
    }
  }
  return all;
}

/// "1a2b3c4d-" in front, as Label Studio names what is uploaded.
std::string without_upload_number(const std::string& base) {
  constexpr std::size_t digits = 8;
  const bool numbered =
      base.size() > digits + 1 && base[digits] == '-' &&
      std::all_of(base.begin(), base.begin() + digits, [](char c) { return hex_value(c) >= 0; });
  return numbered ? base.substr(digits + 1) : base;
}

/// Folders alike however their paths are written.
fs::path plain(const fs::path& folder) { return (folder / "x").lexically_normal().parent_path(); }

std::string last_part(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

ImageFinder::ImageFinder(fs::path root, std::vector<fs::path> folders)
    : root_(std::move(root)), folders_(std::move(folders)) {}

ImageFinder::Found ImageFinder::find(const std::string& name) {
  const std::vector<std::string> paths = readings(name);
  for (const std::string& path : paths) {
    const auto inside = relative_path(path);
    for (const fs::path& folder : folders_) {
      if (inside && is_file(folder / *inside)) {
        return {folder / *inside, ""};
      }
    }
  }
  for (const std::string& path : paths) {
    Found found = guess(name, path);
    if (!found.path.empty() || !found.problem.empty()) {
      return found;
    }
  }
  const auto inside = relative_path(paths.empty() ? name : paths.front());
  const std::string base = paths.empty() ? std::string() : last_part(paths.back());
  return {folders_.front() / (inside ? *inside : relative_path(base).value_or("no-name")),
          inside ? "" : "found the image '" + name + "', and none of that name is there"};
}

ImageFinder::Found ImageFinder::guess(const std::string& name, const std::string& path) {
  const auto take = [&](const fs::path& file) {
    if (guesses_++ == 0) {
      first_guess_ = {name, file};
    }
    return Found{file, ""};
  };
  // The longest end of the path that is there.
  for (std::size_t at = path.find('/'); at != std::string::npos; at = path.find('/', at + 1)) {
    const auto end = relative_path(path.substr(at + 1));
    for (const fs::path& folder : folders_) {
      if (end && end->find('/') != std::string::npos && is_file(folder / *end)) {
        return take(folder / *end);
      }
    }
  }
  const std::string base = last_part(path);
  for (const std::string& candidate : {base, without_upload_number(base)}) {
    std::vector<fs::path> files = of_base_name(candidate);
    // Those where images usually lie before those anywhere.
    const auto usual = std::stable_partition(files.begin(), files.end(), [&](const fs::path& file) {
      return std::any_of(folders_.begin(), folders_.end(), [&](const fs::path& folder) {
        return plain(folder) == plain(file.parent_path());
      });
    });
    if (usual != files.begin()) {
      files.erase(usual, files.end());
    }
    if (files.size() == 1) {
      return take(files.front());
    }
    if (files.size() > 1) {
      return {
          folders_.front() / candidate,
          fmt::format("found the image '{}', which is not there; of that name are {} and {}, one "
                      "is allowed",
                      name, files[0].lexically_relative(root_).generic_string(),
                      files[1].lexically_relative(root_).generic_string())};
    }
  }
  return {};
}

std::vector<fs::path> ImageFinder::of_base_name(const std::string& base) {
  if (base.empty() || base == "." || base == "..") {
    return {};
  }
  list_all();
  std::vector<fs::path> files;
  const auto add = [&](const auto& table, const std::string& key, bool exactly) {
    const auto [first, end] = table.equal_range(folded_name(key));
    for (auto entry = first; entry != end; ++entry) {
      if (!exactly || entry->second.filename() == key) {
        files.push_back(entry->second);
      }
    }
    return !files.empty();
  };
  // By its very name, by one that other systems hold for the same, by what is before the extension.
  if (add(by_name_, base, true) || add(by_name_, base, false) || add(by_stem_, base, false)) {
    return files;
  }
  if (has_image_extension(base)) {
    add(by_stem_, image_stem(base), false);
  }
  return files;
}

void ImageFinder::list_all() {
  if (std::exchange(listed_, true)) {
    return;
  }
  constexpr std::size_t most = 1'000'000;
  std::error_code error;
  fs::recursive_directory_iterator entry(root_, fs::directory_options::skip_permission_denied,
                                         error);
  for (std::size_t count = 0; !error && entry != fs::recursive_directory_iterator() && count < most;
       entry.increment(error), ++count) {
    const fs::path& path = entry->path();
    if (path.filename().string().front() == '.') {
      entry.disable_recursion_pending();
    } else if (has_image_extension(path) && is_file(path)) {
      by_name_.emplace(folded_name(path.filename().string()), path);
      by_stem_.emplace(folded_name(image_stem(path)), path);
    }
  }
}

void ImageFinder::warn_of_guesses(const fs::path& file) const {
  if (guesses_ > 0) {
    warn_once(fmt::format(
        "{}: {} images are not at the path that it gives and are taken by their names: {} "
        "is {}{}",
        file.string(), guesses_, first_guess_.name,
        first_guess_.path.lexically_relative(root_).generic_string(), guesses_ > 1 ? ", …" : ""));
  }
}

}  // namespace bcnet::data
