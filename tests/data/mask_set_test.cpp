#include "data/mask_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "data/check.h"
#include "data/data_set.h"
#include "data/manifest.h"
#include "data/mask.h"
#include "data/pair.h"
#include "data/start_check.h"
#include "support/error_of.h"
#include "support/mask_files.h"
#include "support/temporary_folder.h"

namespace bcnet::data {
namespace {

namespace fs = std::filesystem;
using test::square_of;
using test::TemporaryFolder;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// Decides about masks that are in memory.
class Masks {
 public:
  Masks& add(const cv::Mat& grey, bool lossless = true) {
    MaskValues values{grey, lossless};
    return add(values);
  }
  Masks& add(const MaskValues& values) {
    const std::string number = std::to_string(masks_.size());
    masks_.push_back(
        {"images/" + number, "masks/" + number, mask_file_facts(values, wanted_.ignore)});
    return *this;
  }
  Masks& ignore(double value) {
    wanted_.ignore = value;
    return *this;
  }
  MaskDecision decide() const { return decide_masks(masks_, wanted_); }
  MaskMeaning meaning() const {
    const MaskDecision decision = decide();
    EXPECT_EQ(decision.error, "");
    return decision.reading.meaning;
  }
  std::string error() const { return decide().error; }

 private:
  MaskReading wanted_;
  std::vector<SurveyedMask> masks_;
};

cv::Mat labels(double second) {
  cv::Mat numbers = square_of<std::uint8_t>(1);
  numbers(cv::Rect(100, 100, 20, 20)).setTo(second);
  return numbers;
}

cv::Mat soft(double most) {
  cv::Mat mask = square_of<std::uint8_t>(most);
  cv::GaussianBlur(mask, mask, {21, 21}, 6);
  return mask;
}

TEST(DecideMasks, KeepsTheRuleOfHalfForPlainMasks) {
  EXPECT_EQ(Masks().add(square_of<std::uint8_t>(255)).meaning(), MaskMeaning::half);
  EXPECT_EQ(Masks().add(soft(255)).meaning(), MaskMeaning::half);
  EXPECT_EQ(Masks().add(soft(255), false).meaning(), MaskMeaning::half);
  EXPECT_EQ(Masks().add(square_of<std::uint16_t>(65535)).meaning(), MaskMeaning::half);
  EXPECT_EQ(Masks().add(square_of<double>(1)).meaning(), MaskMeaning::half);
  EXPECT_EQ(Masks().add(square_of<std::uint8_t>(200, 10)).meaning(), MaskMeaning::half);
  EXPECT_EQ(Masks().add(square_of<std::uint8_t>(0)).meaning(), MaskMeaning::half);
  cv::Mat three = square_of<std::uint8_t>(255);
  three(cv::Rect(0, 0, 20, 20)).setTo(128);
  EXPECT_EQ(Masks().add(three).meaning(), MaskMeaning::half);
  EXPECT_EQ(Masks().add(square_of<std::uint8_t>(255)).decide().note, "");
}

TEST(DecideMasks, TakesLabelNumbersOfTheWholeSet) {
  const MaskDecision decision = Masks()
                                    .add(labels(2))
                                    .add(square_of<std::uint8_t>(1))
                                    .add(square_of<std::uint8_t>(0))
                                    .add(cv::Mat(9, 9, CV_8UC1, cv::Scalar(1)))
                                    .decide();
  EXPECT_EQ(decision.error, "");
  EXPECT_EQ(decision.reading.meaning, MaskMeaning::nonzero);
  EXPECT_THAT(decision.note, HasSubstr("0 to 2"));
  EXPECT_THAT(decision.with_foreground, ElementsAre("images/0", "images/1", "images/3"));
  EXPECT_EQ(Masks().add(square_of<std::uint8_t>(1)).meaning(), MaskMeaning::nonzero);
  cv::Mat instances = square_of<std::uint16_t>(1000);
  instances(cv::Rect(100, 100, 20, 20)).setTo(1001);
  EXPECT_EQ(Masks().add(instances).meaning(), MaskMeaning::nonzero);
  cv::Mat wide = square_of<double>(70000);
  wide(cv::Rect(100, 100, 20, 20)).setTo(3);
  EXPECT_EQ(Masks().add(MaskValues{wide, true, 4294967295.0}).meaning(), MaskMeaning::nonzero);
  cv::Mat floats = square_of<double>(1);
  floats(cv::Rect(100, 100, 20, 20)).setTo(2);
  EXPECT_EQ(Masks().add(floats).add(square_of<double>(1)).meaning(), MaskMeaning::nonzero);
}

TEST(DecideMasks, AsksWhereNumbersLieOnBothSidesOfHalf) {
  const MaskDecision decision = Masks().add(labels(255)).add(square_of<std::uint8_t>(255)).decide();
  EXPECT_THAT(decision.error, HasSubstr("0, 1, 255"));
  EXPECT_THAT(decision.advice, AllOf(HasSubstr("--mask-values nonzero"), HasSubstr("index:N"),
                                     HasSubstr("--ignore-value 255")));
  EXPECT_THAT(decision.files, ElementsAre("masks/0"));
  // Colours of PASCAL VOC, their palette lost.
  cv::Mat voc = square_of<std::uint8_t>(64);
  voc(cv::Rect(100, 100, 20, 20)).setTo(128);
  EXPECT_THAT(Masks().add(voc).error(), HasSubstr("0, 64, 128"));
  // Two bits a pixel: 2 is above half of 3, 1 is not.
  EXPECT_THAT(Masks().add(MaskValues{labels(2), true, 3}).error(), HasSubstr("0, 1, 2"));
  EXPECT_EQ(Masks().add(MaskValues{labels(2), true, 15}).meaning(), MaskMeaning::nonzero);
  EXPECT_EQ(Masks().ignore(255).add(labels(255)).meaning(), MaskMeaning::nonzero);
}

TEST(DecideMasks, TakesNoiseOfJpegForNoNumbers) {
  // Saved as PNG later: next to 0 and 255 lie patches of 1 and 254.
  cv::Mat noisy = square_of<std::uint8_t>(255);
  noisy(cv::Rect(60, 60, 8, 8)).setTo(254);
  noisy(cv::Rect(100, 100, 8, 8)).setTo(1);
  EXPECT_EQ(Masks().add(noisy).meaning(), MaskMeaning::half);
}

TEST(DecideMasks, AsksWhereOneMaskIsOfAnotherKind) {
  EXPECT_THAT(Masks().add(labels(2)).add(square_of<std::uint8_t>(255)).error(),
              HasSubstr("1 of 2 masks hold 0, 255, others label numbers"));
  EXPECT_THAT(Masks().add(labels(2)).add(soft(255), false).error(), HasSubstr("others label"));
  // Each of two values on its own is clear; that they differ is odd.
  const MaskDecision decision =
      Masks().add(square_of<std::uint8_t>(255)).add(square_of<std::uint8_t>(1)).decide();
  EXPECT_EQ(decision.error, "");
  EXPECT_THAT(decision.doubt, HasSubstr("1 of 2 masks hold 0, 1"));
  EXPECT_THAT(decision.odd, ElementsAre("masks/1"));
  EXPECT_THAT(decision.with_foreground, SizeIs(2));
}

TEST(DecideMasks, AsksWhereNoMaskReachesHalf) {
  EXPECT_THAT(Masks().add(square_of<std::uint8_t>(1), false).error(),
              HasSubstr("no mask of the set has foreground: its values are 0 to 1"));
  EXPECT_THAT(Masks().add(soft(90)).error(), HasSubstr("no mask of the set has foreground"));
  EXPECT_EQ(Masks().add(soft(90)).add(soft(255)).error(), "");
  EXPECT_EQ(Masks().add(square_of<std::uint8_t>(0)).error(), "");
}

TEST(DecideMasks, GoesByTheIndicesOfAPalette) {
  MaskValues two{square_of<std::uint8_t>(1)};
  two.indexed = true;
  EXPECT_EQ(Masks().add(two).meaning(), MaskMeaning::nonzero);
  MaskValues many{labels(200)};
  many.indexed = true;
  EXPECT_EQ(Masks().add(many).meaning(), MaskMeaning::nonzero);
  many.grey = labels(255);
  EXPECT_THAT(Masks().add(many).error(), HasSubstr("0, 1, 255"));
  MaskValues shrunk{soft(250)};  // greys, put into a palette in no order
  shrunk.indexed = true;
  EXPECT_NE(Masks().add(shrunk).error(), "");
}

MaskValues with_alpha(const cv::Mat& grey, const cv::Mat& alpha) {
  MaskValues values{grey};
  values.alpha = alpha;
  return values;
}

TEST(DecideMasks, TakesAlphaWhereItAloneTells) {
  const cv::Mat black = square_of<std::uint8_t>(0);
  const cv::Mat white(200, 200, CV_8UC1, cv::Scalar(255));
  const cv::Mat opaque = square_of<std::uint8_t>(255);
  EXPECT_EQ(Masks().add(with_alpha(black, opaque)).meaning(), MaskMeaning::alpha);
  EXPECT_EQ(Masks().add(with_alpha(white, opaque)).meaning(), MaskMeaning::alpha);
  // Drawn on nothing: colour and transparency say the same.
  EXPECT_EQ(Masks().add(with_alpha(opaque, opaque)).meaning(), MaskMeaning::half);
  // Transparent corners, as around what an endoscope shows.
  EXPECT_EQ(Masks().add(with_alpha(opaque, square_of<std::uint8_t>(255, 200))).meaning(),
            MaskMeaning::half);
  EXPECT_THAT(Masks().add(with_alpha(~opaque, opaque)).error(), HasSubstr("transparent pixels"));
  EXPECT_THAT(Masks().add(with_alpha(black, opaque)).add(opaque).error(),
              HasSubstr("differ in transparency alone"));
  EXPECT_THAT(Masks().add(with_alpha(black, opaque)).add(black).error(),
              HasSubstr("no alpha channel"));
}

TEST(DecideMasks, RefusesValuesBelowZeroAndAnIgnoredValueOfJpeg) {
  EXPECT_THAT(Masks().add(square_of<double>(1, -1)).error(), HasSubstr("below 0 (-1, 1)"));
  EXPECT_EQ(Masks().ignore(-1).add(labels(2)).error(), "");
  EXPECT_THAT(Masks().ignore(255).add(soft(255), false).error(), HasSubstr("stored with loss"));
}

/// A flat data set with these masks; images are black.
void write_data(const fs::path& folder, const std::vector<cv::Mat>& masks,
                const std::string& extension = ".png") {
  fs::create_directories(folder / "images");
  fs::create_directories(folder / "masks");
  for (std::size_t i = 0; i < masks.size(); ++i) {
    const std::string name = std::to_string(i);
    cv::Mat image(masks[i].size(), CV_8UC3);
    cv::randu(image, cv::Scalar::all(0), cv::Scalar::all(255));
    ASSERT_TRUE(cv::imwrite((folder / "images" / (name + ".png")).string(), image));
    ASSERT_TRUE(cv::imwrite((folder / "masks" / (name + extension)).string(), masks[i]));
  }
}

std::vector<int> pixels(const std::vector<Sample>& samples, const DecodeOptions& options = {}) {
  std::vector<int> counts;
  for (const Sample& sample : samples) {
    counts.push_back(cv::countNonZero(read_mask(sample, options)));
  }
  return counts;
}

std::vector<std::string> errors_of(const fs::path& folder, const DecodeOptions& options = {}) {
  std::vector<std::string> errors;
  for (const Finding& finding : check_data(DataSet(folder), {options, 1, nullptr}).findings) {
    if (finding.severity == Severity::error) {
      errors.push_back(finding.message);
    }
  }
  return errors;
}

TEST(MaskSet, ReadsEveryMaskOfASetByOneRule) {
  const TemporaryFolder folder;
  write_data(folder.path(), {labels(2), square_of<std::uint8_t>(1), square_of<std::uint8_t>(0)});
  EXPECT_THAT(pixels(find_samples(folder.path())), ElementsAre(1300, 900, 0));
  EXPECT_THAT(errors_of(folder.path()), IsEmpty());
  DecodeOptions one;
  ASSERT_TRUE(parse_mask_values("index:2", one.masks));
  EXPECT_THAT(pixels(find_samples(folder.path()), one), ElementsAre(400, 0, 0));
}

TEST(MaskSet, RefusesWhatIsNotClearAndTakesAFlag) {
  const TemporaryFolder folder;
  write_data(folder.path(), {labels(255), square_of<std::uint8_t>(1)});
  EXPECT_THAT(errors_of(folder.path()), ElementsAre(HasSubstr("0, 1, 255")));
  EXPECT_THAT(test::error_of(ErrorKind::data, [&] { pixels(find_samples(folder.path())); }),
              HasSubstr("--ignore-value 255"));
  EXPECT_THAT(
      test::error_of(ErrorKind::data, [&] { check_at_start(DataSet(folder.path()), {""}); }),
      HasSubstr("0, 1, 255"));
  DecodeOptions options;
  options.masks.ignore = 255;
  EXPECT_THAT(pixels(find_samples(folder.path()), options), ElementsAre(900, 900));
  EXPECT_THAT(errors_of(folder.path(), options), IsEmpty());
  const Pair pair = read_pair(find_samples(folder.path()).front(), options);
  EXPECT_EQ(cv::countNonZero(pair.ignored), 400);
  EXPECT_EQ(cut_to_field(pair).ignored.size(), cut_to_field(pair).mask.size());
}

TEST(MaskSet, SaysWhereThereIsNoForeground) {
  const TemporaryFolder folder;
  write_data(folder.path(), {square_of<std::uint8_t>(0), square_of<std::uint8_t>(0)});
  EXPECT_THAT(errors_of(folder.path()), ElementsAre("none of 2 masks has foreground"));
  const std::vector<Sample> samples = find_samples(folder.path());
  EXPECT_THAT(pixels(samples), ElementsAre(0, 0));
  EXPECT_EQ(check_at_start(DataSet(folder.path()), {""}).splits.front().size(), 2U);
  EXPECT_FALSE(any_foreground(samples, {}));
  write_data(folder.path(), {square_of<std::uint8_t>(255)});
  EXPECT_TRUE(any_foreground(find_samples(folder.path()), {}));
}

TEST(MaskSet, NamesJpegMasksOfZeroAndOne) {
  const TemporaryFolder folder;
  write_data(folder.path(), {square_of<std::uint8_t>(1), square_of<std::uint8_t>(1)}, ".jpg");
  EXPECT_THAT(errors_of(folder.path()), ElementsAre(HasSubstr("its values are 0 to 1")));
}

TEST(MaskSet, SaysOfAFaintMaskAmongOthersThatItsValuesAreTooLow) {
  const TemporaryFolder folder;
  write_data(folder.path(), {square_of<std::uint8_t>(255), square_of<std::uint8_t>(255)}, ".jpg");
  ASSERT_TRUE(cv::imwrite((folder / "masks/0.jpg").string(), square_of<std::uint8_t>(1)));
  for (const Finding& finding : check_data(DataSet(folder.path()), {{}, 1, nullptr}).findings) {
    if (finding.kind == FindingKind::empty_mask) {
      EXPECT_THAT(finding.message, HasSubstr("0 to 1 of 255"));
      EXPECT_THAT(finding.advice, HasSubstr("--mask-values"));
      return;
    }
  }
  FAIL() << "nothing was found";
}

TEST(MaskSet, IsRecordedInAManifestAndReadBack) {
  const TemporaryFolder folder;
  write_data(folder.path(), {labels(255), labels(255)});
  DecodeOptions options;
  ASSERT_TRUE(parse_mask_values("index:1", options.masks));
  options.masks.ignore = 255;
  const DataSet data(folder.path());
  data.masks().decide(options);
  const std::string csv = manifest_csv(manifest_rows(data.samples(), folder.path(), "train"));
  EXPECT_EQ(csv,
            "image,mask,split,mask_values,ignore_value\n"
            "images/0.png,masks/0.png,train,index:1,255\n"
            "images/1.png,masks/1.png,train,index:1,255\n");
  test::write_text(folder / "m.csv", csv);
  const DataSet again(folder / "m.csv");
  EXPECT_THAT(pixels(again.samples("train")), ElementsAre(900, 900));
  const MaskDecision& decision = again.masks().decide({});
  EXPECT_EQ(decision.reading, options.masks);
  test::write_text(folder / "m.csv",
                   "image,mask,split,mask_values\nimages/0.png,masks/0.png,,some\n");
  EXPECT_THAT(test::error_of(ErrorKind::data, [&] { DataSet{folder / "m.csv"}; }),
              HasSubstr("m.csv:2: found the mask_values 'some', allowed are auto, half"));
  test::write_text(folder / "m.csv",
                   "image,mask,split,ignore_value\nimages/0.png,masks/0.png,,x\n");
  EXPECT_THAT(test::error_of(ErrorKind::data, [&] { DataSet{folder / "m.csv"}; }),
              HasSubstr("m.csv:2: found the ignore_value 'x', a number is allowed"));
}

TEST(MaskSet, SaysNothingInAManifestOfPlainMasks) {
  const TemporaryFolder folder;
  write_data(folder.path(), {square_of<std::uint8_t>(255)});
  const DataSet data(folder.path());
  data.masks().decide({});
  EXPECT_EQ(manifest_csv(manifest_rows(data.samples(), folder.path(), "train")),
            "image,mask,split\nimages/0.png,masks/0.png,train\n");
}

TEST(MaskSet, PassesOverMasksThatCannotBeRead) {
  const TemporaryFolder folder;
  write_data(folder.path(), {labels(2), labels(2)});
  test::write_text(folder / "masks/0.png", "");
  EXPECT_THAT(errors_of(folder.path()), ElementsAre(HasSubstr("empty")));
  EXPECT_EQ(cv::countNonZero(read_mask(find_samples(folder.path()).back())), 1300);
}

}  // namespace
}  // namespace bcnet::data
