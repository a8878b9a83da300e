#include "data/layouts/foreign.h"

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/lower_case.h"
#include "data/image_folder.h"
#include "data/layouts/annotations.h"
#include "data/layouts/labelme.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

std::string note(const std::string& kind, const std::string& way) {
  return "; looks like " + kind + "; not read, " + way;
}

bool has(const Json& json, const char* key) { return json.is_object() && json.contains(key); }

/// VGG's own files: by image, each with its regions.
bool is_via(const Json& json) {
  return has(json, "_via_img_metadata") ||
         (json.is_object() && !json.empty() && has(json.front(), "regions") &&
          has(json.front(), "filename"));
}

std::string note_of_extension(const std::string& name) {
  constexpr std::array<std::array<const char*, 3>, 23> kinds{{
      {".hdr", "NIfTI or ANALYZE in two files", "save it as one, .nii or .nii.gz"},
      {".gif", "GIF", "convert it to PNG, for instance by mogrify -format png"},
      {".heic", "HEIC", "convert it to PNG, for instance by heif-convert"},
      {".avif", "AVIF", "convert it to PNG, for instance by heif-convert"},
      {".jp2", "JPEG 2000", "convert it to PNG, for instance by opj_decompress"},
      {".psd", "Photoshop's file", "export it as PNG"},
      {".svs", "a slide of a microscope", "export its regions as PNG"},
      {".mha", "MetaImage", "save its slices as PNG, for instance with SimpleITK"},
      {".nrrd", "NRRD", "save its slices as PNG, for instance with SimpleITK"},
      {".mat", "MATLAB", "write its masks by imwrite(uint8(255 * mask), 'NAME.png')"},
      {".h5", "HDF5", "write its pictures as PNG, for instance with h5py and Pillow"},
      {".hdf5", "HDF5", "write its pictures as PNG, for instance with h5py and Pillow"},
      {".tfrecord", "TFRecord", "write its pictures as PNG, for instance with tf.io"},
      {".geojson", "QuPath's GeoJSON", "export masks from QuPath as PNG, or COCO"},
      {".xlsx", "a workbook", "save the sheet as CSV"},
      {".xls", "a workbook", "save the sheet as CSV"},
      {".ods", "a workbook", "save the sheet as CSV"},
      {".numbers", "a workbook", "export the sheet as CSV"},
      {".zip", "an archive", "unpack it first"},
      {".rar", "an archive", "unpack it first"},
      {".7z", "an archive", "unpack it first"},
      {".tar", "an archive", "unpack it first"},
      {".tar.gz", "an archive", "unpack it first"},
  }};
  const auto ends = [&](const std::string& ending) {
    return name.size() > ending.size() &&
           name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
  };
  for (const auto& [ending, kind, way] : kinds) {
    if (ends(ending)) {
      return note(kind, way);
    }
  }
  return {};
}

std::string note_of_file(const fs::path& file) {
  const std::string name = lower_case(file.filename().string());
  if (std::string found = note_of_extension(name); !found.empty()) {
    return found;
  }
  if (lower_extension(file) == ".json") {
    std::error_code error;
    constexpr std::uintmax_t most = 64 << 20;
    if (fs::file_size(file, error) > most || error) {
      return {};
    }
    try {
      return foreign_note(read_annotations(file));
    } catch (const Error& failure) {
      return std::string("; ") + failure.what();
    }
  }
  if (lower_extension(file) == ".xml") {
    std::error_code error;
    if (fs::file_size(file, error) == 0 && !error) {
      return "; " + file.filename().string() + " is empty";
    }
    return note("annotations as XML that are not CVAT's",
                "export them as \"CVAT for images 1.1\", COCO or masks");
  }
  return {};
}

}  // namespace

std::string foreign_note(const Json& json) {
  if (json.is_array() && !json.empty() &&
      (has(json.front(), "annotations") || has(json.front(), "completions")) &&
      has(json.front(), "data")) {
    return note("Label Studio's own JSON", "export the project as COCO");
  }
  if (json.is_array() && !json.empty() && has(json.front(), "image") &&
      (has(json.front(), "tag") || has(json.front(), "label"))) {
    return note("Label Studio's JSON-MIN", "export the project as COCO");
  }
  if (is_via(json)) {
    return note("VGG Image Annotator's own JSON", "export it there as COCO");
  }
  if (has(json, "categories") && has(json, "items")) {
    return note("Datumaro's JSON", "convert it by datum convert -f coco_instances");
  }
  if (has(json, "objects") && has(json, "size")) {
    return note("Supervisely's JSON", "export the project there as COCO");
  }
  if (has(json, "objects") && has(json, "info")) {
    return note("ISAT's JSON", "convert it there to COCO or to masks");
  }
  if (has(json, "features") && has(json, "type")) {
    return note("GeoJSON (QuPath)", "export masks from there as PNG");
  }
  if (has(json, "images") && !has(json, "annotations")) {
    return note("a COCO file without annotations", "an empty list \"annotations\" is expected");
  }
  if (is_labelme(json)) {
    return "; looks like LabelMe's file of one image: --data takes the folder that it is in";
  }
  return {};
}

std::string foreign_note(const fs::path& path) {
  if (!is_folder(path)) {
    const std::string extension = lower_extension(path);
    return extension == ".yaml" || extension == ".yml"
               ? "; looks like YOLO's description of a data set: --data takes the folder that it "
                 "is in"
               : note_of_file(path);
  }
  std::error_code error;
  fs::recursive_directory_iterator entry(path, fs::directory_options::skip_permission_denied,
                                         error);
  constexpr int most = 10'000;
  constexpr int deepest = 2;
  int json_files = 0;
  for (int count = 0; !error && entry != fs::recursive_directory_iterator() && count < most;
       entry.increment(error), ++count) {
    if (entry.depth() >= deepest) {
      entry.disable_recursion_pending();
    }
    // The first few JSON files tell; to read thousands would take minutes.
    if (is_folder(entry->path()) ||
        (lower_extension(entry->path()) == ".json" && ++json_files > 3)) {
      continue;
    }
    if (std::string found = note_of_file(entry->path()); !found.empty()) {
      return found;
    }
  }
  return {};
}

}  // namespace bcnet::data
