#include "image/format_module.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "core/error.h"
#include "core/files.h"
#include "core/lower_case.h"
#include "core/module.h"

namespace bcnet {

namespace fs = std::filesystem;

namespace {

/// What a format's module is called and stands on.
struct Needed {
  const char* kind;
  const char* module;
  const char* package;  ///< Debian's
};

const void* load(const Needed& needed, const std::string& file) {
  const fs::path module = module_file(needed.module);
  std::error_code error;
  if (!fs::exists(module, error)) {
    throw Error(ErrorKind::data, fmt::format("{}: is {}, which this build does not read ({} is "
                                             "missing): convert the file to PNG",
                                             file, needed.kind, module.string()));
  }
  try {
    return load_module(module, "bcnet_format_module", ModuleSymbols::hidden);
  } catch (const Error& failure) {
    throw Error(ErrorKind::data, fmt::format("{}: is {}: install {} (Debian's name of the "
                                             "library that reads it): {}",
                                             file, needed.kind, needed.package, failure.what()));
  }
}

std::optional<ModuleFormat> by_name(const fs::path& path) {
  constexpr std::array<std::pair<std::string_view, ModuleFormat>, 4> endings{
      {{".dcm", ModuleFormat::dicom},
       {".dicom", ModuleFormat::dicom},
       {".nii", ModuleFormat::nifti},
       {".nii.gz", ModuleFormat::nifti}}};
  const std::string name = lower_case(path.filename().string());
  for (const auto& [ending, format] : endings) {
    if (name.size() > ending.size() &&
        name.compare(name.size() - ending.size(), ending.size(), ending) == 0) {
      return format;
    }
  }
  return std::nullopt;
}

/// Behind a preamble that anything may stand in.
bool begins_as_dicom(const fs::path& path) {
  constexpr std::string_view mark = "DICM";
  constexpr std::streamoff preamble = 128;
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    return false;
  }
  std::ifstream file(path, std::ios::binary);
  std::array<char, mark.size()> found{};
  file.seekg(preamble);
  file.read(found.data(), found.size());
  return file && std::string_view(found.data(), found.size()) == mark;
}

}  // namespace

bool has_module_extension(const fs::path& path) { return by_name(path).has_value(); }

std::optional<ModuleFormat> module_format(const fs::path& path) {
  if (const auto format = by_name(path)) {
    return format;
  }
  const std::string extension = lower_extension(path);
  const bool told = has_mask_extension(path) || extension == ".json" || extension == ".npz";
  return !told && begins_as_dicom(path) ? std::optional(ModuleFormat::dicom) : std::nullopt;
}

const PictureModule& picture_module(ModuleFormat format, const std::string& file) {
  // Debian 12's names.
  static constexpr Needed dicom{"DICOM", "bcnet-dicom.so", "libdcmtk17"};
  static constexpr Needed nifti{"NIfTI", "bcnet-nifti.so", "libniftiio2"};
  if (format == ModuleFormat::dicom) {
    static const auto* loaded = static_cast<const PictureModule*>(load(dicom, file));
    return *loaded;
  }
  static const auto* loaded = static_cast<const PictureModule*>(load(nifti, file));
  return *loaded;
}

const ArchiveModule& archive_module(const std::string& file) {
  static constexpr Needed archive{"an archive of NumPy", "bcnet-npz.so", "libzip4"};
  static const auto* loaded = static_cast<const ArchiveModule*>(load(archive, file));
  return *loaded;
}

}  // namespace bcnet
