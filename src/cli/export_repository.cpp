#include "cli/export_repository.h"

#include <memory>

#include "cli/train_half.h"
#include "core/files.h"
#include "onnx/repository.h"

namespace bcnet::cli {

void add_repository_flags(CLI::App& command, RepositoryFlags& flags) {
  command
      .add_option("--repository", flags.folder,
                  "Write the model into a repository that Triton, OpenVINO Model Server and KServe "
                  "read; an .onnx file as it is")
      ->type_name("DIR");
  command.add_option("--name", flags.name, "The model's name in the repository")
      ->capture_default_str();
}

void export_to_repository(const std::string& model, const RepositoryFlags& flags) {
  onnx::add_to_repository(flags.folder, flags.name, model);
}

void setup_export_repository(CLI::App& command, int& status) {
  struct Options {
    std::string model;
    RepositoryFlags repository;
  };
  const auto options = std::make_shared<Options>();
  command.add_option("--model", options->model, "An .onnx file")->required();
  add_repository_flags(command, options->repository);
  command.allow_extras();  // what only the other half knows is told from what nobody knows there
  command.footer(
      "Example:\n"
      "  bcnet export --model models/bcnet-int8.onnx --repository repository");
  command.callback([options, &command, &status] {
    if (options->repository.folder.empty() || lower_extension(options->model) != ".onnx" ||
        !command.remaining().empty()) {
      train_half(command.get_name());
    }
    export_to_repository(options->model, options->repository);
    status = 0;
  });
}

}  // namespace bcnet::cli
