#include "train/recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "core/error.h"
#include "train/training_data.h"

namespace bcnet::train {

using ::testing::HasSubstr;

namespace {

const std::string smallest = "[[stages]]\nepochs = 1\n";

std::string message_of(const std::string& text) {
  try {
    parse_recipe(text, "r.toml");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST(Recipe, EveryShippedOneParses) {
  int count = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::string(BCNET_SOURCE_DIR) + "/recipes")) {
    if (entry.path().extension() == ".toml") {
      EXPECT_NO_THROW(load_recipe(entry.path())) << entry.path();
      ++count;
    }
  }
  EXPECT_GE(count, 14);
}

TEST(Recipe, ArticleHasItsThreeStages) {
  const Recipe recipe = load_recipe(std::string(BCNET_SOURCE_DIR) + "/recipes/article/bcnet.toml");
  ASSERT_EQ(recipe.stages.size(), 3U);
  EXPECT_EQ(recipe.stages[0].epochs, 50);
  EXPECT_DOUBLE_EQ(recipe.stages[0].learning_rate, 1e-4);
  EXPECT_EQ(recipe.stages[0].focus, "backbone");
  EXPECT_EQ(recipe.stages[0].augmentation, "basic");
  EXPECT_EQ(recipe.stages[1].epochs, 30);
  EXPECT_DOUBLE_EQ(recipe.stages[1].learning_rate, 5e-5);
  EXPECT_EQ(recipe.stages[1].focus, "cfis");
  EXPECT_EQ(recipe.stages[1].augmentation, "strong");
  EXPECT_EQ(recipe.stages[2].epochs, 20);
  EXPECT_DOUBLE_EQ(recipe.stages[2].learning_rate, 1e-5);
  EXPECT_EQ(recipe.stages[2].focus, "bbem");
  EXPECT_EQ(recipe.stages[2].augmentation, "weak");
  EXPECT_DOUBLE_EQ(recipe.weight_decay, 0.01);
  EXPECT_FALSE(recipe.loss.per_image);
  EXPECT_EQ(total_epochs(recipe), 100);
}

TEST(Recipe, ResolvedTextParsesBackToItself) {
  for (const char* name : {"lite", "article/bcnet", "article/pranet", "compare/unet", "smoke"}) {
    const Recipe recipe = load_recipe(std::string(BCNET_SOURCE_DIR) + "/recipes/" + name + ".toml");
    const std::string text = to_toml(recipe);
    EXPECT_EQ(to_toml(parse_recipe(text, "resolved")), text) << name;
  }
}

TEST(Recipe, DefinesAugmentationsThatItsStagesName) {
  const std::string text =
      "[[stages]]\naugmentation = \"mine\"\n[augmentation.mine]\nbase = \"lite\"\nhue = 5\n";
  const Recipe recipe = parse_recipe(text, "r.toml");
  EXPECT_EQ(recipe.augmentations.at("mine").hue, 5);
  const std::string resolved = to_toml(recipe);
  const Recipe again = parse_recipe(resolved, "resolved");
  EXPECT_EQ(to_toml(again), resolved);
  EXPECT_EQ(again.augmentations.at("mine").scale_high, 1.5);
  const auto loader = training_loader_options(again, again.stages[0], {}, {});
  EXPECT_EQ(loader.augment.hue, 5);
  EXPECT_EQ(loader.augment.scale_high, 1.5);
  EXPECT_NE(recipe_sha256(parse_recipe(text + "noise = 1\n", "r.toml")), recipe_sha256(recipe));
  EXPECT_THAT(message_of("[augmentation.mine]\n[[stages]]\naugmentation = \"your\"\n"),
              AllOf(HasSubstr("r.toml:3: stages[0].augmentation"), HasSubstr("found 'your'"),
                    HasSubstr("lite_strong, mine")));
  EXPECT_THAT(message_of("[augmentation.mine]\nhues = 1\n" + smallest),
              AllOf(HasSubstr("r.toml:2: augmentation.mine.hues"), HasSubstr("'hue'")));
}

TEST(Recipe, KeepsTheNetworksAndTheLosssOptions) {
  const Recipe recipe = parse_recipe(
      "[model]\nboundary_join = 1\ndrop_path_rate = 0.2\n[loss]\nauxiliary_stride = 4\n" + smallest,
      "r.toml");
  const Recipe again = parse_recipe(to_toml(recipe), "resolved");
  const auto& model = std::get<nn::BcnetOptions>(again.model);
  EXPECT_EQ(model.boundary_join, 1);
  EXPECT_EQ(model.drop_path_rate, 0.2);
  EXPECT_EQ(again.loss.auxiliary_stride, 4);
  EXPECT_THAT(message_of("[model]\nboundary_join = 2\n" + smallest),
              AllOf(HasSubstr("model.boundary_join"), HasSubstr("allowed are 1, 3")));
  EXPECT_THAT(message_of("[loss]\nauxiliary_stride = 3\n" + smallest),
              AllOf(HasSubstr("loss.auxiliary_stride"), HasSubstr("allowed are 1, 2, 4")));
  EXPECT_THAT(message_of("[model]\ndrop_path_rate = 1\n" + smallest), HasSubstr("0..0.9"));
}

TEST(Recipe, NamesTheArchitecture) {
  EXPECT_TRUE(std::holds_alternative<nn::BcnetOptions>(parse_recipe(smallest, "r.toml").model));
  const auto through_text = [](const std::string& model) {
    const std::string text = to_toml(parse_recipe("[model]\n" + model + smallest, "r.toml"));
    const Recipe again = parse_recipe(text, "resolved");
    EXPECT_EQ(to_toml(again), text);
    return again;
  };
  const Recipe unet = through_text("architecture = \"unet\"\nbase = 16\n");
  EXPECT_EQ(std::get<nn::UnetOptions>(unet.model).base, 16);
  const Recipe recipe = through_text(
      "architecture = \"pranet\"\nbackbone = \"res2net50_v1b\"\nchannels = 16\n"
      "drop_path_rate = 0.1\npretrained = false\n");
  const auto& pranet = std::get<nn::PranetOptions>(recipe.model);
  EXPECT_EQ(pranet.backbone, "res2net50_v1b");
  EXPECT_EQ(pranet.channels, 16);
  EXPECT_EQ(pranet.drop_path_rate, 0.1);
  EXPECT_FALSE(recipe.pretrained);
  EXPECT_THAT(message_of("[model]\narchitecture = \"segnet\"\n" + smallest),
              AllOf(HasSubstr("r.toml:2: model.architecture"), HasSubstr("found 'segnet'"),
                    HasSubstr("bcnet, pranet, unet")));
}

TEST(Recipe, HasNoKeysOfAnotherArchitecture) {
  const std::string unet = "[model]\narchitecture = \"unet\"\n";
  EXPECT_THAT(message_of(unet + "backbone = \"res2net50_v1b\"\n" + smallest),
              HasSubstr("model.backbone"));
  EXPECT_THAT(message_of(unet + "pretrained = true\n" + smallest), HasSubstr("model.pretrained"));
  EXPECT_THAT(message_of("[model]\nbase = 16\n" + smallest), HasSubstr("model.base"));
  EXPECT_THAT(message_of("[model]\narchitecture = \"pranet\"\nbbem = false\n" + smallest),
              HasSubstr("model.bbem"));
  EXPECT_THAT(message_of(unet + smallest + "focus = \"backbone\"\n"),
              AllOf(HasSubstr("found 'backbone'"), HasSubstr("all, encoder, decoder")));
  EXPECT_THAT(message_of("[model]\nbbem = false\n" + smallest + "focus = \"bbem\"\n"),
              AllOf(HasSubstr("found 'bbem'"), HasSubstr("all, backbone, cfis")));
}

TEST(Recipe, SwitchesPartsOfBcnetOff) {
  const Recipe recipe = parse_recipe(
      "[model]\nacfim = \"unnormalized\"\ngfim = false\nbbem = false\n" + smallest, "r.toml");
  const Recipe again = parse_recipe(to_toml(recipe), "resolved");
  const auto& model = std::get<nn::BcnetOptions>(again.model);
  EXPECT_EQ(model.acfim, "unnormalized");
  EXPECT_FALSE(model.gfim);
  EXPECT_FALSE(model.bbem);
  EXPECT_THAT(message_of("[model]\nacfim = \"half\"\n" + smallest),
              AllOf(HasSubstr("model.acfim"), HasSubstr("full, foreground, unnormalized, none")));
}

TEST(Recipe, AblationsDifferFromTheWholeInOneKey) {
  const std::string recipes = std::string(BCNET_SOURCE_DIR) + "/recipes/";
  const auto lines = [](const std::string& file) {
    std::istringstream text(to_toml(load_recipe(file)));
    std::vector<std::string> all;
    for (std::string line; std::getline(text, line);) {
      all.push_back(line);
    }
    return all;
  };
  const auto whole = lines(recipes + "ablation/whole.toml");
  for (const auto& entry : std::filesystem::directory_iterator(recipes + "ablation")) {
    if (entry.path().filename() == "whole.toml") {
      continue;
    }
    const auto part = lines(entry.path().string());
    ASSERT_EQ(part.size(), whole.size()) << entry.path();
    int different = 0;
    for (std::size_t i = 0; i < part.size(); ++i) {
      different += part[i] != whole[i] ? 1 : 0;
    }
    EXPECT_EQ(different, 1) << entry.path();
  }
}

TEST(Recipe, PranetTakesItsAuthorsLossUnlessToldOtherwise) {
  const std::string model = "[model]\narchitecture = \"pranet\"\n";
  const auto loss = parse_recipe(model + smallest, "r.toml").loss;
  EXPECT_EQ(loss.iou_term, nn::IouTerm::linear);
  EXPECT_EQ(loss.location, 1);
  EXPECT_EQ(loss.levels, 1);
  const auto other =
      parse_recipe(model + "[loss]\niou_term = \"log\"\nlocation = 0.5\n" + smallest, "r.toml")
          .loss;
  EXPECT_EQ(other.iou_term, nn::IouTerm::log);
  EXPECT_EQ(other.location, 0.5);
  EXPECT_EQ(other.levels, 1);
  EXPECT_EQ(parse_recipe(smallest, "r.toml").loss.iou_term, nn::IouTerm::log);
}

TEST(Recipe, HashSeesEveryChange) {
  const std::string hash = recipe_sha256(parse_recipe(smallest, "r.toml"));
  EXPECT_EQ(hash.size(), 64U);
  EXPECT_EQ(recipe_sha256(parse_recipe(smallest + "# comment\n", "r.toml")), hash);
  EXPECT_NE(recipe_sha256(parse_recipe("seed = 2\n" + smallest, "r.toml")), hash);
}

TEST(Recipe, MisspeltKeyIsNamedWithAHint) {
  EXPECT_THAT(message_of("sead = 2\n" + smallest),
              AllOf(HasSubstr("r.toml:1"), HasSubstr("sead"), HasSubstr("did you mean 'seed'")));
  EXPECT_THAT(message_of("[[stages]]\nepoch = 1\n"),
              AllOf(HasSubstr("r.toml:2"), HasSubstr("stages[0].epoch"), HasSubstr("'epochs'")));
  EXPECT_THAT(message_of("[optimiser]\n" + smallest), HasSubstr("'optimizer'"));
}

TEST(Recipe, ValueOutOfRangeNamesWhatIsAllowed) {
  EXPECT_THAT(message_of("[model]\nchannels = 3\n" + smallest),
              AllOf(HasSubstr("model.channels"), HasSubstr("found 3"), HasSubstr("8..1024")));
  EXPECT_THAT(message_of("[model]\nbackbone = \"vgg\"\n" + smallest),
              AllOf(HasSubstr("found 'vgg'"), HasSubstr("efficientnet_lite2")));
  EXPECT_THAT(message_of(smallest + "size = 100\n"), HasSubstr("multiple of 32"));
  EXPECT_THAT(message_of(smallest + "learning_rate = -1\n"), HasSubstr("learning_rate"));
  EXPECT_THAT(message_of(smallest + "augmentation = \"wild\"\n"), HasSubstr("strong"));
  EXPECT_THAT(message_of("seed = \"one\"\n" + smallest), HasSubstr("whole number"));
}

TEST(Recipe, StagesThatContradictAreNamedWithTheirKey) {
  const std::string named = "[[stages]]\nname = \"one\"\n";
  EXPECT_THAT(message_of(named + named),
              AllOf(HasSubstr("stages[1].name"), HasSubstr("found 'one'")));
  // A stage without a name is called by its number.
  EXPECT_THAT(message_of("[[stages]]\nname = \"stage 2\"\n[[stages]]\n"),
              AllOf(HasSubstr("stages[1].name"), HasSubstr("found 'stage 2'")));
  EXPECT_THAT(message_of(named + "focus = \"backbone\"\nbackbone_factor = 0\n"),
              AllOf(HasSubstr("stages[0].backbone_factor"), HasSubstr("found 0"),
                    HasSubstr("stage 'one'"), HasSubstr("above 0")));
  EXPECT_THAT(
      message_of(named + "freeze = [\"bbem\", \"backbone\", \"bbem\"]\n"),
      AllOf(HasSubstr("stages[0].freeze"), HasSubstr("'bbem' twice"), HasSubstr("stage 'one'")));
  EXPECT_THAT(
      message_of(named + "final_factor = 1.5\n"),
      AllOf(HasSubstr("stages[0].final_factor"), HasSubstr("found 1.5"), HasSubstr("0..1")));
}

TEST(Recipe, ALossOfNothingIsRefused) {
  EXPECT_THAT(message_of("[loss]\nfinal = 0\nlocation = 0\nlevels = 0\nboundary = 0\n" + smallest),
              AllOf(HasSubstr("loss.final"), HasSubstr("above 0")));
  // Weights of outputs that the network has not do not count.
  EXPECT_THAT(message_of("[model]\narchitecture = \"unet\"\n[loss]\nfinal = 0\n" + smallest),
              AllOf(HasSubstr("loss.final"), HasSubstr("unet")));
}

TEST(Recipe, NeedsAStage) { EXPECT_THAT(message_of("seed = 1\n"), HasSubstr("[[stages]]")); }

TEST(Recipe, BrokenTomlNamesTheLine) {
  EXPECT_THAT(message_of("seed = 1\n[model\n"), HasSubstr("r.toml:2"));
}

}  // namespace bcnet::train
