#include "data/loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "core/error.h"
#include "data/pair.h"
#include "data/targets.h"
#include "image/codec.h"
#include "image/geometry.h"
#include "samples.h"
#include "support/temporary_folder.h"

namespace bcnet::data {
namespace {

using test::TemporaryFolder;
using testing::HasSubstr;

/// Eleven pairs, drawn once for all tests here.
class LoaderTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    samples_ = new std::vector<Sample>(synthetic_samples(folder_->path(), 11));
  }
  static void TearDownTestSuite() {
    delete samples_;
    delete folder_;
  }

  static LoaderOptions small() {
    LoaderOptions options;
    options.batch_size = 4;
    options.width = 96;
    options.height = 64;
    options.shuffle = true;
    options.with_edge_weights = true;
    options.augment = augment_policy("strong");
    options.seed = 3;
    return options;
  }

  static std::vector<Batch> read(Loader& loader, std::int64_t epoch, std::int64_t first = 0) {
    std::vector<Batch> batches;
    loader.start_epoch(epoch, first);
    Batch batch;
    while (loader.next(batch)) {
      batches.push_back(batch);
    }
    return batches;
  }

  static std::vector<std::string> names(const std::vector<Batch>& batches) {
    std::vector<std::string> result;
    for (const Batch& batch : batches) {
      result.insert(result.end(), batch.names.begin(), batch.names.end());
    }
    return result;
  }

  static void expect_equal(const std::vector<Batch>& a, const std::vector<Batch>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].index, b[i].index);
      EXPECT_EQ(a[i].n, b[i].n);
      EXPECT_EQ(a[i].names, b[i].names);
      EXPECT_EQ(a[i].images, b[i].images);
      EXPECT_EQ(a[i].masks, b[i].masks);
      EXPECT_EQ(a[i].boundaries, b[i].boundaries);
      EXPECT_EQ(a[i].edge_weights, b[i].edge_weights);
    }
  }

  static TemporaryFolder* folder_;
  static std::vector<Sample>* samples_;
};

TemporaryFolder* LoaderTest::folder_ = nullptr;
std::vector<Sample>* LoaderTest::samples_ = nullptr;

TEST_F(LoaderTest, GivesTheSameBitsWhateverTheThreadsAndTheBudget) {
  LoaderOptions options = small();
  Loader one(*samples_, options);
  const auto first = read(one, 0);
  const auto second = read(one, 1);  // from the cache
  for (const int threads : {2, 3}) {
    for (const std::uint64_t budget : {std::uint64_t{0}, std::uint64_t{1} << 30}) {
      options.threads = threads;
      options.prefetch = threads;
      options.memory_budget_bytes = budget;
      Loader more(*samples_, options);
      expect_equal(read(more, 0), first);
      expect_equal(read(more, 1), second);
    }
  }
}

TEST_F(LoaderTest, GivesTheSameBitsAlsoWhereSamplesTakeFromOthers) {
  LoaderOptions options = small();
  options.augment = augment_policy("lite_strong");
  options.augment.paste = options.augment.cutmix = 0.8;
  Loader one(*samples_, options);
  auto first = read(one, 7);
  expect_equal(read(one, 7), first);
  LoaderOptions alone = options;
  alone.augment.paste = alone.augment.cutmix = 0;
  Loader without(*samples_, alone);
  EXPECT_NE(read(without, 7)[0].masks, first[0].masks);
  options.threads = 3;
  for (const std::uint64_t budget : {std::uint64_t{0}, std::uint64_t{1} << 30}) {
    options.memory_budget_bytes = budget;
    Loader more(*samples_, options);
    expect_equal(read(more, 7), first);
  }
  Loader entered(*samples_, options);
  first.erase(first.begin(), first.begin() + 2);
  expect_equal(read(entered, 7, 2), first);
}

TEST_F(LoaderTest, GivesEverySampleOnceAnEpochInAnOrderOfItsOwn) {
  Loader loader(*samples_, small());
  EXPECT_EQ(loader.batches(), 3);
  const auto first = names(read(loader, 0));
  const auto second = names(read(loader, 1));
  EXPECT_EQ(std::set<std::string>(first.begin(), first.end()).size(), 11U);
  EXPECT_TRUE(std::is_permutation(first.begin(), first.end(), second.begin(), second.end()));
  EXPECT_NE(first, second);
  EXPECT_EQ(names(read(loader, 0)), first);
  LoaderOptions other = small();
  other.seed = 4;
  Loader reseeded(*samples_, other);
  EXPECT_NE(names(read(reseeded, 0)), first);
}

