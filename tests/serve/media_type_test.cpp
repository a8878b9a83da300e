#include "serve/media_type.h"

#include <gmock/gmock.h>

#include "serve/segment.h"

namespace bcnet::serve {
namespace {

using ::testing::Eq;
using ::testing::Optional;

TEST(MediaTypes, HaveNamesAndParameters) {
  const auto type = parse_media_type(" Multipart/Form-Data ; Boundary=\"a;\\\"b\"; x=y ");
  ASSERT_TRUE(type);
  EXPECT_EQ(type->name, "multipart/form-data");
  EXPECT_EQ(type->parameters.at("boundary"), "a;\"b");
  EXPECT_EQ(type->parameters.at("x"), "y");
}

TEST(MediaTypes, AreRefusedWhereDamaged) {
  for (const char* text : {"", "image", "image/", "/png", "image/p ng", "a/b; c", "a/b; c=\"d",
                           "a/b; c=d; c=e", "a/b; =d", "a/b; c=\"d\"e"}) {
    EXPECT_FALSE(parse_media_type(text)) << text;
  }
}

TEST(Accept, PutsTheMostWantedFirst) {
  const auto types = parse_accept("text/html;q=0.2, image/png, a/b;q=0, */*;q=0.5");
  ASSERT_TRUE(types);
  ASSERT_EQ(types->size(), 3U);
  EXPECT_EQ((*types)[0].name, "image/png");
  EXPECT_EQ((*types)[1].name, "*/*");
  EXPECT_EQ((*types)[2].name, "text/html");
}

TEST(Accept, IsRefusedWhereDamaged) {
  EXPECT_FALSE(parse_accept("a/b;q=2"));
  EXPECT_FALSE(parse_accept("a/b;q=x"));
  EXPECT_FALSE(parse_accept("nothing"));
}

TEST(Accept, RangesTakeTypes) {
  EXPECT_TRUE(accepts({"*/*", {}}, "image/png"));
  EXPECT_TRUE(accepts({"image/*", {}}, "image/png"));
  EXPECT_FALSE(accepts({"image/*", {}}, "imagery/png"));
  EXPECT_FALSE(accepts({"text/*", {}}, "image/png"));
}

TEST(Accept, LeavesATypeToTheNarrowestRangeThatNamesIt) {
  EXPECT_THAT(choose_answer("application/json;q=0, */*", ""), Optional(Answer::mask));
  EXPECT_THAT(choose_answer("*/*, application/json;q=0", ""), Optional(Answer::mask));
  EXPECT_THAT(choose_answer("application/json;q=0.1, */*", ""), Optional(Answer::mask));
  EXPECT_THAT(choose_answer("application/*;q=0, */*;q=0.1", ""), Optional(Answer::mask));
  EXPECT_THAT(choose_answer("application/*;q=0, application/json, */*", ""),
              Optional(Answer::json));
  EXPECT_THAT(choose_answer("application/json, text/plain, */*", ""), Optional(Answer::json));
  EXPECT_THAT(choose_answer("image/*;q=0, */*", "overlay"), Eq(std::nullopt));
  EXPECT_THAT(choose_answer("image/png;q=0, application/json;q=0, */*", ""), Eq(std::nullopt));
  EXPECT_THAT(choose_answer("*/*;q=0", ""), Eq(std::nullopt));
}

TEST(Accept, ChoosesTheAnswer) {
  EXPECT_THAT(choose_answer("", ""), Optional(Answer::json));
  EXPECT_THAT(choose_answer("*/*", ""), Optional(Answer::json));
  EXPECT_THAT(choose_answer("image/png", ""), Optional(Answer::mask));
  EXPECT_THAT(choose_answer("image/png; output=overlay, application/json;q=0.1", ""),
              Optional(Answer::overlay));
  EXPECT_THAT(choose_answer("image/*", "probability"), Optional(Answer::probability));
  EXPECT_THAT(choose_answer("application/json", "mask"), Eq(std::nullopt));
  EXPECT_THAT(choose_answer("text/html", ""), Eq(std::nullopt));
  EXPECT_THROW(choose_answer("", "portrait"), Error);
  EXPECT_THROW(choose_answer("image/png; output=portrait", ""), Error);
  EXPECT_THROW(choose_answer("nothing", ""), Error);
}

}  // namespace
}  // namespace bcnet::serve
