#include "cli/shard_flag.h"

#include "cli/command.h"
#include "core/files.h"
#include "core/json.h"
#include "core/sha256.h"

namespace bcnet::cli {

CLI::Option* add_shard_flag(CLI::App& command, std::string& text, const std::string& help) {
  return command
      .add_option("--shard", text,
                  help + "; env: as Slurm numbers the tasks of a job array, env/N: some of N again")
      ->type_name("I/N")
      ->check(not_empty());
}

std::optional<Shard> shard_of(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(parse_shard(text));
}

Json model_settings(const ModelInfo& model, const EngineFlags& flags) {
  return {{"model_sha256", sha256(read_file(model.file, ErrorKind::model))},
          {"precision", flags.precision},
          {"threshold", shortest(model.threshold)},
          {"min_confidence", shortest(model.min_confidence)}};
}

}  // namespace bcnet::cli
