#include "serve/infer_request.h"

#include <gmock/gmock.h>

#include <cstring>
#include <limits>

#include "serve/infer_response.h"
#include "support/error_of.h"

namespace bcnet::serve {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string head = R"("name":"input","datatype":"FP32","shape":[1,2,2])";

std::string problem_of(const std::string& body, std::optional<std::size_t> json_bytes = {}) {
  return test::error_of(ErrorKind::data, [&] { parse_infer_request(body, json_bytes); });
}

std::string bytes_of(const std::vector<float>& values) {
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

TEST(InferRequest, ReadsNumbersFlatAndNested) {
  for (const char* data : {"[1,2.5,-3,4e0]", "[[[1,2.5],[-3,4]]]"}) {
    const auto request =
        parse_infer_request(R"({"id":"7","inputs":[{)" + head + R"(,"data":)" + data + "}]}", {});
    EXPECT_EQ(request.id, "7");
    ASSERT_EQ(request.inputs.size(), 1U);
    EXPECT_THAT(float_elements(request.inputs[0], {1, 2, 2}), ElementsAre(1, 2.5, -3, 4));
    EXPECT_FALSE(request.binary_outputs);
  }
}

TEST(InferRequest, ReadsKeysInAnyOrder) {
  const auto request = parse_infer_request(
      R"({"inputs":[{"data":[1,2],"parameters":{},"shape":[2],"datatype":"UINT8","name":"a"},)"
      R"({"name":"b","data":[3],"shape":[1],"datatype":"UINT8"}],"outputs":[{"name":"c"}]})",
      {});
  ASSERT_EQ(request.inputs.size(), 2U);
  EXPECT_THAT(byte_elements(request.inputs[0], {-1}, 10), ElementsAre(1, 2));
  EXPECT_THAT(byte_elements(request.inputs[1], {-1}, 10), ElementsAre(3));
  ASSERT_EQ(request.outputs.size(), 1U);
  EXPECT_EQ(request.outputs[0].name, "c");
}

TEST(InferRequest, ReadsBytesBehindTheJson) {
  const std::string json = R"({"parameters":{"binary_data_output":true},"inputs":[{)" + head +
                           R"(,"parameters":{"binary_data_size":16}}],)"
                           R"("outputs":[{"name":"o","parameters":{"binary_data":false}}]})";
  const std::string body = json + bytes_of({1, 2, 3, 4});
  const auto request = parse_infer_request(body, json.size());
  EXPECT_THAT(float_elements(request.inputs[0], {1, 2, 2}), ElementsAre(1, 2, 3, 4));
  EXPECT_TRUE(request.binary_outputs);
  EXPECT_FALSE(request.outputs[0].binary);
}

TEST(InferRequest, RefusesDamagedJson) {
  EXPECT_THAT(problem_of(""), HasSubstr("no JSON"));
  EXPECT_THAT(problem_of("{\"inputs\":[{"), HasSubstr("no JSON"));
  EXPECT_THAT(problem_of("[]"), HasSubstr("a JSON object is expected"));
  EXPECT_THAT(problem_of("7"), HasSubstr("a JSON object is expected"));
  EXPECT_THAT(problem_of("{}"), HasSubstr("inputs: an array"));
  EXPECT_THAT(problem_of(R"({"inputs":{}})"), HasSubstr("inputs: an array"));
  EXPECT_THAT(problem_of(R"({"inputs":[]})"), HasSubstr("inputs: an array"));
  EXPECT_THAT(problem_of(R"({"inputs":[1]})"), HasSubstr("an object is expected"));
  EXPECT_THAT(problem_of(R"({"inputs":[{}]})"), HasSubstr("name: a string"));
  EXPECT_THAT(problem_of(R"({"id":1,"inputs":[]})"), HasSubstr("id: a string"));
  EXPECT_THAT(problem_of(std::string(20000, '[')), HasSubstr("too deep"));
  EXPECT_THAT(problem_of("{\"a\":\"\xff\"}"), HasSubstr("no JSON"));
}

TEST(InferRequest, LimitsTheValuesBesideTheTensors) {
  std::string many = "{\"x\":[1";
  for (int i = 0; i < 2000; ++i) {
    many += ",1";
  }
  EXPECT_THAT(problem_of(many + "]}"), HasSubstr("too many values"));
}

TEST(InferRequest, RefusesOtherShapes) {
  for (const char* shape : {"[]", "[-1]", "[1.5]", "[99999999999]", "[18446744073709551616]",
                            "\"1\"", "[1,1,1,1,1,1,1,1,1]", "[null]"}) {
    const std::string input = std::string(R"("name":"a","datatype":"FP32","shape":)") + shape;
    EXPECT_NE(problem_of(R"({"inputs":[{)" + input + R"(,"data":[1]}]})"), "no error") << shape;
  }
}

TEST(InferRequest, RefusesOtherData) {
  for (const char* data : {"[1,\"2\"]", "[true]", "[null]", "[{}]", "[1e400]", "[1e39]", "{}", "5",
                           "[[[[[[[[[[1]]]]]]]]]]"}) {
    EXPECT_NE(problem_of(R"({"inputs":[{)" + head + R"(,"data":)" + data + "}]}"), "no error")
        << data;
  }
}

TEST(InferRequest, RefusesBytesThatDoNotFit) {
  const auto with = [](const std::string& size) {
    return R"({"inputs":[{)" + head + R"(,"parameters":{"binary_data_size":)" + size + "}}]}";
  };
  const std::string json = with("16");
  EXPECT_THAT(problem_of(json + "123", json.size()), HasSubstr("3 bytes left"));
  EXPECT_THAT(problem_of(json + std::string(17, 'x'), json.size()), HasSubstr("1 bytes that no"));
  EXPECT_THAT(problem_of(json, json.size() + 1), HasSubstr("Inference-Header-Content-Length"));
  for (const char* size : {"-1", "1.5", "\"16\"", "1e3"}) {
    EXPECT_THAT(problem_of(with(size)), HasSubstr("binary_data_size")) << size;
  }
  EXPECT_THAT(problem_of(with("18446744073709551615")), HasSubstr("binary_data_size"));
}

TEST(InferRequest, RefusesNamesThatComeTwice) {
  const std::string input = "{" + head + ",\"data\":[1,2,3,4]}";
  EXPECT_THAT(problem_of("{\"inputs\":[" + input + "," + input + "]}"), HasSubstr("twice"));
  EXPECT_THAT(problem_of("{\"inputs\":[" + input + R"(],"outputs":[{"name":"o"},{"name":"o"}]})"),
              HasSubstr("twice"));
}

TEST(InferRequest, RefusesAnInputWithDataTwice) {
  for (const char* data :
       {R"("data":[1,2,3,4],"data":[5,6,7,8])", R"("data":[],"data":[1,2,3,4])"}) {
    EXPECT_THAT(problem_of(R"({"inputs":[{)" + head + "," + data + "}]}"),
                HasSubstr("data: found twice"));
  }
}

TEST(InferRequest, RefusesExtensionsThatItHasNot) {
  for (const std::string key : {"classification", "shared_memory_region", "shared_memory_byte_size",
                                "shared_memory_offset"}) {
    const std::string parameters = R"("parameters":{")" + key + R"(":1}})";
    EXPECT_THAT(problem_of(R"({"inputs":[{)" + head + R"(,"data":[1,2,3,4],)" + parameters + "]}"),
                HasSubstr("inputs[0]: parameters: " + key + ": not supported"));
    EXPECT_THAT(problem_of(R"({"inputs":[{)" + head +
                           R"(,"data":[1,2,3,4]}],"outputs":[{"name":"o",)" + parameters + "]}"),
                HasSubstr("outputs[0]: parameters: " + key + ": not supported"));
  }
}

TEST(Tensors, AreCheckedAgainstTheModel) {
  InputTensor tensor;
  tensor.name = "input";
  tensor.datatype = "FP32";
  tensor.shape = {1, 2};
  tensor.numbers = {1, 2};
  const auto problem = [&](const std::vector<std::int64_t>& shape) {
    return test::error_of(ErrorKind::data, [&] { float_elements(tensor, shape); });
  };
  EXPECT_EQ(problem({1, 2}), "no error");
  EXPECT_EQ(problem({-1, 2}), "no error");
  EXPECT_THAT(problem({1, 3}), HasSubstr("found [1,2], [1,3] is expected"));
  EXPECT_THAT(problem({2}), HasSubstr("[2] is expected"));
  tensor.numbers.push_back(3);
  EXPECT_THAT(problem({1, 2}), HasSubstr("found 3 numbers"));
  tensor.datatype = "FP64";
  EXPECT_THAT(problem({1, 2}), HasSubstr("FP32 is expected"));
}

TEST(Tensors, OfBytesHoldBytes) {
  InputTensor tensor;
  tensor.name = "image";
  tensor.datatype = "UINT8";
  tensor.shape = {1, 1, 3};
  const auto problem = [&] {
    return test::error_of(ErrorKind::data, [&] { byte_elements(tensor, {-1, -1, 3}, 30); });
  };
  for (const float wrong : {-1.0F, 256.0F, 1.5F}) {
    tensor.numbers = {0, 255, wrong};
    EXPECT_THAT(problem(), HasSubstr("0 to 255"));
  }
  tensor.shape = {1000000, 1000000, 3};
  EXPECT_THAT(problem(), HasSubstr("at most 30 elements"));
  tensor.shape = {2147483647, 2147483647, 3};
  EXPECT_THAT(problem(), HasSubstr("at most 30 elements"));
  tensor.shape = {0, 1, 3};
  EXPECT_THAT(problem(), HasSubstr("is expected"));
}

TEST(Tensors, OfBytesThatAreNotFiniteAreRefused) {
  const std::string bytes = bytes_of({1, std::numeric_limits<float>::quiet_NaN()});
  InputTensor tensor{"input", "FP32", {2}, {}, bytes};
  EXPECT_THROW(float_elements(tensor, {2}), Error);
}

TEST(InferResponse, IsJsonOrBinaryAsAsked) {
  InferRequest request;
  request.id = "7";
  const std::vector<OutputTensor> outputs{{"mask", "UINT8", {1, 2}, std::string("\x00\xff", 2)}};
  Response response = infer_response("m", request, outputs);
  EXPECT_EQ(response.content_type, "application/json");
  const Json json = Json::parse(*response.body);
  EXPECT_EQ(json["model_name"], "m");
  EXPECT_EQ(json["id"], "7");
  EXPECT_EQ(json["outputs"][0]["data"], Json({0, 255}));

  request.binary_outputs = true;
  response = infer_response("m", request, outputs);
  EXPECT_EQ(response.content_type, "application/octet-stream");
  ASSERT_EQ(response.headers.size(), 1U);
  const std::size_t size = std::stoul(response.headers[0].value);
  const Json first = Json::parse(response.body->substr(0, size));
  EXPECT_EQ(first["outputs"][0]["parameters"]["binary_data_size"], 2);
  EXPECT_EQ(response.body->substr(size), std::string("\x00\xff", 2));
}

TEST(InferResponse, WritesFloatsThatReadBackAsTheyAre) {
  const std::vector<float> values{0.1F, -1e-7F, 12345.678F};
  const Response response = infer_response("m", {}, {{"output", "FP32", {3}, bytes_of(values)}});
  EXPECT_EQ(Json::parse(*response.body)["outputs"][0]["data"].get<std::vector<float>>(), values);
}

}  // namespace
}  // namespace bcnet::serve
