#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/version.h"
#include "data/data_set.h"
#include "data/synth.h"
#include "nn/architectures.h"
#include "nn/backbones/blocks.h"
#include "nn/model_file.h"
#include "nn/weights.h"
#include "runs/run_record.h"
#include "support/temporary_folder.h"
#include "support/thread_communicator.h"
#include "support/tiny_recipe.h"
#include "train/step.h"
#include "train/trainer.h"
#include "train/training_data.h"
#include "train/validator.h"

namespace bcnet::train {
namespace {

namespace fs = std::filesystem;
using test::failures_of_processes;
using test::run_processes;
using test::TemporaryFolder;
using test::what_of;
using testing::HasSubstr;

constexpr std::int64_t side = 64;

/// The learning rate is small because AdamW's first steps are as large where a gradient is nothing
/// but rounding. Gradients are not clipped, which would hide a factor.
Recipe two_epochs(const std::string& more = {}) {
  return parse_recipe(std::string(test::tiny_recipe_head) + "[optimizer]\nclip_norm = 0\n" + more +
                          "[[stages]]\nepochs = 2\nsize = 64\nlearning_rate = 1e-7\n",
                      "r.toml");
}

/// The same each time; not in several threads at once.
std::shared_ptr<nn::SegmentationNetwork> make_network(const Recipe& recipe) {
  torch::manual_seed(5);
  return nn::make_network(recipe.model);
}

std::vector<float> floats(const torch::Tensor& tensor) {
  const auto dense = tensor.to(torch::kFloat32).contiguous();
  return {dense.data_ptr<float>(), dense.data_ptr<float>() + dense.numel()};
}

data::Batch make_batch(std::int64_t n) {
  torch::manual_seed(2);
  data::Batch batch;
  batch.n = n;
  batch.h = batch.w = side;
  batch.images = floats(torch::randn({n, side, side, 3}));
  const auto field = torch::avg_pool2d(torch::randn({n, side + 16, side + 16}), 17, 1);
  batch.masks = floats(field > 0.03);
  batch.boundaries = floats(field.abs() < 0.01);
  batch.edge_weights = floats(1 + torch::rand({n, side, side}));
  for (std::int64_t i = 0; i < n; ++i) {
    batch.names.push_back(std::to_string(i) + ".png");
  }
  return batch;
}

data::Batch part_of(const data::Batch& whole, std::int64_t first, std::int64_t n) {
  data::Batch part;
  part.n = n;
  part.h = whole.h;
  part.w = whole.w;
  const auto cut = [&](const auto& from, auto& to) {
    const auto each = static_cast<std::int64_t>(from.size()) / whole.n;
    to.assign(from.begin() + first * each, from.begin() + (first + n) * each);
  };
  cut(whole.images, part.images);
  cut(whole.masks, part.masks);
  cut(whole.boundaries, part.boundaries);
  cut(whole.edge_weights, part.edge_weights);
  cut(whole.names, part.names);
  return part;
}

using Tensors = std::map<std::string, torch::Tensor>;

struct ThreeSteps {
  StepValues last;
  Tensors moments;  ///< mean gradients
};

/// On the same images.
ThreeSteps three_steps(const Recipe& recipe,
                       const std::shared_ptr<nn::SegmentationNetwork>& network, data::Batch batch,
                       nn::Communicator& communicator) {
  TrainStep step(network, recipe, torch::kCPU, torch::kFloat32, communicator);
  step.enter_stage(recipe.stages[0]);
  ThreeSteps steps;
  for (int i = 0; i < 3; ++i) {
    step.set_learning_rates(1);
    steps.last = step.run(batch);
  }
  for (const auto& [name, tensor] : step.optimizer().state()) {
    if (name.rfind("mean.", 0) == 0) {
      steps.moments[name] = tensor;
    }
  }
  return steps;
}

/// ‖a - b‖ over ‖b‖, of all tensors as one.
double distance(const Tensors& a, const Tensors& b) {
  double difference = 0, size = 0;
  for (const auto& [name, tensor] : a) {
    const auto& other = b.at(name);
    difference += (tensor - other).to(torch::kFloat64).square().sum().item<double>();
    size += other.to(torch::kFloat64).square().sum().item<double>();
  }
  return std::sqrt(difference / size);
}

struct Sharing {
  const char* loss;                 ///< lines of a recipe
  std::vector<std::int64_t> sizes;  ///< images of each process
};

class SharedStep : public testing::TestWithParam<Sharing> {};

TEST_P(SharedStep, IsThatOfOneProcessWithTheWholeBatch) {
  const auto& [loss, sizes] = GetParam();
  const Recipe recipe = two_epochs(loss);
  const data::Batch batch = make_batch(4);
  const auto before = make_network(recipe);
  const auto whole = make_network(recipe);
  const auto [want, moments] = three_steps(recipe, whole, batch, nn::alone());
  const auto weights = nn::state_of(*whole);
  EXPECT_GT(distance(weights, nn::state_of(*before)), 1e-2);  // with what the norms learned

  std::vector<std::shared_ptr<nn::SegmentationNetwork>> networks;
  std::vector<data::Batch> parts;
  std::int64_t first = 0;
  for (const auto n : sizes) {
    networks.push_back(make_network(recipe));
    parts.push_back(part_of(batch, first, n));
    first += n;
  }
  std::vector<ThreeSteps> all(sizes.size());
  run_processes(static_cast<int>(sizes.size()), [&](nn::Communicator& communicator) {
    const auto rank = static_cast<std::size_t>(communicator.rank());
    all[rank] = three_steps(recipe, networks[rank], parts[rank], communicator);
  });
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const StepValues& have = all[i].last;
    // Sums of batch norms are rounded otherwise, and a value or two falls on the other side of an
    // activation's edge; what is wrong makes tenths.
    EXPECT_LT(distance(all[i].moments, moments), 3e-2);
    EXPECT_LT(distance(nn::state_of(*networks[i]), weights), 1e-5);
    EXPECT_EQ(distance(nn::state_of(*networks[i]), nn::state_of(*networks[0])), 0);
    EXPECT_EQ(have.images, 4);
    EXPECT_NEAR(have.loss, want.loss, 1e-4);
    EXPECT_NEAR(have.dice, want.dice, 1e-3);
    EXPECT_NEAR(have.final_mask, want.final_mask, 1e-4);
    EXPECT_NEAR(have.location, want.location, 1e-4);
    EXPECT_NEAR(have.levels, want.levels, 1e-4);
    EXPECT_NEAR(have.boundary, want.boundary, 1e-4);
    ASSERT_EQ(have.each_level.size(), want.each_level.size());
    EXPECT_NEAR(have.each_level[0], want.each_level[0], 1e-4);
  }
}

INSTANTIATE_TEST_SUITE_P(Processes, SharedStep,
                         testing::Values(Sharing{"", {2, 2}},
                                         Sharing{"[loss]\niou = \"batch\"\n", {2, 2}},
                                         Sharing{"", {1, 2, 1}}));

TEST(SharedStep, LossThatIsNotFiniteInOneProcessStopsAll) {
  const Recipe recipe = two_epochs();
  const data::Batch batch = make_batch(4);
  const std::vector<std::shared_ptr<nn::SegmentationNetwork>> networks{make_network(recipe),
                                                                       make_network(recipe)};
  const auto parameters = networks[0]->parameters();
  const auto before = parameters.back().detach().clone();
  std::vector<int> here(2, -1);
  run_processes(2, [&](nn::Communicator& communicator) {
    const auto rank = static_cast<std::size_t>(communicator.rank());
    auto part = part_of(batch, 2 * communicator.rank(), 2);
    if (rank == 1) {
      // It reaches no batch norm.
      part.edge_weights[0] = std::numeric_limits<float>::quiet_NaN();
    }
    try {
      three_steps(recipe, networks[rank], part, communicator);
    } catch (const NotFinite& what) {
      EXPECT_STREQ(what.what(), "the loss");
      here[rank] = what.here() ? 1 : 0;
    }
  });
  EXPECT_EQ(here, (std::vector<int>{0, 1}));
  EXPECT_TRUE(parameters.back().equal(before));
}

TEST(SharedStep, BranchesAreLeftOutForTheImagesThatOneProcessWouldChoose) {
  test::ThreadGroup group(2);
  test::ThreadCommunicator two(group, 0, 2);
  const auto branch = torch::ones({6, 1, 1, 1});
  torch::manual_seed(3);
  const auto whole = nn::drop_path(branch, 0.5, true);
  EXPECT_NE(whole.min().item<float>(), whole.max().item<float>());
  std::vector<torch::Tensor> parts;
  for (const std::int64_t first : {0, 2}) {
    nn::BatchPart part;
    part.communicator = &two;
    part.first = first;
    part.whole = 6;
    const nn::BatchPartGuard guard(part);
    torch::manual_seed(3);
    parts.push_back(nn::drop_path(branch.narrow(0, first, first == 0 ? 2 : 4), 0.5, true));
  }
  EXPECT_TRUE(torch::cat(parts).equal(whole));
}

/// The red channel as logits.
struct RedIsPolyp : nn::SegmentationNetwork {
  nn::NetworkOutputs forward(const torch::Tensor& x) override {
    return {x.narrow(1, 0, 1).contiguous(), {}, {}, {}};
  }
  std::string group_of(const std::string&) const override { return {}; }
};

class SharedRun : public testing::Test {
 protected:
  std::vector<data::Sample> samples(int count) {
    data::write_synthetic(folder_ / "data", count, 0);
    return data::find_samples(folder_ / "data");
  }

