#include "core/model_description.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace bcnet {

using ::testing::HasSubstr;

TEST(ModelDescription, GoesThroughMetadata) {
  ModelDescription d;
  d.architecture = R"({"name":"bcnet"})";
  d.input_width = 320;
  d.input_height = 256;
  d.mean = {0.1F, 0.2F, 0.3F};
  d.threshold = 0.4F;
  d.temperature = 1.625F;
  d.region_calibration = {1.25F, -0.5F};
  d.region_threshold = 0.75F;
  d.metrics = {{"mean_dice", 0.9}};
  d.trained_on = "data \"x\"";
  d.license = "Apache-2.0";
  const auto metadata = to_metadata(d);
  for (const auto& item : metadata) {
    EXPECT_EQ(item.first.rfind("bcnet.", 0), 0U) << item.first;
  }
  const ModelDescription back = from_metadata(metadata, "file");
  EXPECT_EQ(to_metadata(back), metadata);
  EXPECT_EQ(back.input_width, 320);
  EXPECT_EQ(back.input_height, 256);
  EXPECT_EQ(back.mean, d.mean);
  EXPECT_EQ(back.temperature, 1.625F);
  EXPECT_EQ(back.region_calibration.slope, 1.25F);
  EXPECT_EQ(back.region_calibration.intercept, -0.5F);
  EXPECT_EQ(back.region_threshold, 0.75F);
  EXPECT_EQ(back.metrics["mean_dice"], 0.9);
}

TEST(ModelDescription, WritesItsNumbersInJsonAsTheyWereGiven) {
  ModelDescription d;
  d.threshold = 0.4F;
  d.region_threshold = 0.6F;
  const Json json = to_json(d);
  EXPECT_EQ(json["threshold"], 0.4);
  EXPECT_EQ(json["region_threshold"], 0.6);
  EXPECT_EQ(json["mean"], Json({0.485, 0.456, 0.406}));
}

TEST(ModelDescription, RefusesWhatItCannotTrust) {
  const auto message = [](const char* key, const char* value) {
    auto metadata = to_metadata(ModelDescription{});
    metadata[std::string("bcnet.") + key] = value;
    try {
      from_metadata(metadata, "some.onnx");
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::model);
      EXPECT_THAT(error.what(), HasSubstr("some.onnx"));
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(message("format", "99"), HasSubstr("1..1"));
  EXPECT_THAT(message("format", "one"), HasSubstr("JSON"));
  EXPECT_THAT(message("input_size", "[352,100]"), HasSubstr("multiples of 32"));
  EXPECT_THAT(message("input_size", "[352]"), HasSubstr("multiples of 32"));
  EXPECT_THAT(message("std", "[1,0,1]"), HasSubstr("above 0"));
  EXPECT_THAT(message("mean", "[1,2]"), HasSubstr("three numbers"));
  EXPECT_THAT(message("channel_order", "GBR"), HasSubstr("RGB or BGR"));
  EXPECT_THAT(message("threshold", "1.5"), HasSubstr("between 0 and 1"));
  for (const char* bad : {"0", "-1", "1e300", "1e-300", "null", "\"1\"", "[1]"}) {
    EXPECT_THAT(message("temperature", bad),
                HasSubstr("some.onnx: bcnet.temperature: found '" + std::string(bad) +
                          "', a number above 0 is allowed"));
  }
  for (const char* bad : {"[0,1]", "[-1,0]", "[1,1e300]", "[1e300,0]"}) {
    EXPECT_THAT(message("region_calibration", bad), HasSubstr("the slope above 0")) << bad;
  }
  EXPECT_THAT(message("region_calibration", "[1]"), HasSubstr("two numbers"));
  for (const char* bad : {"0", "\"false\"", "null"}) {
    EXPECT_THAT(message("field_of_view", bad), HasSubstr("true or false is allowed")) << bad;
  }
  for (const char* bad : {"warm", "NaN", "inf", ""}) {
    EXPECT_THAT(message("temperature", bad), HasSubstr("JSON is expected"));
  }
}

// Files of models that are shown the field of view are as they were before there was this key.
TEST(ModelDescription, NamesTheFieldOfViewWhereImagesAreShownWhole) {
  ModelDescription d;
  auto metadata = to_metadata(d);
  EXPECT_EQ(metadata.count("bcnet.field_of_view"), 0U);
  EXPECT_TRUE(from_metadata(metadata, "file").field_of_view);
  EXPECT_EQ(to_json(d)["field_of_view"], true);
  d.field_of_view = false;
  metadata = to_metadata(d);
  EXPECT_EQ(metadata["bcnet.field_of_view"], "false");
  EXPECT_FALSE(from_metadata(metadata, "file").field_of_view);
  EXPECT_EQ(to_json(d)["field_of_view"], false);
  metadata["bcnet.field_of_view"] = "true";
  EXPECT_TRUE(from_metadata(metadata, "file").field_of_view);
}

TEST(ModelDescription, OlderFilesHaveTemperatureOne) {
  auto metadata = to_metadata(ModelDescription{});
  ASSERT_EQ(metadata.erase("bcnet.region_calibration"), 1U);
  EXPECT_EQ(from_metadata(metadata, "file").region_calibration.slope, 1.0F);
  EXPECT_EQ(from_metadata(metadata, "file").region_calibration.intercept, 0.0F);
  ASSERT_EQ(metadata.erase("bcnet.region_threshold"), 1U);
  EXPECT_EQ(from_metadata(metadata, "file").region_threshold, 0.0F);
  ASSERT_EQ(metadata.erase("bcnet.temperature"), 1U);
  EXPECT_EQ(from_metadata(metadata, "file").temperature, 1.0F);
}

TEST(ModelDescription, MissingOneIsNamed) {
  try {
    from_metadata({{"other", "x"}}, "some.onnx");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("has no description"));
  }
}

}  // namespace bcnet
