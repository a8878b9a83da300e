#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

namespace bcnet::cli {

/// What a flag names to be written beside a verb's main result: "--json", "result.json".
struct OutputFile {
  const char* flag;
  std::string file;            ///< none: not asked for; "-": standard output
  std::string extension = {};  ///< that it has to have; "": any
};

/// Before the minutes of work, what would stop their results from being written in the end: tries
/// the files. out: the folder that the verb makes itself; what lies in it is tried once it is
/// there. Throws Error(usage) for another extension, Error(io).
void check_outputs(std::initializer_list<OutputFile> files, const std::filesystem::path& out = {});

/// For a verb that writes a model of others. Throws Error(usage) where out is one of them.
void refuse_input_as_output(const std::string& out, const std::vector<std::string>& inputs);

}  // namespace bcnet::cli
