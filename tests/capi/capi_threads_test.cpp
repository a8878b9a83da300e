// The C interface from several threads: built with -fsanitize=thread, too.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "bcnet/bcnet.h"
#include "capi/red_pictures.h"

namespace bcnet::test {
namespace {

using testing::HasSubstr;

TEST(CapiThreads, MayAllUseOneSegmenterAndCloseIt) {
  bcnet_segmenter* segmenter = fake_segmenter();
  std::atomic<int> found{0};
  std::atomic<int> closed{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, left = 8 * thread] {
      const std::vector<std::uint8_t> pixels = picture(left);
      bcnet_frame frame = BCNET_FRAME_INIT;
      frame.data = pixels.data();
      frame.width = width;
      frame.height = height;
      bcnet_result* result = nullptr;
      bcnet_result_open(&result);
      for (int i = 0; i < 20; ++i) {
        if (bcnet_segment(segmenter, &frame, 0, result) != BCNET_OK) {
          EXPECT_THAT(bcnet_last_error(), HasSubstr("closed"));
          ++closed;
          continue;
        }
        bcnet_region region = BCNET_REGION_INIT;
        EXPECT_EQ(bcnet_result_region(result, 0, &region), BCNET_OK);
        EXPECT_EQ(region.x, left);
        if (++found == 10) {
          EXPECT_EQ(bcnet_segmenter_close(segmenter), BCNET_OK);  // the others are in it
        }
      }
      bcnet_result_close(result);
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(found + closed, 80);
  EXPECT_GT(closed, 0);
}

TEST(CapiThreads, OneResultServesOneCallAtATime) {
  bcnet_segmenter* segmenter = fake_segmenter();
  bcnet_result* result = nullptr;
  ASSERT_EQ(bcnet_result_open(&result), BCNET_OK);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 3; ++thread) {
    threads.emplace_back([&, side = 64 + thread] {
      const std::vector<std::uint8_t> pixels = picture(8, side, side);
      bcnet_frame frame = BCNET_FRAME_INIT;
      frame.data = pixels.data();
      frame.width = side;
      frame.height = side;
      for (int i = 0; i < 20; ++i) {
        if (bcnet_segment(segmenter, &frame, 0, result) != BCNET_OK) {
          EXPECT_THAT(bcnet_last_error(), HasSubstr("in use"));
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  bcnet_result_close(result);
  bcnet_segmenter_close(segmenter);
}

}  // namespace
}  // namespace bcnet::test
