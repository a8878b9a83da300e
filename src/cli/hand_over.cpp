#include "cli/hand_over.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/files.h"

namespace bcnet::cli {

namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

/// What stands behind --model; empty where it does not stand there.
std::string model_of(const Words& words) {
  const std::string flag = "--model";
  for (auto word = words.begin(); word != words.end(); ++word) {
    if (*word == flag && word + 1 != words.end()) {
      return *(word + 1);
    }
    if (word->rfind(flag + "=", 0) == 0) {
      return word->substr(flag.size() + 1);
    }
  }
  return {};
}

bool names_weights(const std::string& word) { return lower_extension(word) == ".safetensors"; }

}  // namespace

bool needs_libtorch(int argc, char** argv) {
  const Words words(argv + 1, argv + argc);
  const auto verb = std::find_if(words.begin(), words.end(),
                                 [](const std::string& word) { return word.rfind('-', 0) != 0; });
  if (verb == words.end()) {
    return false;  // --help, --version or nothing
  }
  // doctor looks at LibTorch itself; info builds the network to count its parameters and
  // multiply-adds, of an .onnx file too.
  static const std::set<std::string> always{train_verb.name,  average_verb.name, compare_verb.name,
                                            export_verb.name, "doctor",          "info"};
  if (always.count(*verb) > 0) {
    return true;
  }
  if (*verb == "bench") {  // its help lists what measures training
    return verb + 1 == words.end() || *(verb + 1) != "infer";
  }
  if (*verb == "quantize") {  // a run's folder must be exported first, as a weight file
    const std::string model = model_of(words);
    return !model.empty() && lower_extension(model) != ".onnx";
  }
  const char* model = std::getenv("BCNET_MODEL");
  return (model != nullptr && names_weights(model)) ||
         std::any_of(verb, words.end(), names_weights);
}

void list_verb(CLI::App& app, const Verb& verb) { app.add_subcommand(verb.name, verb.description); }

void hand_over(char** argv) {
  const fs::path program = fs::read_symlink("/proc/self/exe").parent_path() / "bcnet-train";
  execv(program.c_str(), argv);
  throw Error(ErrorKind::io,
              fmt::format("{}: cannot start: {}", program.string(), std::strerror(errno)));
}

}  // namespace bcnet::cli