  static data::LoaderOptions validation() {
    return validation_loader_options(side, side, DecodeOptions{});
  }

  TemporaryFolder folder_;
};

TEST_F(SharedRun, ValidationGivesAllImagesInTheirOrder) {
  const auto all = samples(9);
  RedIsPolyp network;
  const auto want = Validator(all, validation()).run(network, torch::kCPU, nullptr);
  ASSERT_EQ(want.images.size(), 9U);
  for (const int size : {2, 3}) {
    run_processes(size, [&](nn::Communicator& communicator) {
      RedIsPolyp own;
      Validator validator(all, validation(), communicator);
      for (int again = 0; again < 2; ++again) {
        const auto have = validator.run(own, torch::kCPU, nullptr);
        EXPECT_EQ(have.mean_dice, want.mean_dice);
        EXPECT_EQ(have.mean_iou, want.mean_iou);
        ASSERT_EQ(have.images.size(), want.images.size());
        for (std::size_t i = 0; i < want.images.size(); ++i) {
          EXPECT_EQ(have.images[i].name, want.images[i].name);
          EXPECT_EQ(have.images[i].dice, want.images[i].dice);
          EXPECT_EQ(have.images[i].iou, want.images[i].iou);
          EXPECT_EQ(have.images[i].polyp_percent, want.images[i].polyp_percent);
          EXPECT_EQ(have.images[i].outline, want.images[i].outline);
        }
      }
    });
  }
}

TEST_F(SharedRun, FileThatOneProcessCannotReadEndsAll) {
  const auto all = samples(6);
  test::write_text(all[5].image, "no picture");  // the second process has the last images
  const auto thrown = failures_of_processes(2, [&](nn::Communicator& communicator) {
    RedIsPolyp own;
    Validator(all, validation(), communicator).run(own, torch::kCPU, nullptr);
  });
  const std::string name = all[5].image.filename().string();
  EXPECT_THAT(what_of(thrown[0]), AllOf(HasSubstr("process 1: "), HasSubstr(name)));
  EXPECT_THAT(what_of(thrown[1]), HasSubstr(name));
}

TEST_F(SharedRun, IsThatOfOneProcessAndTheFirstWritesIt) {
  samples(16);
  const Recipe recipe = two_epochs("[run]\nvalidation_size = 64\ncheckpoint_seconds = 0\n");
  // Threads would share the generator that a network's first weights are drawn from.
  nn::save_safetensors(folder_ / "init.safetensors", {nn::state_of(*make_network(recipe)), {}});
  const auto options_of = [&](const std::string& run, nn::Communicator& communicator) {
    TrainerOptions options;
    options.data = {folder_ / "data"};
    options.run = folder_ / run;
    options.init = folder_ / "init.safetensors";
    options.tensorboard = true;
    options.threads = 1;
    options.communicator = &communicator;
    return options;
  };
  const TrainResult want = train(recipe, options_of("whole", nn::alone()));
  run_processes(2, [&](nn::Communicator& communicator) {
    // What another than the first wrote would be seen.
    const std::string run = communicator.first() ? "shared" : "nowhere";
    const TrainResult have = train(recipe, options_of(run, communicator));
    EXPECT_EQ(have.epochs, want.epochs);
    EXPECT_NEAR(have.best_dice, want.best_dice, 1e-3);
  });
  EXPECT_FALSE(fs::exists(folder_ / "nowhere"));
  std::vector<std::string> damage;
  const auto lines = [&](const char* run) {
    return runs::read_lines(folder_ / run / "metrics.jsonl", damage, damage);
  };
  const auto whole = lines("whole");
  const auto shared = lines("shared");
  ASSERT_EQ(shared.size(), whole.size());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_EQ(shared[i]["steps"], whole[i]["steps"]);
    for (const char* key : {"loss", "loss_boundary", "train_dice", "val_dice"}) {
      EXPECT_NEAR(shared[i][key].get<double>(), whole[i][key].get<double>(), 2e-3) << key;
    }
  }
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "whole")) {
    EXPECT_TRUE(fs::exists(folder_ / "shared" / fs::relative(entry, folder_ / "whole")))
        << entry.path();
  }
  // All go on from what the first has written.
  run_processes(2, [&](nn::Communicator& communicator) {
    TrainerOptions options = options_of("shared", communicator);
    options.resume = true;
    EXPECT_TRUE(train(recipe, options).already_finished);
  });
  const auto refused = failures_of_processes(2, [&](nn::Communicator& communicator) {
    train(recipe, options_of("shared", communicator));
  });
  EXPECT_THAT(what_of(refused[0]), HasSubstr("holds a run already"));
  EXPECT_THAT(what_of(refused[1]), HasSubstr("holds a run already"));
}

