#include "cli/output_files.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "core/error.h"
#include "core/files.h"
#include "core/path_within.h"

namespace bcnet::cli {

void check_outputs(std::initializer_list<OutputFile> files, const std::filesystem::path& out) {
  for (const OutputFile& output : files) {
    if (output.file.empty()) {
      continue;
    }
    if (!output.extension.empty() && lower_extension(output.file) != output.extension) {
      throw Error(ErrorKind::usage, fmt::format("{}: found '{}', a name that ends in {} is allowed",
                                                output.flag, output.file, output.extension));
    }
    const bool is_standard_output = output.file == "-";
    const bool is_later =
        !out.empty() && !std::filesystem::exists(out) && is_within(output.file, out);
    if (!is_standard_output && !is_later) {
      const AtomicFile writable(output.file);
    }
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
