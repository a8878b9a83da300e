#include "infer/frame_steps.h"

#include <gmock/gmock.h>

#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "bcnet/opencv.h"
#include "image/geometry.h"
#include "infer/fake_engine.h"
#include "infer/make_segmenter.h"
#include "support/error_of.h"

namespace bcnet::infer {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int network_size = 96;
constexpr float temperature = 1.5F;

std::shared_ptr<FakeEngine> fake_engine() {
  ModelDescription description;
  description.input_width = network_size;
  description.input_height = network_size;
  description.temperature = temperature;
  return std::make_shared<FakeEngine>(description, 2.0F, -0.25F);
}

SegmenterOptions with_probability() {
  SegmenterOptions options;
  options.probability = true;
  return options;
}

/// BGR, with red areas of several sizes on noise.
cv::Mat picture(int width, int height, std::uint64_t seed) {
  cv::Mat image(height, width, CV_8UC3);
  cv::RNG random(seed);
  random.fill(image, cv::RNG::UNIFORM, 0, 90);
  for (int i = 1; i <= 3; ++i) {
    const cv::Point centre(random.uniform(0, width), random.uniform(0, height));
    cv::circle(image, centre, height / (3 * i) + 1, cv::Scalar(60, 40, 230), cv::FILLED);
  }
  return image;
}

Segmentation run(const FrameSteps& steps, const cv::Mat& image, Frame& frame) {
  Segmentation result;
  steps.prepare(view(image), image.cols, image.rows, frame);
  steps.infer(frame);
  steps.finish(frame, result);
  return result;
}

void expect_same(const Segmentation& a, const Segmentation& b) {
  EXPECT_EQ(a.width, b.width);
  EXPECT_EQ(a.height, b.height);
  EXPECT_EQ(a.mask, b.mask);
  EXPECT_EQ(a.probability, b.probability);
  ASSERT_EQ(a.regions.size(), b.regions.size());
  for (std::size_t i = 0; i < a.regions.size(); ++i) {
    EXPECT_EQ(a.regions[i].confidence, b.regions[i].confidence);
    EXPECT_EQ(a.regions[i].area_percent, b.regions[i].area_percent);
    EXPECT_EQ(a.regions[i].polygon.size(), b.regions[i].polygon.size());
    EXPECT_EQ(a.regions[i].box.x, b.regions[i].box.x);
    EXPECT_EQ(a.regions[i].box.width, b.regions[i].box.width);
  }
}

TEST(FrameSteps, InARowAreWhatTheSegmenterGives) {
  const auto engine = fake_engine();
  const FrameSteps steps(engine, with_probability());
  const Segmenter segmenter = make_segmenter(engine, with_probability());
  for (const cv::Size size : {cv::Size(320, 240), cv::Size(96, 96), cv::Size(50, 61)}) {
    const cv::Mat image = picture(size.width, size.height, 3);
    Frame frame;
    const Segmentation result = run(steps, image, frame);
    EXPECT_THAT(result.regions, ::testing::Not(IsEmpty()));
    expect_same(result, segmenter.segment(view(image)));
  }
}

// Expected: OpenCV's cv::resize of the logits and 1 / (1 + exp(-logit / temperature)) in double.
TEST(FrameSteps, GiveProbabilitiesAndMaskOfTheLogits) {
  const FrameSteps steps(fake_engine(), with_probability());
  const cv::Mat image = picture(320, 240, 4);
  Frame frame;
  const Segmentation result = run(steps, image, frame);

  cv::Mat rgb = resize_image(image, network_size, network_size);
  cv::cvtColor(rgb, rgb, cv::COLOR_BGR2RGB);
  ASSERT_EQ(frame.input.size(), 3 * rgb.total());
  EXPECT_TRUE(std::equal(frame.input.begin(), frame.input.end(), rgb.data));
  cv::Mat logits(network_size, network_size, CV_32FC1);
  fake_engine()->run(rgb.data, 1, network_size, network_size, logits.ptr<float>());
  EXPECT_EQ(cv::norm(frame.logits, logits, cv::NORM_INF), 0);

  cv::resize(logits, logits, image.size(), 0, 0, cv::INTER_LINEAR);
  ASSERT_EQ(result.probability.size(), logits.total());
  for (std::size_t i = 0; i < logits.total(); ++i) {
    const double expected =
        1 / (1 + std::exp(-static_cast<double>(logits.ptr<float>()[i]) / temperature));
    ASSERT_NEAR(result.probability[i], expected, 1e-5) << i;
    if (std::abs(expected - 0.5) > 1e-5) {
      ASSERT_EQ(result.mask[i], expected > 0.5 ? 255 : 0) << i;
    }
  }
  EXPECT_GT(result.milliseconds, 0);
  EXPECT_EQ(result.milliseconds, frame.milliseconds);
}

/// Counts what OpenCV takes of this many bytes and more.
class CountingAllocator : public cv::MatAllocator {
 public:
  explicit CountingAllocator(std::size_t from)
      : from_(from), before_(cv::Mat::getDefaultAllocator()) {
    cv::Mat::setDefaultAllocator(this);
  }
  ~CountingAllocator() override { cv::Mat::setDefaultAllocator(before_); }

