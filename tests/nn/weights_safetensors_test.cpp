#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "nn/pinned.h"
#include "nn/weights_samples.h"
#include "support/temporary_folder.h"

namespace bcnet::nn {
namespace {

using test::model_error;
using testing::HasSubstr;

// A file of a header and data.
std::string file_bytes(const std::string& header, const std::string& data = {}) {
  const std::uint64_t length = header.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + header + data;
}

// The message with which a file of these bytes is refused; it begins with the file's path.
std::string refused(const std::string& bytes) {
  const test::TemporaryFolder folder;
  const auto path = folder / "bad.safetensors";
  test::write_text(path, bytes);
  const auto message = model_error([&] { load_safetensors(path); });
  EXPECT_EQ(message.rfind(path.string() + ": safetensors: ", 0), 0U) << message;
  return message;
}

// A header with one F32 tensor "w".
std::string one_tensor(const std::string& shape, const std::string& offsets,
                       const std::string& dtype = "F32") {
  return R"({"w":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets +
         "}}";
}

TEST(LoadSafetensors, ReadsWhatPythonWrote) {
  const auto file = load_safetensors(test::nn_data("small.safetensors"));
  test::expect_same(file.tensors, test::small_tensors());
  EXPECT_EQ(file.metadata, (std::map<std::string, std::string>{{"format", "pt"}, {"note", "é"}}));
}

TEST(SaveSafetensors, WritesTheBytesThatPythonWrites) {
  const test::TemporaryFolder folder;
  auto all = test::small_tensors();
  WeightFile few;
  few.metadata = {{"format", "pt"}};
  for (const char* name : {"f32", "i64", "f16", "u8"}) {
    few.tensors[name] = all[name];
  }
  save_safetensors(folder / "few.safetensors", few);
  EXPECT_EQ(test::read_text(folder / "few.safetensors"),
            test::read_text(test::nn_data("few.safetensors")));
}

TEST(SaveSafetensors, IsReadBack) {
  const test::TemporaryFolder folder;
  WeightFile file;
  file.tensors = test::small_tensors();
  file.metadata = {{"bcnet.format", "1"}, {"text", "two\nlines \"quoted\" 内镜"}};
  save_safetensors(folder / "all.safetensors", file);
  const auto back = load_weights(folder / "all.safetensors");
  test::expect_same(back.tensors, file.tensors);
  EXPECT_EQ(back.metadata, file.metadata);
}

TEST(SaveSafetensors, TakesAnyMemoryFormat) {
  const test::TemporaryFolder folder;
  const auto x = torch::rand({2, 3, 4, 5});
  WeightFile file;
  file.tensors["x"] = x.contiguous(torch::MemoryFormat::ChannelsLast).set_requires_grad(true);
  save_safetensors(folder / "x.safetensors", file);
  EXPECT_TRUE(load_safetensors(folder / "x.safetensors").tensors["x"].equal(x));
}

TEST(SaveSafetensors, KeepsTheOldFileOnError) {
  const test::TemporaryFolder folder;
  test::write_text(folder / "old.safetensors", "old");
  WeightFile file;
  file.tensors["w"] = torch::zeros({1}, torch::kComplexFloat);
  EXPECT_THROW(save_safetensors(folder / "old.safetensors", file), Error);
  EXPECT_EQ(test::read_text(folder / "old.safetensors"), "old");
  file.tensors["w"] = torch::zeros({1});
  EXPECT_THROW(save_safetensors(folder / "no/such/folder.safetensors", file), Error);
}

TEST(LoadSafetensors, NamesAMissingFile) {
  EXPECT_THAT(model_error([] { load_safetensors("/no/such.safetensors"); }),
              HasSubstr("/no/such.safetensors"));
}

TEST(LoadSafetensors, RefusesAFlippedLength) {
  auto bytes = file_bytes(one_tensor("[1]", "[0,4]"), "abcd");
  for (int byte = 0; byte < 8; ++byte) {
    auto flipped = bytes;
    flipped[byte] = static_cast<char>(flipped[byte] ^ 0x40);
    refused(flipped);
  }
  bytes.replace(0, 8, std::string(8, '\xff'));
  EXPECT_THAT(refused(bytes), HasSubstr("header length: found 18446744073709551615, allowed is"));
}

TEST(LoadSafetensors, RefusesHeadersThatAreNone) {
  EXPECT_THAT(refused(""), HasSubstr("found 0 bytes, at least 8 are needed"));
  EXPECT_THAT(refused(file_bytes("")), HasSubstr("not a JSON object"));
  EXPECT_THAT(refused(file_bytes("[1]")), HasSubstr("not a JSON object"));
  EXPECT_THAT(refused(file_bytes("{\"w\":")), HasSubstr("is not JSON"));
  EXPECT_THAT(refused(file_bytes("{\"\xff\":1}")), HasSubstr("is not JSON"));
  EXPECT_THAT(refused(file_bytes("{\"w\":" + std::string(100'000, '['))), HasSubstr("is not JSON"));
}

TEST(LoadSafetensors, RefusesANameTwice) {
  const std::string tensor = R"("w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  EXPECT_THAT(refused(file_bytes("{" + tensor + "," + tensor + "}", "a")),
              HasSubstr("has 'w' twice"));
  EXPECT_THAT(refused(file_bytes(
                  R"({"w":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}})", "a")),
              HasSubstr("has 'dtype' twice"));
}

TEST(LoadSafetensors, RefusesOffsetsThatLieOutside) {
  EXPECT_THAT(refused(file_bytes(one_tensor("[1]", "[0,4]"), "abc")),
              HasSubstr("'w': data_offsets: found [0, 4], allowed is 0..3 in order"));
  EXPECT_THAT(refused(file_bytes(one_tensor("[1]", "[4,0]"), "abcd")), HasSubstr("data_offsets"));
  EXPECT_THAT(refused(file_bytes(one_tensor("[1]", "[-4,0]"), "abcd")), HasSubstr("data_offsets"));
  EXPECT_THAT(refused(file_bytes(one_tensor("[1]", "[0]"), "abcd")), HasSubstr("data_offsets"));
  EXPECT_THAT(refused(file_bytes(one_tensor("[1]", "[0,99999999999999999999]"), "abcd")),
              HasSubstr("data_offsets"));
}

TEST(LoadSafetensors, RefusesOverlapsGapsAndRests) {
  const auto two = [](const std::string& a, const std::string& b) {
    return R"({"a":{"dtype":"U8","shape":[2],"data_offsets":)" + a +
           R"(},"b":{"dtype":"U8","shape":[2],"data_offsets":)" + b + "}}";
  };
  EXPECT_THAT(refused(file_bytes(two("[0,2]", "[1,3]"), "abc")),
              HasSubstr("'b': data begins at byte 1, allowed is 2"));
  EXPECT_THAT(refused(file_bytes(two("[3,5]", "[0,2]"), "abcde")),
              HasSubstr("'a': data begins at byte 3, allowed is 2"));
  EXPECT_THAT(refused(file_bytes(two("[0,2]", "[2,4]"), "abcde")),
              HasSubstr("found 5 bytes of data, the header names 4"));
}

TEST(LoadSafetensors, RefusesSizesThatDoNotFit) {
  EXPECT_THAT(refused(file_bytes(one_tensor("[2]", "[0,4]"), "abcd")),
              HasSubstr("'w': found 4 bytes, F32 of shape [2] needs 8"));
  EXPECT_THAT(refused(file_bytes(one_tensor("[4294967296,4294967296]", "[0,4]"), "abcd")),
              HasSubstr("is too large"));
  EXPECT_THAT(refused(file_bytes(one_tensor("[4294967296,0,4294967296]", "[0,0]"))),
              HasSubstr("is too large"));
  EXPECT_THAT(refused(file_bytes(one_tensor("[-1]", "[0,4]"), "abcd")), HasSubstr("shape"));
  EXPECT_THAT(refused(file_bytes(one_tensor("[18446744073709551615]", "[0,4]"), "abcd")),
              HasSubstr("shape"));
  EXPECT_THAT(refused(file_bytes(one_tensor("4", "[0,4]"), "abcd")), HasSubstr("shape"));
}

TEST(LoadSafetensors, RefusesUnknownTypes) {
  EXPECT_THAT(refused(file_bytes(one_tensor("[4]", "[0,4]", "F8_E4M3"), "abcd")),
              HasSubstr("'w': dtype: found \"F8_E4M3\", allowed are F64, F32, F16, BF16, I64, I32, "
                        "I16, I8, U8, BOOL"));
  EXPECT_THAT(refused(file_bytes(R"({"w":{"shape":[0],"data_offsets":[0,0]}})")),
              HasSubstr("'w' has no dtype"));
  EXPECT_THAT(refused(file_bytes(R"({"w":3})")), HasSubstr("'w' has no data_offsets"));
}

TEST(LoadSafetensors, RefusesMetadataThatIsNotText) {
  EXPECT_THAT(refused(file_bytes(R"({"__metadata__":{"a":1}})")),
              HasSubstr("__metadata__.a: found number, allowed is text"));
  EXPECT_THAT(refused(file_bytes(R"({"__metadata__":"a"})")), HasSubstr("is not an object"));
}

}  // namespace
}  // namespace bcnet::nn
