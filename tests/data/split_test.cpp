#include "data/split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <opencv2/imgproc.hpp>
#include <set>

#include "core/error.h"
#include "data/fingerprint.h"
#include "image/codec.h"
#include "samples.h"
#include "support/error_of.h"
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
  const auto differing = [&](const cv::Mat& image) {
    return (fingerprint(first.image) ^ fingerprint(image)).count();
  };
  EXPECT_LE(differing(changed), static_cast<std::size_t>(near_duplicate_bits));
  EXPECT_GT(differing(draw_synthetic(1, 2).image), static_cast<std::size_t>(near_duplicate_bits));
}

TEST(HoldOut, TakesTheShareBySeed) {
  const TemporaryFolder folder;
  const auto samples = synthetic_samples(folder.path(), 30);
  const HeldOut parts = hold_out(samples, {0.1}, 7);
  EXPECT_EQ(parts.validation.size(), 3U);
  EXPECT_EQ(parts.training.size(), 27U);
  std::set<std::string> all = names(parts.training);
  all.merge(names(parts.validation));
  EXPECT_EQ(all, names(samples));
  EXPECT_EQ(names(hold_out(samples, {0.1}, 7).validation), names(parts.validation));
  EXPECT_NE(names(hold_out(samples, {0.1}, 8).validation), names(parts.validation));
}

TEST(HoldOut, KeepsGroupsOnOneSide) {
  const TemporaryFolder folder;
  auto samples = synthetic_samples(folder.path(), 30);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i].group = "video " + std::to_string(i % 6);
  }
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    std::set<std::string> trained;
    const HeldOut parts = hold_out(samples, {0.3}, seed);
    for (const Sample& sample : parts.training) {
      trained.insert(sample.group);
    }
    EXPECT_FALSE(parts.validation.empty());
    for (const Sample& sample : parts.validation) {
      EXPECT_EQ(trained.count(sample.group), 0U) << sample.group;
    }
  }
}

TEST(MakeFolds, KeepGroupsOnOneSide) {
  const TemporaryFolder folder;
  auto samples = synthetic_samples(folder.path(), 24);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i].group = "video " + std::to_string(i % 8);
  }
  std::multiset<std::string> held;
  for (const HeldOut& fold : make_folds(samples, 4, 2)) {
    std::map<std::string, std::size_t> here;
    for (const Sample& sample : fold.validation) {
      ++here[sample.group];
    }
    EXPECT_EQ(here.size(), 2U);
    for (const auto& [group, count] : here) {
      EXPECT_EQ(count, 3U) << group;
      held.insert(group);
    }
  }
  EXPECT_EQ(held.size(), 8U);
  EXPECT_EQ(std::set<std::string>(held.begin(), held.end()).size(), 8U);
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
    const auto held = names(hold_out(samples, {0.25}, seed).validation);
    EXPECT_EQ(held.size(), 6U);
    for (std::size_t i = 0; i < 12; ++i) {
      EXPECT_EQ(held.count(samples[i].name), held.count(samples[i + 12].name)) << i;
    }
  }
}

TEST(HoldOut, LeavesAtLeastOneOnEachSide) {
  const TemporaryFolder folder;
  const auto samples = synthetic_samples(folder.path(), 2);
  EXPECT_EQ(hold_out(samples, {0.01}, 0).validation.size(), 1U);
  EXPECT_EQ(hold_out(samples, {0.99}, 0).training.size(), 1U);
}

TEST(HoldOut, TakesATestPart) {
  const TemporaryFolder folder;
  const auto samples = synthetic_samples(folder.path(), 20);
  const HeldOut parts = hold_out(samples, {0.2, 0.1}, 3);
  EXPECT_EQ(parts.training.size(), 14U);
  EXPECT_EQ(parts.validation.size(), 4U);
  EXPECT_EQ(parts.test.size(), 2U);
  std::set<std::string> all = names(parts.training);
  all.merge(names(parts.validation));
  all.merge(names(parts.test));
  EXPECT_EQ(all.size(), samples.size());
}

/// Samples of images unlike one another whose polyps cover 1, 2, 3 … percent, four without.
std::vector<Sample> samples_by_size(const TemporaryFolder& folder, int count) {
  auto samples = synthetic_samples(folder.path(), count);
  for (int i = 0; i < count; ++i) {
    cv::Mat mask(100, 100, CV_8UC1, cv::Scalar(0));
    mask.rowRange(0, std::max(0, i - 3)).setTo(255);
    write_png(samples[static_cast<std::size_t>(i)].mask, mask);
  }
  return samples;
}

