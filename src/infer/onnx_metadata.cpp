#include "infer/onnx_metadata.h"

#include <protozero/exception.hpp>
#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>
#include <utility>

#include "core/download_note.h"
#include "core/error.h"

namespace bcnet::infer {

namespace {

// Field numbers of onnx.proto3.
enum class ModelField : protozero::pbf_tag_type { ir_version = 1, graph = 7, metadata_props = 14 };
enum class EntryField : protozero::pbf_tag_type { key = 1, value = 2 };

std::pair<std::string, std::string> read_entry(protozero::pbf_message<EntryField> message) {
  std::pair<std::string, std::string> entry;
  while (message.next()) {
    switch (message.tag()) {
      case EntryField::key:
        entry.first = message.get_string();
        break;
      case EntryField::value:
        entry.second = message.get_string();
        break;
      default:
        message.skip();
    }
  }
  return entry;
}

}  // namespace

std::map<std::string, std::string> read_onnx_metadata(std::string_view bytes,
                                                      const std::string& file) {
  std::map<std::string, std::string> metadata;
  bool has_version = false;
  bool has_graph = false;
  try {
    protozero::pbf_message<ModelField> model(bytes.data(), bytes.size());
    while (model.next()) {
      switch (model.tag()) {
        case ModelField::ir_version:
          has_version = model.get_int64() > 0;
          break;
        case ModelField::graph:
          model.get_view();
          has_graph = true;
          break;
        case ModelField::metadata_props:
          metadata.insert(read_entry(model.get_message()));
          break;
        default:
          model.skip();
      }
    }
  } catch (const protozero::end_of_buffer_exception&) {
    throw Error(ErrorKind::model,
                file + (has_version ? ": cut short: the ONNX model goes on beyond its end"
                                    : ": not an ONNX model" + download_note(bytes)));
  } catch (const protozero::exception&) {
    has_graph = false;
  }
  if (!has_version || !has_graph) {
    throw Error(ErrorKind::model, file + ": not an ONNX model" + download_note(bytes));
  }
  return metadata;
}

std::string with_onnx_metadata(std::string_view bytes,
                               const std::map<std::string, std::string>& entries,
                               const std::string& file) {
  read_onnx_metadata(bytes, file);  // throws for what is none: below, every field is whole
  std::string result;
  result.reserve(bytes.size() + 1024);
  protozero::pbf_message<ModelField> model(bytes.data(), bytes.size());
  std::size_t start = 0;
  while (model.next()) {
    const bool replaced = model.tag() == ModelField::metadata_props &&
                          entries.count(read_entry(model.get_message()).first) > 0;
    if (model.tag() != ModelField::metadata_props) {
      model.skip();
    }
    const std::size_t end = bytes.size() - model.length();
    if (!replaced) {
      result.append(bytes.substr(start, end - start));
    }
    start = end;
  }
  protozero::pbf_builder<ModelField> writer(result);
  for (const auto& [key, value] : entries) {
    protozero::pbf_builder<EntryField> entry(writer, ModelField::metadata_props);
    entry.add_string(EntryField::key, key);
    entry.add_string(EntryField::value, value);
  }
  return result;
}

}  // namespace bcnet::infer
