#include "cli/verb.h"

#include "cli/bench_command.h"
#include "cli/calibrate_command.h"
#include "cli/data_command.h"
#include "cli/doctor_command.h"
#include "cli/eval_command.h"
#include "cli/export_repository.h"
#include "cli/info_command.h"
#include "cli/merge_command.h"
#include "cli/predict_command.h"
#include "cli/quantize_command.h"
#include "cli/report_command.h"

namespace bcnet::cli {

void add_verbs(CLI::App& parent, const std::vector<Verb>& verbs, int& status) {
  for (const Verb& verb : verbs) {
    CLI::App* command = parent.add_subcommand(verb.name, verb.description);
    if (verb.in_serve_part != nullptr) {
      command->preparse_callback([command, verb, &status](std::size_t) {
        (serve_part().*verb.in_serve_part)(*command, status);
      });
      continue;
    }
    if (verb.setup != nullptr && (verb.in_train_half == nullptr || !has_train_half())) {
      verb.setup(*command, status);
      continue;
    }
    if (!has_train_half()) {
      command->group("");
    }
    command->preparse_callback([command, verb, &status](std::size_t) {
      (train_half(command->get_name()).*verb.in_train_half)(*command, status);
    });
  }
}

std::vector<Verb> all_verbs() {
  return {
      {"doctor", "Look at this build and this machine", setup_doctor},
      {"info", "Say what a model file or a recipe is", setup_info},
      {"data", "Draw, check, look at, divide and convert data sets", setup_data},
      {"train", "Train a network by a recipe", nullptr, &TrainHalf::setup_train},
      {"report", "A page of training runs: curves, pictures", setup_report},
      {"eval", "Measure a model, or any program's masks, on images with masks", setup_eval},
      {"calibrate", "Fit the temperature that makes a model's probabilities honest",
       setup_calibrate},
      {"predict", "Outline the polyps in images", setup_predict},
      {"merge", "Join what predict, eval and data check found in shares (--shard)", setup_merge},
      {"average", "Average the weights of networks trained on from the same start", nullptr,
       &TrainHalf::setup_average},
      {"compare", "Train several recipes on the same data, measure them alike, put them in a table",
       nullptr, &TrainHalf::setup_compare},
      {"export", "Write a trained model as an ONNX file, or its weights as safetensors",
       setup_export_repository, &TrainHalf::setup_export},
      {"quantize", "Write a model with 8-bit weights and activations", setup_quantize},
      {"bench", "Measure speed", setup_bench},
      {"serve", "Answer requests over HTTP, and show a page", nullptr, nullptr,
       &ServePart::setup_serve},
  };
}

}  // namespace bcnet::cli