TEST_F(LoaderTest, EntersAnEpochAtABatch) {
  Loader loader(*samples_, small());
  auto whole = read(loader, 5);
  Loader resumed(*samples_, small());
  whole.erase(whole.begin());
  expect_equal(read(resumed, 5, 1), whole);
  EXPECT_TRUE(read(resumed, 5, 3).empty());
  EXPECT_THROW(resumed.start_epoch(5, 4), Error);
}

TEST_F(LoaderTest, PartsOfABatchPutTogetherAreTheBatch) {
  LoaderOptions options = small();
  Loader loader(*samples_, options);
  const auto whole = read(loader, 2);
  options.parts = 3;
  std::vector<std::vector<Batch>> parts;
  for (options.part = 0; options.part < options.parts; ++options.part) {
    Loader one(*samples_, options);
    EXPECT_EQ(one.batches(), loader.batches());
    parts.push_back(read(one, 2));
  }
  std::vector<Batch> joined = parts[0];
  for (std::size_t i = 0; i < joined.size(); ++i) {
    EXPECT_EQ(joined[i].first, whole[i].first);
    for (std::size_t part = 1; part < parts.size(); ++part) {
      const Batch& more = parts[part][i];
      EXPECT_EQ(more.first, joined[i].first + joined[i].n);
      EXPECT_GE(more.n, 1);
      EXPECT_LE(more.n, 2);
      joined[i].n += more.n;
      const auto append = [](auto& to, const auto& from) {
        to.insert(to.end(), from.begin(), from.end());
      };
      append(joined[i].names, more.names);
      append(joined[i].images, more.images);
      append(joined[i].masks, more.masks);
      append(joined[i].boundaries, more.boundaries);
      append(joined[i].edge_weights, more.edge_weights);
    }
  }
  expect_equal(joined, whole);
}

TEST_F(LoaderTest, PartsMayBeEmptyInALastBatchThatIsNotFull) {
  LoaderOptions options = small();
  options.batch_size = 5;  // and one sample is left
  options.parts = 2;
  Loader first(*samples_, options);
  EXPECT_EQ(read(first, 0).back().n, 0);
  options.part = 1;
  Loader second(*samples_, options);
  EXPECT_EQ(read(second, 0).back().n, 1);
}

TEST_F(LoaderTest, DropsARunningEpoch) {
  LoaderOptions options = small();
  options.threads = 2;
  Loader loader(*samples_, options);
  const auto expected = read(loader, 1);
  for (int i = 0; i < 10; ++i) {
    loader.start_epoch(i);
    Batch batch;
    ASSERT_TRUE(loader.next(batch));
    EXPECT_EQ(batch.index, 0);
  }
  expect_equal(read(loader, 1), expected);
  loader.start_epoch(2);  // and is destroyed in the midst of it
}

TEST_F(LoaderTest, DropsTheLastBatchWhenTold) {
  LoaderOptions options = small();
  options.drop_last = true;
  Loader loader(*samples_, options);
  EXPECT_EQ(loader.batches(), 2);
  EXPECT_EQ(names(read(loader, 0)).size(), 8U);
}

TEST_F(LoaderTest, GivesNothingBeforeTheFirstEpoch) {
  Loader loader(*samples_, small());
  Batch batch;
  EXPECT_FALSE(loader.next(batch));
}

TEST_F(LoaderTest, GivesWithoutAugmentationWhatInferenceSees) {
  LoaderOptions options = small();
  options.augment = {};
  options.shuffle = false;
  options.with_edge_weights = false;
  Loader loader(*samples_, options);
  loader.start_epoch(0);
  Batch batch;
  ASSERT_TRUE(loader.next(batch));
  EXPECT_EQ(batch.n, 4);
  EXPECT_EQ(batch.h, 64);
  EXPECT_EQ(batch.w, 96);
  EXPECT_EQ(batch.names[1], "images/synth_0002.jpg");
  EXPECT_TRUE(batch.edge_weights.empty());

  const Pair pair = read_pair((*samples_)[1]);
  const cv::Mat image = resize_image(pair.image, 96, 64);
  const cv::Mat mask = resize_mask(pair.mask, 96, 64);
  std::vector<float> expected(64 * 96 * 3);
  normalize(join_mask(image, mask), options.mean, options.std, expected.data());
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), batch.images.begin() + 64 * 96 * 3));
  std::vector<float> truth(64 * 96);
  mask_target(mask, truth.data());
  EXPECT_TRUE(std::equal(truth.begin(), truth.end(), batch.masks.begin() + 64 * 96));
}

