#include "onnx/repository.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "onnx/model.h"
#include "onnx/read.h"

namespace bcnet::onnx {

namespace fs = std::filesystem;

namespace {

void check_name(const std::string& name) {
  const char* allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  if (name.empty() || name.front() == '.' || name.find_first_not_of(allowed) != std::string::npos) {
    throw Error(ErrorKind::usage,
                fmt::format("--name: found '{}', letters, digits, '-', '_' and '.' are allowed, "
                            "'.' not first",
                            name));
  }
}

/// A size that the caller chooses is -1.
std::string dims_of(const ValueInfo& value) {
  std::vector<std::int64_t> dims;
  for (const Dimension& dimension : value.dims) {
    const auto* size = std::get_if<std::int64_t>(&dimension);
    dims.push_back(size == nullptr ? -1 : *size);
  }
  return fmt::format("[ {} ]", fmt::join(dims, ", "));
}

std::string ports_of(const char* kind, const std::vector<ValueInfo>& values) {
  std::vector<std::string> ports;
  for (const ValueInfo& value : values) {
    ports.push_back(
        fmt::format("  {{\n    name: \"{}\"\n    data_type: TYPE_FP32\n    dims: {}\n  }}",
                    value.name, dims_of(value)));
  }
  return fmt::format("{} [\n{}\n]\n", kind, fmt::join(ports, ",\n"));
}

}  // namespace

fs::path repository_file(const fs::path& repository, const std::string& name) {
  check_name(name);
  return repository / name / "1" / "model.onnx";
}

void write_repository_config(const fs::path& repository, const std::string& name) {
  const fs::path file = repository_file(repository, name);
  const Model model = parse(read_file(file, ErrorKind::model), file.string());
  // The batch is one of the dimensions: the network's own sizes stand as they are.
  const std::string config =
      fmt::format("name: \"{}\"\nplatform: \"onnxruntime_onnx\"\nmax_batch_size: 0\n{}{}", name,
                  ports_of("input", model.inputs), ports_of("output", model.outputs));
  write_file_atomically(repository / name / "config.pbtxt", config);
}

void add_to_repository(const fs::path& repository, const std::string& name, const fs::path& onnx) {
  const std::string bytes = read_file(onnx, ErrorKind::model);
  parse(bytes, onnx.string());  // nothing is written of what is no model
  const fs::path file = repository_file(repository, name);
  make_parent(file);
  write_file_atomically(file, bytes);
  write_repository_config(repository, name);
}

}  // namespace bcnet::onnx
