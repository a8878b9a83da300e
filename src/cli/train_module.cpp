#include "cli/average_command.h"
#include "cli/compare_command.h"
#include "cli/doctor_torch.h"
#include "cli/export_command.h"
#include "cli/train_command.h"
#include "cli/train_half.h"
#include "cli/training_bench_command.h"
#include "core/version.h"
#include "torch_infer/network_info.h"
#include "torch_infer/network_model.h"
#include "torch_infer/torch_engine.h"
#include "torch_infer/weight_metadata.h"
#include "train/recipe_keys.h"

/// The one symbol of the shared library that train_half.cpp loads.
extern "C" __attribute__((visibility("default"))) const bcnet::cli::TrainHalf* bcnet_train_half() {
  using namespace bcnet;
  static const cli::TrainHalf half{
      version(),
      cli::setup_train,
      cli::setup_average,
      cli::setup_compare,
      cli::setup_export,
      cli::setup_train_bench,
      cli::setup_loader_bench,
      torch_infer::make_torch_engine,
      torch_infer::network_model,
      torch_infer::write_weight_metadata,
      torch_infer::training_file_info,
      torch_infer::add_network_info,
      train::recipe_keys_markdown,
      cli::check_torch,
      cli::check_backbones,
  };
  return &half;
}