TEST_F(LoaderTest, KeepsToItsMemoryBudget) {
  LoaderOptions options = small();
  options.augment = {};
  const std::uint64_t pair = 96 * 64 * 4;
  options.memory_budget_bytes = 5 * pair + 1;
  Loader loader(*samples_, options);
  EXPECT_EQ(loader.cached_bytes(), 0U);
  read(loader, 0);
  EXPECT_EQ(loader.cached_bytes(), 5 * pair);
  read(loader, 1);
  EXPECT_EQ(loader.cached_bytes(), 5 * pair);
}

TEST_F(LoaderTest, DecodesOnceWhatItKeeps) {
  const TemporaryFolder folder;
  const auto samples = synthetic_samples(folder.path(), 3);
  LoaderOptions options = small();
  Loader loader(samples, options);
  const auto before = read(loader, 0);
  std::filesystem::remove_all(folder / "images");
  expect_equal(read(loader, 0), before);
}

TEST_F(LoaderTest, ExchangesTheCallersBuffers) {
  Loader loader(*samples_, small());
  read(loader, 0);
  Batch batch;
  std::set<const float*> buffers;
  for (int epoch = 0; epoch < 6; ++epoch) {
    loader.start_epoch(epoch);
    while (loader.next(batch)) {
      buffers.insert(batch.images.data());
    }
  }
  // As many as are in flight: the prefetched ones, the worker's and the caller's.
  EXPECT_LE(buffers.size(), 8U);
}

TEST_F(LoaderTest, ThrowsForABadFileAndGoesOn) {
  const TemporaryFolder folder;
  const auto samples = synthetic_samples(folder.path(), 6);
  test::write_text(folder / "images/synth_0003.jpg", "no picture");
  LoaderOptions options = small();
  options.shuffle = false;
  options.batch_size = 2;
  options.threads = 2;
  Loader loader(samples, options);
  loader.start_epoch(0);
  Batch batch;
  ASSERT_TRUE(loader.next(batch));
  try {
    loader.next(batch);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    EXPECT_THAT(error.what(), HasSubstr("synth_0003.jpg"));
  }
  ASSERT_TRUE(loader.next(batch));
  EXPECT_EQ(batch.index, 2);
  EXPECT_FALSE(loader.next(batch));
}

TEST_F(LoaderTest, RefusesAMaskOfAnotherSize) {
  const TemporaryFolder folder;
  const auto samples = synthetic_samples(folder.path(), 1);
  write_png(folder / "masks/synth_0001.png", cv::Mat(5, 7, CV_8UC1, cv::Scalar(0)));
  Loader loader(samples, small());
  loader.start_epoch(0);
  Batch batch;
  try {
    loader.next(batch);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    EXPECT_THAT(error.what(), HasSubstr("mask is 7x5"));
  }
}

TEST_F(LoaderTest, TakesOnePixelImages) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "images");
  std::filesystem::create_directories(folder / "masks");
  write_png(folder / "images/1.png", cv::Mat(1, 1, CV_8UC3, cv::Scalar(9, 9, 9)));
  write_png(folder / "masks/1.png", cv::Mat(1, 1, CV_8UC1, cv::Scalar(255)));
  for (const char* policy : {"none", "strong", "lite_strong"}) {
    LoaderOptions options = small();
    options.augment = augment_policy(policy);
    Loader loader(find_samples(folder.path()), options);
    const auto batches = read(loader, 0);
    ASSERT_EQ(batches.size(), 1U);
    EXPECT_EQ(batches[0].n, 1);
  }
}

