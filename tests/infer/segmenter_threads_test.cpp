// Also built with -fsanitize=thread (preset tsan), which sees what goes well by chance.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <opencv2/core.hpp>
#include <thread>
#include <vector>

#include "bcnet/opencv.h"
#include "infer/fake_engine.h"
#include "infer/make_segmenter.h"

namespace bcnet {
namespace {

TEST(SegmenterThreads, GiveEachWhatItWouldGetAlone) {
  cv::setNumThreads(1);  // as for images side by side
  ModelDescription description;
  description.input_width = 64;
  description.input_height = 32;
  description.temperature = 1.5F;
  const auto engine = std::make_shared<infer::FakeEngine>(description, 2.0F, -0.25F);
  SegmenterOptions options;
  options.probability = true;
  const Segmenter segmenter = infer::make_segmenter(engine, options);

  constexpr std::size_t count = 8, rounds = 5;
  std::vector<cv::Mat> images;
  std::vector<Segmentation> alone;
  cv::RNG random(7);
  for (int i = 0; i < static_cast<int>(count); ++i) {
    cv::Mat image(40 + 13 * i, 90 - 5 * i, CV_8UC3);
    random.fill(image, cv::RNG::UNIFORM, 0, 256);
    images.push_back(image);
    alone.push_back(segmenter.segment(view(image)));
  }
  std::vector<int> wrong(count, 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < count; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < rounds * count; ++i) {
        const std::size_t k = (t + i) % count;
        const Segmentation result = segmenter.segment(view(images[k]));
        const bool same = result.mask == alone[k].mask &&
                          result.probability == alone[k].probability &&
                          result.regions.size() == alone[k].regions.size();
        wrong[t] += same ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_THAT(wrong, testing::Each(0));
  EXPECT_EQ(engine->runs(), static_cast<int>(count + rounds * count * count));
}

}  // namespace
}  // namespace bcnet
