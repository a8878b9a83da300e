#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace bcnet::data {

/// Finds the images that annotation files name in the ways of their programs: with `\`, with the
/// path on another computer, as an URL, percent-encoded, without extension, with the number that
/// Label Studio puts in front. What it finds is always inside of the data set.
class ImageFinder {
 public:
  /// root: the data set's folder, which names are relative to and which is searched as a whole
  /// where nothing else helps; folders: where images usually lie, in order.
  ImageFinder(std::filesystem::path root, std::vector<std::filesystem::path> folders);

  struct Found {
    std::filesystem::path path;  ///< where it is, or would be
    std::string problem;         ///< why it is not taken; empty where it is, or is just missing
  };

  Found find(const std::string& name);

  /// Warns, in one line, of the images that were taken because of the last part of their name.
  void warn_of_guesses(const std::filesystem::path& file) const;

 private:
  struct Guess {
    std::string name;
    std::filesystem::path path;
  };

  Found guess(const std::string& name, const std::string& path);
  std::vector<std::filesystem::path> of_base_name(const std::string& base);
  void list_all();

  std::filesystem::path root_;
  std::vector<std::filesystem::path> folders_;
  bool listed_ = false;
  /// Every image below root, by folded name and by folded stem.
  std::multimap<std::string, std::filesystem::path> by_name_;
  std::multimap<std::string, std::filesystem::path> by_stem_;
  std::size_t guesses_ = 0;
  Guess first_guess_;
};

}  // namespace bcnet::data
