#include "serve/multipart.h"

#include <gmock/gmock.h>

#include "support/error_of.h"

namespace bcnet::serve {
namespace {

using ::testing::HasSubstr;

const std::string image_part =
    "Content-Disposition: form-data; name=\"image\"; filename=\"a \\\"b\\\".png\"\r\n"
    "Content-Type: image/png\r\n\r\n";

std::string form_problem(const std::string& body, const std::string& boundary = "B") {
  return test::error_of(ErrorKind::data, [&] { parse_multipart(body, boundary); });
}

TEST(Multipart, GivesPartsWithNamesAndBytes) {
  const std::string body = "--B\r\n" + image_part + "\r\n--x\r\n\r\n--B\r\n" +
                           "content-disposition: form-data; name=note\r\n\r\nhello\r\n--B--\r\n";
  const auto parts = parse_multipart(body, "B");
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].name, "image");
  EXPECT_TRUE(parts[0].is_file);
  EXPECT_EQ(parts[0].file_name, "a \"b\".png");
  EXPECT_EQ(parts[0].content_type, "image/png");
  EXPECT_EQ(parts[0].bytes, "\r\n--x\r\n");
  EXPECT_EQ(parts[1].name, "note");
  EXPECT_FALSE(parts[1].is_file);
  EXPECT_EQ(parts[1].bytes, "hello");
}

TEST(Multipart, LeavesOutWhatStandsBeforeTheFirstBoundary) {
  const std::string form = "--B\r\n" + image_part + "x\r\n--B--\r\n";
  for (const std::string before : {"\r\n", "A message of several parts.\r\n", "\r\n--A\r\n"}) {
    const std::string body = before + form;  // which the parts point into
    const auto parts = parse_multipart(body, "B");
    ASSERT_EQ(parts.size(), 1U) << before;
    EXPECT_EQ(parts[0].bytes, "x");
  }
}

TEST(Multipart, TakesBytesAsTheyAreAlone) {
  const auto form = [](const std::string& encoding) {
    return "--B\r\nContent-Transfer-Encoding: " + encoding + "\r\n" + image_part + "x\r\n--B--";
  };
  for (const char* plain : {"binary", "8BIT", "7bit "}) {
    EXPECT_EQ(parse_multipart(form(plain), "B").front().bytes, "x") << plain;
  }
  for (const char* encoded : {"base64", "quoted-printable", ""}) {
    EXPECT_THAT(form_problem(form(encoded)), HasSubstr("Content-Transfer-Encoding: binary"))
        << encoded;
  }
}

TEST(Multipart, TakesAnEmptyForm) { EXPECT_TRUE(parse_multipart("--B--\r\n", "B").empty()); }

TEST(Multipart, RefusesWhatIsDamaged) {
  EXPECT_THAT(form_problem(""), HasSubstr("no line with the boundary"));
  EXPECT_THAT(form_problem("--C\r\n" + image_part + "x\r\n--C--"), HasSubstr("no line with"));
  EXPECT_THAT(form_problem("x--B\r\n" + image_part + "x\r\n--C--"), HasSubstr("no line with"));
  EXPECT_THAT(form_problem("--B\r\n" + image_part + "x"), HasSubstr("ends within a part"));
  EXPECT_THAT(form_problem("--B\r\n" + image_part + "x\r\n--B"), HasSubstr("end of its line"));
  EXPECT_THAT(form_problem("--B\r\nContent-Type: a"), HasSubstr("does not end"));
  EXPECT_THAT(form_problem("--B\r\n\r\nx\r\n--B--"), HasSubstr("no Content-Disposition"));
  EXPECT_THAT(form_problem("--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--"),
              HasSubstr("has no name"));
  EXPECT_THAT(form_problem("--B\r\nnothing\r\n\r\nx\r\n--B--"), HasSubstr("without ':'"));
  EXPECT_THAT(form_problem("--B--", ""), HasSubstr("1 to 70"));
  EXPECT_THAT(form_problem("--B--", std::string(71, 'B')), HasSubstr("1 to 70"));
}

TEST(Multipart, LimitsPartsAndHeads) {
  std::string many;
  for (int i = 0; i < 40; ++i) {
    many += "--B\r\n" + image_part + "x\r\n";
  }
  EXPECT_THAT(form_problem(many + "--B--"), HasSubstr("more than 32 parts"));
  const std::string long_head = "X: " + std::string(10000, 'x') + "\r\n";
  EXPECT_THAT(form_problem("--B\r\n" + long_head + image_part + "x\r\n--B--"),
              HasSubstr("does not end"));
}

TEST(Multipart, SurvivesEveryCut) {
  const std::string body = "--B\r\n" + image_part + "abc\r\n--B--";
  for (std::size_t size = 0; size < body.size(); ++size) {
    EXPECT_THROW(parse_multipart(body.substr(0, size), "B"), Error) << size;
  }
}

}  // namespace
}  // namespace bcnet::serve
