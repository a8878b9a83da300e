#include "image/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "image/prediction.h"
#include "support/error_of.h"
#include "support/npy_file.h"
#include "support/temporary_folder.h"

namespace bcnet {
namespace {

using test::bytes_of;
using test::error_of;
using test::npy;
using test::TemporaryFolder;
using test::write_text;
using testing::HasSubstr;

class Npy : public ::testing::Test {
 protected:
  cv::Mat read(const std::string& bytes, const DecodeOptions& options = {}) const {
    write_text(folder_ / "a.npy", bytes);
    return read_npy(folder_ / "a.npy", options);
  }
  std::string refused(const std::string& bytes, const DecodeOptions& options = {}) const {
    const std::string message = error_of(ErrorKind::data, [&] { read(bytes, options); });
    EXPECT_THAT(message, HasSubstr("a.npy: "));
    return message;
  }

  TemporaryFolder folder_;
};

TEST_F(Npy, ReadsFloatsOfEverySize) {
  const cv::Mat expected = (cv::Mat_<double>(2, 3) << 0, 0.25, 0.5, 0.75, 1, 0.125);
  const std::vector<double> values(expected.begin<double>(), expected.end<double>());
  const std::vector<float> narrow(values.begin(), values.end());
  EXPECT_EQ(cv::norm(read(npy("<f8", "(2, 3)", bytes_of(values))), expected), 0);
  EXPECT_EQ(cv::norm(read(npy("<f4", "(1, 2, 3)", bytes_of(narrow))), expected), 0);
  EXPECT_EQ(cv::norm(read(npy("<f4", "(1, 1, 2, 3, 1)", bytes_of(narrow))), expected), 0);
  // Halves: 0, 0.25, 0.5, 0.75, 1, 0.125, from IEEE 754.
  const std::vector<std::uint16_t> halves{0, 0x3400, 0x3800, 0x3A00, 0x3C00, 0x3000};
  EXPECT_EQ(cv::norm(read(npy("<f2", "(2, 3)", bytes_of(halves))), expected), 0);
}

TEST_F(Npy, ReadsIntegersByTheirLargestValue) {
  const cv::Mat bytes = read(npy("|u1", "(1, 3)", std::string("\0\x05\xFF", 3)));
  EXPECT_EQ(bytes.type(), CV_8UC1);
  EXPECT_EQ(bytes.at<std::uint8_t>(0, 2), 255);
  EXPECT_EQ(read(npy("|b1", "(1, 2)", std::string("\0\x01", 2))).type(), CV_8UC1);
  EXPECT_EQ(read(npy("<i8", "(1, 2)", bytes_of(std::vector<std::int64_t>{0, 1}))).type(), CV_8UC1);
  const cv::Mat wide = read(npy(">u2", "(1, 2)", std::string("\x01\x02\0\x03", 4)));
  EXPECT_EQ(wide.type(), CV_16UC1);
  EXPECT_EQ(wide.at<std::uint16_t>(0, 0), 258);
}

TEST_F(Npy, ReadsByColumn) {
  const cv::Mat found = read(npy("|u1", "(2, 3)", std::string("\x01\x04\x02\x05\x03\x06"), "True"));
  const cv::Mat expected = (cv::Mat_<std::uint8_t>(2, 3) << 1, 2, 3, 4, 5, 6);
  EXPECT_EQ(cv::norm(found, expected), 0);
}

TEST_F(Npy, NamesWhatIsWrong) {
  const std::string good = npy("|u1", "(2, 3)", "abcdef");
  EXPECT_EQ(read(good).total(), 6U);
  for (const std::size_t length : {0U, 5U, 9U, 50U}) {
    EXPECT_NE(refused(good.substr(0, length)), "no error") << length;
  }
  EXPECT_THAT(refused(good.substr(0, good.size() - 1)),
              HasSubstr("holds 5 bytes of values, 6 are"));
  EXPECT_THAT(refused(good + "g"), HasSubstr("holds 7 bytes of values, 6 are expected"));
  EXPECT_THAT(refused("\x89PNG\r\n\x1A\n"), HasSubstr("is no array of NumPy"));
  EXPECT_THAT(refused(std::string("PK\x03\x04", 4)), HasSubstr("is no array of NumPy"));
  EXPECT_THAT(refused(npy("|O", "(2, 3)", "abcdef")), HasSubstr("integers and floats are allowed"));
  EXPECT_THAT(refused(npy("<c8", "(2, 3)", "")), HasSubstr("type <c8"));
  EXPECT_THAT(refused(npy("<f4", "(3, 2, 2)", std::string(48, '\0'))), HasSubstr("array of 3x2x2"));
  EXPECT_THAT(refused(npy("<f4", "()", std::string(4, '\0'))), HasSubstr("one value"));
  EXPECT_THAT(refused(npy("<f4", "(0, 2)", "")), HasSubstr("array of 0x2"));
  EXPECT_THAT(refused(npy("<f4", "(99999999999999999999999, 99999999)", "abcd")),
              HasSubstr("pixels, allowed are"));
  EXPECT_THAT(refused(npy("<i4", "(1, 1)", bytes_of(std::vector<std::int32_t>{-1}))),
              HasSubstr("found the value -1"));
  EXPECT_THAT(refused(npy("<i4", "(1, 1)", bytes_of(std::vector<std::int32_t>{70000}))),
              HasSubstr("found the value 70000"));
  DecodeOptions small;
  small.max_pixels = 5;
  EXPECT_THAT(refused(good, small), HasSubstr("allowed are 5 in all"));
  std::string huge = good;
  huge[6] = 2;  // a version whose header says its length in four bytes
  EXPECT_THAT(refused(huge), HasSubstr("header has"));
}

TEST_F(Npy, IsAPrediction) {
  write_text(folder_ / "b.npy", npy("<f4", "(1, 2)", bytes_of(std::vector<float>{0.25F, 1.0F})));
  const PredictionPixels pixels = decode_prediction_pixels(folder_ / "b.npy");
  EXPECT_EQ(unit_prediction(pixels, PredictionValues::map, "b").at<double>(0, 0), 0.25);
  write_text(folder_ / "b.npy", npy("<f4", "(1, 2)", bytes_of(std::vector<float>{0.25F, 1.5F})));
  EXPECT_THAT(error_of(ErrorKind::data,
                       [&] {
                         unit_prediction(decode_prediction_pixels(folder_ / "b.npy"),
                                         PredictionValues::map, "b.npy");
                       }),
              HasSubstr("b.npy: found the value 1.5"));
}

}  // namespace
}  // namespace bcnet