  cv::UMatData* allocate(int dims, const int* sizes, int type, void* data, size_t* step,
                         cv::AccessFlag flags, cv::UMatUsageFlags usage) const override {
    std::size_t bytes = CV_ELEM_SIZE(type);
    for (int i = 0; i < dims; ++i) {
      bytes *= static_cast<std::size_t>(sizes[i]);
    }
    large_ += bytes >= from_ ? 1 : 0;
    return before_->allocate(dims, sizes, type, data, step, flags, usage);
  }
  bool allocate(cv::UMatData* data, cv::AccessFlag flags, cv::UMatUsageFlags usage) const override {
    return before_->allocate(data, flags, usage);
  }
  void deallocate(cv::UMatData* data) const override { before_->deallocate(data); }

  int large() const { return large_; }

 private:
  std::size_t from_;
  cv::MatAllocator* before_;
  mutable int large_ = 0;
};

TEST(FrameSteps, TakeNoNewMemoryForTheNextFrame) {
  const FrameSteps steps(fake_engine(), with_probability());
  Frame frame;
  Segmentation result;
  const auto step = [&](const cv::Mat& image) {
    steps.prepare(view(image), image.cols, image.rows, frame);
    steps.infer(frame);
    steps.finish(frame, result);
  };
  step(picture(640, 480, 5));
  const auto addresses = [&] {
    return std::vector<const void*>{frame.input.data(), frame.buffers.resized.data,
                                    frame.logits.data, result.mask.data(),
                                    result.probability.data()};
  };
  const auto first = addresses();
  const Segmentation before = result;
  const CountingAllocator allocator(std::size_t{640} * 480);
  const cv::Mat black(480, 640, CV_8UC3, cv::Scalar::all(0));
  const int own = allocator.large();
  step(black);
  EXPECT_EQ(addresses(), first);
  EXPECT_EQ(allocator.large() - own, 1);  // of cv::findContours, a copy of the mask
  EXPECT_THAT(result.regions, IsEmpty());
  step(picture(640, 480, 5));
  EXPECT_EQ(addresses(), first);
  expect_same(result, before);
}

TEST(FrameSteps, LeaveNothingOfTheFrameBefore) {
  const FrameSteps steps(fake_engine(), with_probability());
  Frame kept;
  for (const cv::Size size : {cv::Size(320, 240), cv::Size(96, 96), cv::Size(640, 100),
                              cv::Size(50, 61), cv::Size(320, 240)}) {
    const cv::Mat image = picture(size.width, size.height, 6);
    Frame fresh;
    expect_same(run(steps, image, kept), run(steps, image, fresh));
  }
}

TEST(FrameSteps, DropProbabilitiesThatNobodyAskedFor) {
  const auto engine = fake_engine();
  const cv::Mat image = picture(64, 48, 7);
  Frame frame;
  Segmentation result = run(FrameSteps(engine, with_probability()), image, frame);
  FrameSteps(engine, {}).finish(frame, result);
  EXPECT_THAT(result.probability, IsEmpty());
}

TEST(FrameSteps, RefuseBeforeTheNetworkRuns) {
  const auto engine = fake_engine();
  const FrameSteps steps(engine, {});
  Frame frame;
  const cv::Mat image = picture(8, 8, 8);
  EXPECT_THAT(test::error_of(ErrorKind::data, [&] { steps.prepare({}, 8, 8, frame); }),
              HasSubstr("null address"));
  EXPECT_THAT(test::error_of(ErrorKind::usage, [&] { steps.prepare(view(image), 0, 8, frame); }),
              HasSubstr("at least 1x1"));
  EXPECT_THAT(
      test::error_of(ErrorKind::usage, [&] { steps.prepare(view(image), 50000, 50000, frame); }),
      HasSubstr("found a result of 50000x50000 pixels, at most 2147483647"));
  EXPECT_EQ(engine->runs(), 0);
}

TEST(FrameSteps, SayToStrangersWhatTheySayOfViews) {
  const FrameSteps steps(fake_engine(), {});
  Frame frame;
  const cv::Mat image = picture(8, 8, 8);
  const auto shown = [&](const ImageView& seen, int width) {
    try {
      steps.prepare(seen, width, 8, frame);
    } catch (const Error& error) {
      EXPECT_EQ(error.public_message(), error.what());
      return error.reason();
    }
    ADD_FAILURE() << "no error";
    return ErrorReason::busy;
  };
  EXPECT_EQ(shown({}, 8), ErrorReason::other);
  EXPECT_EQ(shown({image.data, 50000, 50000}, 8), ErrorReason::too_large);
  EXPECT_EQ(shown(view(image), 0), ErrorReason::other);
  EXPECT_EQ(shown(view(image), INT32_MAX), ErrorReason::too_large);
}

/// BGR: mucosa of 400x400 pixels on a black frame, with a red area.
cv::Mat bordered_picture() {
  cv::Mat image(400, 900, CV_8UC3, cv::Scalar::all(0));
  image(cv::Rect(300, 0, 400, 400)).setTo(cv::Scalar(60, 60, 90));
  cv::circle(image, {450, 220}, 80, cv::Scalar(60, 40, 230), cv::FILLED);
  return image;
}

TEST(FrameSteps, ShowTheNetworkTheFieldOfViewAlone) {
  const cv::Mat image = bordered_picture();
  const FrameSteps steps(fake_engine(), with_probability());
  Frame frame;
  const Segmentation result = run(steps, image, frame);
  EXPECT_EQ(frame.field & cv::Rect(300, 0, 400, 400), cv::Rect(300, 0, 400, 400));
  EXPECT_LT(frame.field.width, 450);

  // As the field by itself, moved to its place.
  Frame of_part;
  SegmenterOptions whole = with_probability();
  whole.whole_frame = true;
  const Segmentation part =
      run(FrameSteps(fake_engine(), whole), image(frame.field).clone(), of_part);
  cv::Mat mask(image.size(), CV_8UC1, cv::Scalar(0));
  cv::Mat(frame.field.size(), CV_8UC1, const_cast<std::uint8_t*>(part.mask.data()))
      .copyTo(mask(frame.field));
  cv::Mat probability(image.size(), CV_32FC1, cv::Scalar(0));
  cv::Mat(frame.field.size(), CV_32FC1, const_cast<float*>(part.probability.data()))
      .copyTo(probability(frame.field));
  EXPECT_TRUE(std::equal(result.mask.begin(), result.mask.end(), mask.data));
  EXPECT_TRUE(
      std::equal(result.probability.begin(), result.probability.end(), probability.ptr<float>()));
  ASSERT_EQ(result.regions.size(), 1U);
  EXPECT_EQ(result.regions[0].box.x, part.regions[0].box.x + frame.field.x);
  EXPECT_FLOAT_EQ(static_cast<float>(result.regions[0].confidence),
                  static_cast<float>(part.regions[0].confidence));
  EXPECT_NEAR(result.regions[0].area_percent, 100.0 * cv::countNonZero(mask) / mask.total(), 1e-9);

  // The same from a smaller copy of the picture.
  cv::Mat half;
  cv::resize(image, half, {}, 0.5, 0.5, cv::INTER_AREA);
  Segmentation from_half;
  steps.prepare(view(half), image.cols, image.rows, frame);
  steps.infer(frame);
  steps.finish(frame, from_half);
  EXPECT_EQ(from_half.width, 900);
  EXPECT_NEAR(from_half.regions[0].box.x, result.regions[0].box.x, 4);
  EXPECT_NEAR(from_half.regions[0].box.width, result.regions[0].box.width, 6);
}

TEST(FrameSteps, SeeAllOfTheFrameWhereAsked) {
  SegmenterOptions options;
  options.whole_frame = true;
  const cv::Mat image = bordered_picture();
  Frame frame;
  run(FrameSteps(fake_engine(), options), image, frame);
  EXPECT_EQ(frame.field, cv::Rect(0, 0, 900, 400));
}

TEST(FrameSteps, SeeAllOfTheFrameWithAModelThatWasTrainedSo) {
  ModelDescription description;
  description.input_width = description.input_height = network_size;
  description.field_of_view = false;
  const FrameSteps steps(std::make_shared<FakeEngine>(description), {});
  EXPECT_TRUE(steps.whole_frame());
  EXPECT_FALSE(FrameSteps(fake_engine(), {}).whole_frame());
  Frame frame;
  run(steps, bordered_picture(), frame);
  EXPECT_EQ(frame.field, cv::Rect(0, 0, 900, 400));
}

TEST(FrameSteps, LeaveOutRegionsOfLittleConfidence) {
  cv::Mat image(200, 400, CV_8UC3, cv::Scalar(60, 60, 90));
  cv::circle(image, {100, 100}, 50, cv::Scalar(60, 40, 255), cv::FILLED);
  cv::circle(image, {300, 100}, 50, cv::Scalar(60, 40, 160), cv::FILLED);
  cv::circle(image, {300, 100}, 20, cv::Scalar(60, 60, 90), cv::FILLED);  // a hole
  Frame frame;
  const auto with = [&](float confidence) {
    SegmenterOptions options;
    options.min_confidence = confidence;
    return run(FrameSteps(fake_engine(), options), image, frame);
  };
  const Segmentation all = with(0);
  ASSERT_EQ(all.regions.size(), 2U);
  const auto [low, high] = std::minmax(all.regions[0].confidence, all.regions[1].confidence);
  ASSERT_LT(low + 0.05, high);
  const Segmentation sure = with(static_cast<float>((low + high) / 2));
  ASSERT_EQ(sure.regions.size(), 1U);
  EXPECT_EQ(sure.regions[0].confidence, high);
  const cv::Mat mask(200, 400, CV_8UC1, const_cast<std::uint8_t*>(sure.mask.data()));
  const cv::Mat before(200, 400, CV_8UC1, const_cast<std::uint8_t*>(all.mask.data()));
  EXPECT_EQ(cv::countNonZero(mask(cv::Rect(200, 0, 200, 200))), 0);
  EXPECT_EQ(cv::norm(mask(cv::Rect(0, 0, 200, 200)), before(cv::Rect(0, 0, 200, 200))), 0);
}

TEST(FrameSteps, SayHowLikelyARegionIsAPolypAsTheModelDoes) {
  cv::Mat image(200, 400, CV_8UC3, cv::Scalar(60, 60, 90));
  cv::circle(image, {100, 100}, 50, cv::Scalar(60, 40, 255), cv::FILLED);
  Frame frame;
  SegmenterOptions options;
  options.min_confidence = 0.0F;
  const auto regions = [&](const RegionCalibration& calibration) {
    ModelDescription description;
    description.region_calibration = calibration;
    return run(FrameSteps(std::make_shared<FakeEngine>(description, 2.0F), options), image, frame)
        .regions;
  };
  const auto plain = regions({});
  const auto changed = regions({1.0F, -6.0F});
  ASSERT_EQ(plain.size(), 1U);
  ASSERT_EQ(changed.size(), 1U);
  const double odds = plain[0].confidence / (1 - plain[0].confidence);
  EXPECT_NEAR(changed[0].confidence, 1 / (1 + std::exp(6) / odds), 1e-6);
  // What is shown goes by it too.
  options.min_confidence = static_cast<float>(changed[0].confidence + 0.01);
  EXPECT_EQ(regions({1.0F, -6.0F}).size(), 0U);
}

TEST(FrameSteps, TakeTheModelsOwnRegionThreshold) {
  ModelDescription description;
  description.region_threshold = 0.75F;
  const auto engine = std::make_shared<FakeEngine>(description, 2.0F);
  EXPECT_EQ(FrameSteps(engine, {}).info().min_confidence, 0.75F);
  SegmenterOptions options;
  options.min_confidence = 0.0F;
  EXPECT_EQ(FrameSteps(engine, options).info().min_confidence, 0.0F);
  for (const float bad : {-0.1F, 1.0F}) {
    options.min_confidence = bad;
    EXPECT_THAT(test::error_of(ErrorKind::usage, [&] { FrameSteps(engine, options); }),
                HasSubstr("min_confidence"));
  }
}

TEST(FrameSteps, SeeTheFieldThatTheyAreGiven) {
  const FrameSteps steps(fake_engine(), with_probability());
  const cv::Mat image = picture(320, 240, 5);
  const cv::Rect field(40, 20, 200, 180);
  Frame frame;
  Segmentation result;
  steps.prepare(view(image), field, image.cols, image.rows, frame);
  steps.infer(frame);
  steps.finish(frame, result);
  Frame cut_frame;
  const Segmentation cut = run(steps, image(field), cut_frame);
  const cv::Mat mask = mask_of(result);
  EXPECT_EQ(cv::norm(mask(field), mask_of(cut), cv::NORM_INF), 0);
  EXPECT_GT(cv::countNonZero(mask), 0);
  EXPECT_EQ(cv::countNonZero(mask), cv::countNonZero(mask(field)));
}

TEST(FrameSteps, RefuseAFieldThatIsNotInTheImage) {
  const FrameSteps steps(fake_engine(), {});
  const cv::Mat image = picture(320, 240, 5);
  Frame frame;
  for (const cv::Rect& field : {cv::Rect(), cv::Rect(200, 0, 121, 240), cv::Rect(-1, 0, 20, 20)}) {
    EXPECT_THAT(test::error_of(ErrorKind::usage,
                               [&] { steps.prepare(view(image), field, 320, 240, frame); }),
                HasSubstr("field"));
  }
}

}  // namespace
}  // namespace bcnet::infer
