#include "onnx/repository.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "support/error_of.h"
#include "support/temporary_folder.h"
#include "support/tiny_onnx.h"

namespace bcnet::onnx {
namespace {

using test::read_text;

TEST(Repository, HoldsTheFileAndItsPorts) {
  const test::TemporaryFolder folder;
  const auto file = test::TinyOnnx().write(folder / "tiny.onnx");
  add_to_repository(folder / "all", "polyps", file);
  EXPECT_EQ(read_text(folder / "all/polyps/1/model.onnx"), read_text(file));
  EXPECT_EQ(read_text(folder / "all/polyps/config.pbtxt"),
            "name: \"polyps\"\nplatform: \"onnxruntime_onnx\"\nmax_batch_size: 0\n"
            "input [\n  {\n    name: \"input\"\n    data_type: TYPE_FP32\n"
            "    dims: [ 1, 3, 32, 64 ]\n  }\n]\n"
            "output [\n  {\n    name: \"output\"\n    data_type: TYPE_FP32\n"
            "    dims: [ 1, 1, 32, 64 ]\n  }\n]\n");
}

TEST(Repository, LeavesSizesOpenThatAre) {
  const test::TemporaryFolder folder;
  test::TinyOnnx model;
  model.dynamic = true;
  add_to_repository(folder / "all", "a", model.write(folder / "tiny.onnx"));
  EXPECT_THAT(read_text(folder / "all/a/config.pbtxt"),
              ::testing::HasSubstr("dims: [ -1, 3, -1, -1 ]"));
}

TEST(Repository, RefusesOtherNamesAndFiles) {
  const test::TemporaryFolder folder;
  const auto file = test::TinyOnnx().write(folder / "tiny.onnx");
  for (const char* name : {"", "..", ".a", "a/b", "a b"}) {
    EXPECT_NE(
        test::error_of(ErrorKind::usage, [&] { add_to_repository(folder / "all", name, file); }),
        "no error")
        << name;
  }
  test::write_text(folder / "bad.onnx", "no model");
  EXPECT_NE(test::error_of(ErrorKind::model,
                           [&] { add_to_repository(folder / "all", "a", folder / "bad.onnx"); }),
            "no error");
  EXPECT_FALSE(std::filesystem::exists(folder / "all"));
}

}  // namespace
}  // namespace bcnet::onnx
