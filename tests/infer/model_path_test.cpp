#include "infer/model_path.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "core/error.h"
#include "support/temporary_folder.h"

namespace bcnet::infer {
namespace {

namespace fs = std::filesystem;

class ModelPath : public ::testing::Test {
 protected:
  ModelPath() { ::unsetenv("BCNET_MODEL"); }
  ~ModelPath() override { ::unsetenv("BCNET_MODEL"); }

  test::TemporaryFolder first_;
  test::TemporaryFolder second_;
  std::vector<fs::path> folders_{first_.path(), second_.path()};
};

TEST_F(ModelPath, TakesTheFlagBeforeAll) {
  ::setenv("BCNET_MODEL", "/from/environment.onnx", 1);
  test::write_text(first_ / "bcnet.onnx", "x");
  EXPECT_EQ(find_model("flag.onnx", folders_), "flag.onnx");
}

TEST_F(ModelPath, TakesTheEnvironmentBeforeTheFolders) {
  ::setenv("BCNET_MODEL", "/from/environment.onnx", 1);
  test::write_text(first_ / "bcnet.onnx", "x");
  EXPECT_EQ(find_model("", folders_), "/from/environment.onnx");
}

TEST_F(ModelPath, TakesTheFirstFolderThatHoldsOne) {
  test::write_text(second_ / "bcnet.onnx", "x");
  EXPECT_EQ(find_model("", folders_), second_ / "bcnet.onnx");
  test::write_text(first_ / "bcnet.onnx", "x");
  EXPECT_EQ(find_model("", folders_), first_ / "bcnet.onnx");
}

TEST_F(ModelPath, PrefersTheQuantisedModel) {
  test::write_text(first_ / "bcnet.onnx", "x");
  test::write_text(first_ / "bcnet-int8.onnx", "x");
  EXPECT_EQ(find_model("", folders_), first_ / "bcnet-int8.onnx");
}

TEST_F(ModelPath, ListsWhereItLooked) {
  try {
    find_model("", folders_);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::model);
    EXPECT_THAT(error.what(),
                ::testing::HasSubstr(first_.path().string() + ", " + second_.path().string()));
  }
}

TEST_F(ModelPath, LooksBesideTheProgramThenInTheSourceTree) {
  const std::vector<fs::path> folders = model_folders();
  ASSERT_EQ(folders.size(), 2U);
  EXPECT_EQ(folders[0],
            fs::read_symlink("/proc/self/exe").parent_path().parent_path() / "share/bcnet/models");
  EXPECT_EQ(folders[1], fs::path(BCNET_SOURCE_DIR) / "models");
}

}  // namespace
}  // namespace bcnet::infer