TEST(HoldOut, DrawsFromEveryPolypSize) {
  const TemporaryFolder folder;
  const auto samples = samples_by_size(folder, 44);
  const auto held = [&](std::uint64_t seed) {
    const auto in_validation = names(hold_out(samples, {0.25}, seed).validation);
    std::vector<int> counts;  // without polyp, then of each quarter by size
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const std::size_t stratum = i < 4 ? 0 : 1 + (i - 4) / 10;
      counts.resize(std::max(counts.size(), stratum + 1));
      counts[stratum] += in_validation.count(samples[i].name) > 0 ? 1 : 0;
    }
    return counts;
  };
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const auto counts = held(seed);
    EXPECT_EQ(counts[0], 1);
    for (std::size_t quarter = 1; quarter <= 4; ++quarter) {
      EXPECT_THAT(counts[quarter], testing::AllOf(testing::Ge(2), testing::Le(3))) << quarter;
    }
  }
}

/// A strip of one picture: frames of a camera that moves.
cv::Mat frame(const cv::Mat& picture, int i) {
  return picture(cv::Rect(i * picture.cols / 20, 0, picture.cols * 8 / 10, picture.rows));
}

TEST(MakeFolds, AreDisjointCompleteAndSeeded) {
  const TemporaryFolder folder;
  const auto samples = synthetic_samples(folder.path(), 23);
  const auto folds = make_folds(samples, 5, 1);
  ASSERT_EQ(folds.size(), 5U);
  std::multiset<std::string> all;
  for (const HeldOut& fold : folds) {
    EXPECT_THAT(fold.validation.size(), testing::AnyOf(4U, 5U));
    EXPECT_EQ(fold.training.size() + fold.validation.size(), samples.size());
    EXPECT_TRUE(fold.test.empty());
    const auto held = names(fold.validation);
    all.insert(held.begin(), held.end());
    for (const auto& name : names(fold.training)) {
      EXPECT_EQ(held.count(name), 0U);
    }
  }
  const auto every = names(samples);
  EXPECT_EQ(all, std::multiset<std::string>(every.begin(), every.end()));
  EXPECT_EQ(names(make_folds(samples, 5, 1)[2].validation), names(folds[2].validation));
  EXPECT_NE(names(make_folds(samples, 5, 2)[2].validation), names(folds[2].validation));
}

TEST(MakeFolds, KeepScenesTogether) {
  const TemporaryFolder folder;
  const auto drawn = synthetic_samples(folder.path(), 8);
  std::vector<Sample> samples;
  for (const Sample& sample : drawn) {
    for (int i = 0; i < 3; ++i) {
      Sample shot = sample;
      shot.image.replace_extension(".frame" + std::to_string(i) + ".png");
      shot.name = shot.image.filename();
      write_png(shot.image, frame(decode_image(sample.image), i));
      samples.push_back(shot);
    }
  }
  for (const HeldOut& fold : make_folds(samples, 4, 0)) {
    const auto held = names(fold.validation);
    EXPECT_EQ(held.size(), 6U);
    for (std::size_t i = 0; i < samples.size(); i += 3) {
      EXPECT_EQ(held.count(samples[i].name), held.count(samples[i + 1].name)) << i;
      EXPECT_EQ(held.count(samples[i].name), held.count(samples[i + 2].name)) << i;
    }
  }
}

TEST(MakeFolds, RefuseWhatCannotBeDivided) {
  const TemporaryFolder folder;
  const auto samples = synthetic_samples(folder.path(), 3);
  EXPECT_THAT(test::error_of(ErrorKind::usage, [&] { make_folds(samples, 1, 0); }),
              testing::HasSubstr("folds: found 1"));
  EXPECT_THAT(test::error_of(ErrorKind::data, [&] { make_folds(samples, 4, 0); }),
              testing::HasSubstr("cannot be divided into 4 parts: found 3"));
  EXPECT_THAT(test::error_of(ErrorKind::data, [&] { make_folds({}, 2, 0); }),
              testing::HasSubstr("there are no samples"));
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
  EXPECT_EQ(kind_of([&] { hold_out(samples, {0.1}, 0); }), ErrorKind::data);
  EXPECT_EQ(kind_of([&] { hold_out({samples[0], samples[0]}, {0.5}, 0); }), ErrorKind::data);
  EXPECT_EQ(kind_of([&] { hold_out({}, {0.5}, 0); }), ErrorKind::data);
  EXPECT_EQ(kind_of([&] { hold_out(samples, {1.5}, 0); }), ErrorKind::usage);
}

}  // namespace
}  // namespace bcnet::data
