// Archives of NumPy, through libzip.

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/lower_case.h"
#include "core/version.h"
#include "core/zip_archive.h"
#include "image/format_module.h"
#include "image/header.h"

namespace bcnet {

namespace {

constexpr std::string_view ending = ".npy";

/// What masks and maps are called, by themselves among other arrays.
bool is_usual_name(const std::string& name) {
  constexpr std::array<std::string_view, 15> usual{
      "mask",  "masks", "map",    "pred", "prediction",   "predictions",   "probability", "prob",
      "probs", "label", "labels", "seg",  "segmentation", "probabilities", "softmax"};
  return std::find(usual.begin(), usual.end(), lower_case(name)) != usual.end();
}

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t most = 6;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i) {
    text += (i > 0 ? ", " : "") + names[i];
  }
  return names.size() > most ? text + ", …" : text;
}

NamedArray read_array(std::string_view bytes, const std::string& file, std::uint64_t most) {
  if (bytes.empty()) {
    throw image_error(file, "is empty, an archive of NumPy was expected");
  }
  const ZipArchive archive(bytes, file + ": is an archive of NumPy that cannot be read",
                           ErrorKind::data);
  std::vector<std::string> arrays;
  std::vector<std::string> usual;
  for (const std::string& entry : archive.names()) {
    if (entry.size() > ending.size() &&
        entry.compare(entry.size() - ending.size(), ending.size(), ending) == 0) {
      arrays.push_back(entry.substr(0, entry.size() - ending.size()));
      if (is_usual_name(arrays.back())) {
        usual.push_back(arrays.back());
      }
    }
  }
  if (arrays.empty()) {
    throw image_error(file, "is an archive without an array (NAME.npy)");
  }
  if (arrays.size() > 1 && usual.size() != 1) {
    throw image_error(file, "holds " + std::to_string(arrays.size()) + " arrays (" +
                                listed(arrays) +
                                "), one is allowed, or one that is called mask, prediction or "
                                "probability among others: save it alone by numpy.savez or "
                                "numpy.save");
  }
  std::string name = arrays.size() > 1 ? usual.front() : arrays.front();
  std::string values = archive.read_unpacked(name + std::string(ending), most);
  return {std::move(name), std::move(values)};
}

}  // namespace

}  // namespace bcnet

/// The one symbol of the shared library that image/format_module.cpp loads.
extern "C" __attribute__((visibility("default"))) const bcnet::ArchiveModule*
bcnet_format_module() {
  static const bcnet::ArchiveModule module{bcnet::version(), bcnet::read_array};
  return &module;
}
