#include "cli/data_flags.h"

#include "cli/command.h"

namespace bcnet::cli {

void add_data_flags(CLI::App& command, std::string& data, std::string& manifest) {
  command.add_option("--data", data, data_help)->required();
  add_manifest_flag(command, manifest);
}

void add_annotation_flags(CLI::App& command, data::AnnotationOptions& options) {
  command
      .add_option("--category", options.categories,
                  "Of annotations, only objects of this label are polyps; may be repeated "
                  "(default: all)")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command
      .add_option("--images", options.images,
                  "Where the images are that annotation files name (default: with them)")
      ->type_name("DIR");
}

CLI::Option* add_manifest_flag(CLI::App& command, std::string& manifest) {
  return command
      .add_option("--manifest", manifest,
                  "Splits in place of --data's own: a CSV as data split writes it")
      ->type_name("FILE.csv")
      ->check(not_empty());
}

}  // namespace bcnet::cli
