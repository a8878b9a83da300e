// Archives of NumPy (.npz), and what is refused of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "image/codec.h"
#include "image/npy.h"
#include "image/prediction.h"
#include "support/error_of.h"
#include "support/npy_file.h"
#include "support/temporary_folder.h"
#include "support/zip_file.h"

namespace bcnet {
namespace {

using test::bytes_of;
using test::error_of;
using test::npy;
using test::write_zip;
using testing::AllOf;
using testing::HasSubstr;

using Entries = std::vector<std::pair<std::string, std::string>>;

class Npz : public ::testing::Test {
 protected:
  cv::Mat read(const Entries& entries, const test::ZipForm& form = {},
               const DecodeOptions& options = {}) const {
    write_zip(path_, entries, form);
    return read_npz(path_, options);
  }
  std::string refused(const Entries& entries, const test::ZipForm& form = {},
                      const DecodeOptions& options = {}) const {
    const std::string message = error_of(ErrorKind::data, [&] { read(entries, form, options); });
    EXPECT_THAT(message, HasSubstr("a.npz: "));
    return message;
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "a.npz";
  const std::vector<float> values_{0, 0.25F, 0.5F, 0.75F, 1, 0.125F};
  const std::string map_ = npy("<f4", "(2, 3)", bytes_of(values_));
  const cv::Mat expected_ = (cv::Mat_<double>(2, 3) << 0, 0.25, 0.5, 0.75, 1, 0.125);
};

TEST_F(Npz, ReadsTheOneArrayWhateverItIsCalled) {
  EXPECT_EQ(cv::norm(read({{"arr_0.npy", map_}}), expected_), 0);
  EXPECT_EQ(cv::norm(read({{"polyp_map.npy", map_}}, {false}), expected_), 0);
  EXPECT_EQ(cv::norm(decode_prediction(path_), expected_), 0);
  const cv::Mat mask = read({{"readme.txt", "x"}, {"m.npy", npy("|b1", "(1, 2)", {"\0\1", 2})}});
  EXPECT_EQ(mask.type(), CV_8UC1);
  EXPECT_EQ(decode_mask_values(path_).grey.at<std::uint8_t>(0, 1), 1);
}

TEST_F(Npz, OfSeveralItTakesTheOneThatIsCalledLikeAMask) {
  const std::string other = npy("|u1", "(1, 1)", "\7");
  EXPECT_EQ(cv::norm(read({{"image.npy", other}, {"Mask.npy", map_}}), expected_), 0);
  EXPECT_EQ(cv::norm(read({{"probability.npy", map_}, {"id.npy", other}}), expected_), 0);
  EXPECT_THAT(refused({{"arr_0.npy", map_}, {"arr_1.npy", map_}}),
              HasSubstr("holds 2 arrays (arr_0, arr_1), one is allowed"));
  EXPECT_THAT(refused({{"mask.npy", map_}, {"prediction.npy", map_}}),
              HasSubstr("holds 2 arrays (mask, prediction)"));
}

TEST_F(Npz, TakesEveryClassButTheFirstOfNnUNetsProbabilities) {
  const std::vector<float> classes{0.75F, 0,    0.5F, 0.125F, 0.25F, 1,
                                   0.25F, 0.5F, 0,    0,      0.25F, 0.375F};
  const cv::Mat expected = (cv::Mat_<double>(1, 4) << 0.25, 1, 0.5, 0.875);
  EXPECT_EQ(cv::norm(read({{"probabilities.npy", npy("<f4", "(3, 1, 1, 4)", bytes_of(classes))}}),
                     expected),
            0);
  EXPECT_EQ(cv::norm(read({{"softmax.npy", npy("<f4", "(3, 1, 4)", bytes_of(classes))}}), expected),
            0);
  EXPECT_EQ(cv::norm(read({{"probabilities.npy", map_}}), expected_), 0);
  EXPECT_THAT(refused({{"probabilities.npy", npy("<f4", "(3, 1, 5)", bytes_of(classes))}}),
              HasSubstr("holds 48 bytes of values, 60 are expected"));
  EXPECT_THAT(refused({{"probabilities.npy", npy("<f4", "(999, 1, 5)", bytes_of(classes))}}),
              HasSubstr("up to 256 classes"));
}

TEST_F(Npz, WhatIsNoArchiveOfNumbersIsRefused) {
  for (const auto& [bytes, message] : std::vector<std::pair<std::string, std::string>>{
           {"", "is empty"}, {"PK", "cannot be read"}, {std::string(500, 'x'), "cannot be read"}}) {
    test::write_text(path_, bytes);
    EXPECT_THAT(error_of(ErrorKind::data, [&] { read_npz(path_); }),
                AllOf(HasSubstr("a.npz: "), HasSubstr(message)));
  }
  EXPECT_THAT(refused({{"a.txt", "x"}}), HasSubstr("without an array"));
  EXPECT_THAT(refused({{"a.npy", npy("|O", "(2, 3)", map_)}}),
              HasSubstr("a: holds values of the type |O"));
  EXPECT_THAT(refused({{"a.npy", "nothing"}}), HasSubstr("a: is no array of NumPy"));
  EXPECT_THAT(refused({{"a.npy", map_.substr(0, map_.size() - 4)}}),
              HasSubstr("20 bytes of values"));
  EXPECT_THAT(refused({{"a.npy", npy("<f4", "(99999999, 99999999)", bytes_of(values_))}}),
              HasSubstr("allowed are"));
  EXPECT_THAT(refused({{"a.npy", map_}}, {true, "secret"}), HasSubstr("is encrypted"));
}

TEST_F(Npz, ACutOrChangedArchiveIsRefused) {
  write_zip(path_, {{"a.npy", map_}}, {false});
  const std::string whole = test::read_text(path_);
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    test::write_text(path_, whole.substr(0, size));
    EXPECT_THAT(error_of(ErrorKind::data, [&] { read_npz(path_); }), HasSubstr("a.npz: "));
  }
  std::string changed = whole;
  changed[whole.find("NUMPY") + 130] ^= 1;  // a value: the checksum tells
  test::write_text(path_, changed);
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_npz(path_); }), HasSubstr("CRC"));
}