TEST_F(LoaderTest, RefusesOptionsOutOfRange) {
  LoaderOptions options = small();
  options.batch_size = 0;
  EXPECT_THROW(Loader(*samples_, options), Error);
  options = small();
  options.threads = 0;
  EXPECT_THROW(Loader(*samples_, options), Error);
  options = small();
  options.parts = 5;  // of batches of 4
  EXPECT_THROW(Loader(*samples_, options), Error);
  options = small();
  options.part = 1;
  EXPECT_THROW(Loader(*samples_, options), Error);
  options = small();
  options.augment.scale_low = 2;
  EXPECT_THROW(Loader(*samples_, options), Error);
}

// Five samples drawn twice each, then six of which three are drawn.
TEST_F(LoaderTest, DrawsSetsAsOftenAsTheirWeightsSay) {
  LoaderOptions options = small();
  options.sets = {{5, 10}, {6, 3}};
  options.batch_size = 13;
  Loader loader(*samples_, options);
  EXPECT_EQ(loader.batches(), 1);
  std::set<std::vector<std::string>> rests;
  for (const std::int64_t epoch : {0, 1, 2, 3, 4}) {
    const auto drawn = names(read(loader, epoch));
    ASSERT_EQ(drawn.size(), 13U);
    std::map<std::string, int> times;
    for (const std::string& name : drawn) {
      ++times[name];
    }
    std::vector<std::string> rest;
    for (std::size_t i = 0; i < samples_->size(); ++i) {
      const int count = times[(*samples_)[i].name];
      if (i < 5) {
        EXPECT_EQ(count, 2);
      } else if (count > 0) {
        EXPECT_EQ(count, 1);
        rest.push_back((*samples_)[i].name);
      }
    }
    EXPECT_EQ(rest.size(), 3U);
    rests.insert(rest);
  }
  EXPECT_GT(rests.size(), 1U);  // not always the same
}

TEST_F(LoaderTest, ASecondDrawIsAugmentedOtherwise) {
  LoaderOptions options = small();
  options.shuffle = false;
  options.sets = {{11, 22}};
  options.batch_size = 22;
  Loader loader(*samples_, options);
  const Batch batch = read(loader, 0).front();
  const auto pixels = batch.images.size() / 22;
  for (std::size_t i = 0; i < 11; ++i) {
    ASSERT_EQ(batch.names[i], batch.names[11 + i]);
    EXPECT_FALSE(std::equal(batch.images.begin() + static_cast<std::ptrdiff_t>(i * pixels),
                            batch.images.begin() + static_cast<std::ptrdiff_t>((i + 1) * pixels),
                            batch.images.begin() + static_cast<std::ptrdiff_t>((11 + i) * pixels)));
  }
}

TEST_F(LoaderTest, RefusesSetsThatAreNotTheSamples) {
  LoaderOptions options = small();
  options.sets = {{5, 10}, {5, 3}};
  EXPECT_THROW(Loader(*samples_, options), Error);
  options.sets = {{5, 10}, {6, 0}};
  EXPECT_THROW(Loader(*samples_, options), Error);
}

// A field of view of 400x400 pixels on a frame of 800x400, its right half the polyp.
TEST(LoaderField, GivesTheFieldOfViewAlone) {
  const TemporaryFolder folder;
  cv::Mat image(400, 800, CV_8UC3, cv::Scalar::all(0));
  cv::Mat mask(400, 800, CV_8UC1, cv::Scalar(0));
  image(cv::Rect(200, 0, 400, 400)).setTo(cv::Scalar(190, 90, 70));
  mask(cv::Rect(400, 0, 200, 400)).setTo(cv::Scalar(255));
  std::filesystem::create_directories(folder / "images");
  std::filesystem::create_directories(folder / "masks");
  write_png(folder / "images" / "a.png", image);
  write_png(folder / "masks" / "a.png", mask);
  const auto share_of_mask = [&](bool cut) {
    LoaderOptions options;
    options.width = options.height = 64;
    options.cut_to_field = cut;
    Loader loader(find_samples(folder.path()), options);
    loader.start_epoch(0);
    Batch batch;
    EXPECT_TRUE(loader.next(batch));
    return static_cast<double>(std::count(batch.masks.begin(), batch.masks.end(), 1.0F)) /
           static_cast<double>(batch.masks.size());
  };
  EXPECT_NEAR(share_of_mask(false), 0.25, 0.01);
  EXPECT_NEAR(share_of_mask(true), 0.5, 0.03);
}

}  // namespace
}  // namespace bcnet::data
