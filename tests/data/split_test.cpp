#include "data/split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>
#include <set>

#include "core/error.h"
#include "data/fingerprint.h"
#include "samples.h"
#include "support/temporary_folder.h"

namespace bcnet::data {
namespace {

using test::TemporaryFolder;

std::set<std::string> names(const std::vector<Sample>& samples) {
  std::set<std::string> result;
  for (const Sample& sample : samples) {
    result.insert(sample.name);
  }
  return result;
}

TEST(Fingerprint, StaysTheSameThroughSizeCompressionAndExposure) {
  const Pair first = draw_synthetic(1, 1);
  cv::Mat changed;
  cv::resize(first.image, changed, {}, 0.7, 0.6, cv::INTER_AREA);
  changed.convertTo(changed, -1, 0.85, 4);
  EXPECT_TRUE(near_duplicates(fingerprint(first.image), fingerprint(changed)));
  EXPECT_FALSE(near_duplicates(fingerprint(first.image), fingerprint(draw_synthetic(1, 2).image)));
}

TEST(HoldOut, TakesTheShareBySeed) {
  const TemporaryFolder folder;
  const auto samples = synthetic_samples(folder.path(), 30);
  const HeldOut parts = hold_out(samples, 0.1, 7);
  EXPECT_EQ(parts.validation.size(), 3U);
  EXPECT_EQ(parts.training.size(), 27U);
  std::set<std::string> all = names(parts.training);
  all.merge(names(parts.validation));
  EXPECT_EQ(all, names(samples));
  EXPECT_EQ(names(hold_out(samples, 0.1, 7).validation), names(parts.validation));
  EXPECT_NE(names(hold_out(samples, 0.1, 8).validation), names(parts.validation));
}

TEST(HoldOut, KeepsNearDuplicatesOnOneSide) {
  const TemporaryFolder folder;
  auto samples = synthetic_samples(folder.path(), 12);
  // Each image again, smaller and darker.
  for (int i = 0; i < 12; ++i) {
    Sample copy = samples[static_cast<std::size_t>(i)];
    cv::Mat image;
    cv::resize(decode_image(copy.image), image, {}, 0.8, 0.8, cv::INTER_AREA);
    image.convertTo(image, -1, 0.9, 0);
    copy.image.replace_extension(".copy.png");
    copy.name += " copy";
    write_png(copy.image, image);
    samples.push_back(copy);
  }
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const auto held = names(hold_out(samples, 0.25, seed).validation);
    EXPECT_EQ(held.size(), 6U);
    for (std::size_t i = 0; i < 12; ++i) {
      EXPECT_EQ(held.count(samples[i].name), held.count(samples[i + 12].name)) << i;
    }
  }
}

TEST(HoldOut, LeavesAtLeastOneOnEachSide) {
  const TemporaryFolder folder;
  const auto samples = synthetic_samples(folder.path(), 2);
  EXPECT_EQ(hold_out(samples, 0.01, 0).validation.size(), 1U);
  EXPECT_EQ(hold_out(samples, 0.99, 0).training.size(), 1U);
}

TEST(HoldOut, RefusesWhatCannotBeDivided) {
  const TemporaryFolder folder;
  const auto samples = synthetic_samples(folder.path(), 1);
  const auto kind_of = [](auto call) {
    try {
      call();
    } catch (const Error& error) {
      return error.kind();
    }
    return ErrorKind::io;
  };
  EXPECT_EQ(kind_of([&] { hold_out(samples, 0.1, 0); }), ErrorKind::data);
  EXPECT_EQ(kind_of([&] { hold_out({samples[0], samples[0]}, 0.5, 0); }), ErrorKind::data);
  EXPECT_EQ(kind_of([&] { hold_out({}, 0.5, 0); }), ErrorKind::data);
  EXPECT_EQ(kind_of([&] { hold_out(samples, 1.5, 0); }), ErrorKind::usage);
}

TEST(MakeFolds, ValidateEverySampleOnce) {
  const TemporaryFolder folder;
  const auto samples = synthetic_samples(folder.path(), 11);
  const auto folds = make_folds(samples, 3, 7);
  ASSERT_EQ(folds.size(), 3U);
  std::set<std::string> validated;
  std::size_t count = 0;
  for (const HeldOut& fold : folds) {
    EXPECT_GE(fold.validation.size(), 3U);
    EXPECT_LE(fold.validation.size(), 4U);
    EXPECT_EQ(fold.training.size() + fold.validation.size(), samples.size());
    const auto some = names(fold.validation);
    validated.insert(some.begin(), some.end());
    count += some.size();
  }
  EXPECT_EQ(count, samples.size());
  EXPECT_EQ(validated, names(samples));
  EXPECT_EQ(names(make_folds(samples, 3, 7)[0].validation), names(folds[0].validation));
  EXPECT_NE(names(make_folds(samples, 3, 8)[0].validation), names(folds[0].validation));
}

TEST(MakeFolds, RefusesFewerThanTwoAndMoreThanThereAreImages) {
  const TemporaryFolder folder;
  const auto samples = synthetic_samples(folder.path(), 3);
  EXPECT_THROW(make_folds(samples, 1, 7), Error);
  EXPECT_THROW(make_folds(samples, 4, 7), Error);
}

}  // namespace
}  // namespace bcnet::data