TEST_F(Npz, ASmallFileDoesNotGrowBeyondTheLimit) {
  const std::string zeros = npy("|u1", "(4000, 4000)", std::string(16'000'000, '\0'));
  DecodeOptions options;
  options.max_bytes = 1'000'000;
  EXPECT_THAT(refused({{"a.npy", zeros}}, {}, options),
              HasSubstr("unpacks to 16000128 bytes, allowed are 1000000"));
  // One that claims less than it holds.
  write_zip(path_, {{"a.npy", zeros}});
  std::string bytes = test::read_text(path_);
  const std::string size = bytes_of(std::vector<std::uint32_t>{16'000'128});
  for (std::size_t at = bytes.find(size); at != std::string::npos; at = bytes.find(size)) {
    bytes.replace(at, size.size(), bytes_of(std::vector<std::uint32_t>{1000}));
  }
  test::write_text(path_, bytes);
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_npz(path_, options); }), HasSubstr("a.npz: "));
}

TEST_F(Npz, NumbersThatAreNoneAreRefusedInMasks) {
  std::vector<float> values = values_;
  values[2] = std::numeric_limits<float>::quiet_NaN();
  write_zip(path_, {{"a.npy", npy("<f4", "(2, 3)", bytes_of(values))}});
  EXPECT_THAT(error_of(ErrorKind::data, [&] { decode_mask_values(path_); }),
              HasSubstr("values that are no numbers"));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { decode_prediction(path_); }),
              HasSubstr("found the value nan at pixel 2, 0"));
}

}  // namespace
}  // namespace bcnet
