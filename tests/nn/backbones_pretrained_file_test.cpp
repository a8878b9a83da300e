#include "nn/backbones/pretrained_file.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "core/error.h"
#include "nn/backbones/backbone.h"
#include "support/temporary_folder.h"

namespace bcnet::nn {
namespace {

// Sets an environment variable, or unsets it, until the end of the test.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) {
      old_ = old;
    }
    value.empty() ? ::unsetenv(name) : ::setenv(name, value.c_str(), 1);
  }
  ~Variable() { old_ ? ::setenv(name_, old_->c_str(), 1) : ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> old_;
};

TEST(FindBackboneFile, LooksInItsOwnFolderBeforeTheCache) {
  const test::TemporaryFolder folder;
  const Variable own("BCNET_BACKBONES", folder / "own");
  const Variable cache("XDG_CACHE_HOME", folder / "cache");
  EXPECT_EQ(backbone_folders(),
            (std::vector<std::filesystem::path>{folder / "own", folder / "cache/bcnet/backbones"}));
  EXPECT_EQ(find_backbone_file("efficientnet_lite2"), std::nullopt);

  const auto cached = folder / "cache/bcnet/backbones/efficientnet-lite2-9656183e.pth";
  test::write_text(cached, "");
  EXPECT_EQ(find_backbone_file("efficientnet_lite2"), cached);
  EXPECT_EQ(find_backbone_file("efficientnet_lite0"), std::nullopt);

  const auto mine = folder / "own/efficientnet-lite2.safetensors";
  test::write_text(mine, "");
  EXPECT_EQ(find_backbone_file("efficientnet_lite2"), mine);
}

TEST(FindBackboneFile, FallsBackToTheHomeFolder) {
  const test::TemporaryFolder folder;
  const Variable own("BCNET_BACKBONES", "");
  const Variable cache("XDG_CACHE_HOME", "");
  const Variable home("HOME", folder.path());
  const auto file = folder / ".cache/bcnet/backbones/res2net50_v1b_26w_4s-3cf99910.pth";
  test::write_text(file, "");
  EXPECT_EQ(find_backbone_file("res2net50_v1b"), file);
}

TEST(FindBackboneFile, PassesOverOtherFiles) {
  const test::TemporaryFolder folder;
  const Variable own("BCNET_BACKBONES", folder.path());
  const Variable cache("XDG_CACHE_HOME", folder / "none");
  test::write_text(folder / "efficientnet-lite2-9656183e.pth.part", "");
  test::write_text(folder / "my-efficientnet-lite2.pth", "");
  EXPECT_EQ(find_backbone_file("efficientnet_lite2"), std::nullopt);
}

TEST(BackboneFilePattern, IsKnownForEveryBackbone) {
  for (const auto& name : backbone_names()) {
    EXPECT_NE(backbone_file_pattern(name), "") << name;
  }
  EXPECT_EQ(backbone_file_pattern("efficientnet_lite2"), "efficientnet-lite2*.pth");
  EXPECT_THROW(backbone_file_pattern("vgg"), Error);
}

}  // namespace
}  // namespace bcnet::nn
