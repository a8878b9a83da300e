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
    return std::vector<const void*>{frame.input.data(), frame.resized.data, frame.logits.data,
                                    result.mask.data(), result.probability.data()};
  };
  const auto first = addresses();
  const Segmentation before = result;
  const CountingAllocator allocator(std::size_t{network_size} * network_size);
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
}

}  // namespace
}  // namespace bcnet::infer
