#include "cli/training_flags.h"

#include "cli/command.h"

namespace bcnet::cli {

void add_training_flags(CLI::App& command, std::string& device, int& threads,
                        std::string& precision) {
  command.add_option("--device", device, "cpu, cuda or cuda:N")->capture_default_str();
  add_threads_flag(command, threads);
  command.add_option("--precision", precision, "auto, f32 or bf16 (default: the recipe's)")
      ->check(CLI::IsMember({"auto", "f32", "bf16", "f16"}));
}

}  // namespace bcnet::cli