/// The first of two processes, the other of which says what this one says but for one word.
class WithAnother : public nn::Communicator {
 public:
  WithAnother(std::string here, std::string there)
      : here_(std::move(here)), there_(std::move(there)) {}

  int rank() const override { return 0; }
  int size() const override { return 2; }
  std::vector<std::string> gather(const std::string& bytes) override {
    std::string other = bytes;
    const auto place = other.find(here_);
    if (place != std::string::npos) {
      other.replace(place, here_.size(), there_);
    }
    return {bytes, other};
  }

 protected:
  void reduce(torch::Tensor&, Reduction) override {}

 private:
  std::string here_, there_;
};

TEST(Processes, OfAnotherBuildAreRefusedBeforeAnythingIsWritten) {
  const TemporaryFolder folder;
  data::write_synthetic(folder / "data", 12, 5);
  WithAnother communicator(commit(), "0123456789ab");
  TrainerOptions options;
  options.data = {folder / "data"};
  options.run = folder / "run";
  options.communicator = &communicator;
  try {
    train(two_epochs(), options);
    ADD_FAILURE() << "trains";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_THAT(error.what(), HasSubstr("process 1 differs from process 0 in its build"));
    EXPECT_THAT(error.what(), HasSubstr("0123456789ab"));
  }
  EXPECT_FALSE(fs::exists(folder / "run"));
}

}  // namespace
}  // namespace bcnet::train
