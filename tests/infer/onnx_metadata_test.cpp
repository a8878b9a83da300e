#include "infer/onnx_metadata.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "support/tiny_onnx.h"

namespace bcnet::infer {
namespace {

using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string message_for(std::string_view bytes) {
  try {
    read_onnx_metadata(bytes, "a.onnx");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::model);
    return error.what();
  }
  return {};
}

TEST(OnnxMetadata, GivesEveryEntry) {
  test::TinyOnnx model;
  model.description.trained_on = "Kvasir-SEG, Zürich 内镜";
  EXPECT_EQ(read_onnx_metadata(model.bytes(), "a.onnx"), to_metadata(model.description));
}

TEST(OnnxMetadata, IsEmptyForAModelWithoutAny) {
  test::TinyOnnx model;
  model.described = false;
  EXPECT_THAT(read_onnx_metadata(model.bytes(), "a.onnx"), IsEmpty());
}

TEST(OnnxMetadata, RefusesWhatIsNoOnnx) {
  EXPECT_EQ(message_for(""), "a.onnx: not an ONNX model");
  EXPECT_EQ(message_for("just some text, saved under the wrong name\n"),
            "a.onnx: not an ONNX model");
  EXPECT_EQ(message_for(std::string_view("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16)),
            "a.onnx: not an ONNX model");
}

TEST(OnnxMetadata, NamesWhatADownloadBroughtInstead) {
  EXPECT_THAT(message_for("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"),
              StartsWith("a.onnx: not an ONNX model; looks like a Git LFS pointer: git lfs pull"));
  EXPECT_THAT(message_for("<!DOCTYPE html>\n<html></html>\n"),
              StartsWith("a.onnx: not an ONNX model; looks like a web page"));
}

TEST(OnnxMetadata, RefusesAFileCutShortInsideTheGraph) {
  const std::string bytes = test::TinyOnnx().bytes();
  EXPECT_EQ(message_for(std::string_view(bytes).substr(0, 40)),
            "a.onnx: cut short: the ONNX model goes on beyond its end");
}

// Every other field is kept, which the engine's own test of a changed file shows too.
TEST(OnnxMetadata, ReplacesEntriesAndNothingElse) {
  test::TinyOnnx model;
  const std::string before = model.bytes();
  model.description.temperature = 1.75F;
  model.description.license = "";
  const std::string after =
      with_onnx_metadata(before, {{"bcnet.temperature", "1.75"}, {"other", "new"}}, "a.onnx");
  auto expected = to_metadata(model.description);
  expected["other"] = "new";
  EXPECT_EQ(read_onnx_metadata(after, "a.onnx"), expected);
  model.described = false;
  const std::string bare = model.bytes();
  EXPECT_EQ(after.substr(0, bare.size()), bare);
  EXPECT_EQ(with_onnx_metadata(after, {{"bcnet.temperature", "1.75"}, {"other", "new"}}, "a.onnx"),
            after);
  EXPECT_THROW(with_onnx_metadata("no model", {}, "a.onnx"), Error);
}

// A cut between two fields leaves a shorter model that is whole; anywhere else it is an error,
// and nowhere a crash.
TEST(OnnxMetadata, SurvivesACutAtEveryByte) {
  const std::string bytes = test::TinyOnnx().bytes();
  int refused = 0;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    refused += message_for(std::string_view(bytes).substr(0, size)).empty() ? 0 : 1;
  }
  EXPECT_GT(refused, static_cast<int>(bytes.size()) - 20);
}

TEST(OnnxMetadata, SurvivesEveryFlippedByte) {
  const std::string bytes = test::TinyOnnx().bytes();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0xff);
    EXPECT_THAT(message_for(damaged), ::testing::AnyOf(IsEmpty(), StartsWith("a.onnx: ")));
  }
}

}  // namespace
}  // namespace bcnet::infer
