#include "serve/access_log.h"

#include <gmock/gmock.h>

#include "core/json.h"

namespace bcnet::serve {
namespace {

TEST(RequestId, IsTheClientsWhereItIsOne) {
  EXPECT_EQ(request_id("a-B_9.c"), "a-B_9.c");
  for (const std::string sent : {"", "a b", "a\nb", "<script>"}) {
    EXPECT_EQ(request_id(sent).size(), 32U) << sent;
  }
  EXPECT_EQ(request_id(std::string(65, 'a')).size(), 32U);
  EXPECT_NE(request_id({}), request_id({}));
}

TEST(AccessLog, IsOneLineOfJsonWithoutNames) {
  Request request;
  request.method = "POST";
  request.path = "/v2/models/jane-doe/infer";
  request.query = "patient=jane";
  request.body = "jane";
  request.body_bytes = request.body.size();
  request.id = "7";
  request.headers = {{"x-name", "jane"}};
  Response response = text_response(200, "text/plain", "jane doe");
  response.route = "/v2/models/{name}/infer";
  response.phases = {{"network", 1.23456}};
  const std::string line = access_line(request, response, 2);
  EXPECT_THAT(line, ::testing::Not(::testing::HasSubstr("jane")));
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const Json entry = Json::parse(line);
  EXPECT_EQ(entry["request_id"], "7");
  EXPECT_EQ(entry["bytes_in"], 4);
  EXPECT_EQ(entry["bytes_out"], 8);
  EXPECT_EQ(entry["phases"]["network"], 1.235);
}

}  // namespace
}  // namespace bcnet::serve
