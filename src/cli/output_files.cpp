#include "cli/output_files.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "core/error.h"
#include "core/files.h"

namespace bcnet::cli {

void check_outputs(std::initializer_list<OutputFile> files) {
  for (const OutputFile& output : files) {
    if (output.file.empty() || output.file == "-") {
      continue;
    }
    if (!output.extension.empty() && lower_extension(output.file) != output.extension) {
      throw Error(ErrorKind::usage, fmt::format("{}: found '{}', a name that ends in {} is allowed",
                                                output.flag, output.file, output.extension));
    }
    make_parent(output.file);
    const AtomicFile writable(output.file);
  }
}

void refuse_input_as_output(const std::string& out, const std::vector<std::string>& inputs) {
  for (const std::string& input : inputs) {
    std::error_code error;
    if (std::filesystem::equivalent(out, input, error)) {
      throw Error(
          ErrorKind::usage,
          fmt::format("--out: found '{}', which is the model itself: another name is allowed",
                      out));
    }
  }
}

}  // namespace bcnet::cli
