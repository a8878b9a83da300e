#include "video/bounded_queue.h"

#include <gtest/gtest.h>

#include <thread>

namespace bcnet::video {
namespace {

TEST(BoundedQueue, HandsOnInOrderWhateverItsRoom) {
  BoundedQueue<int> queue(2);
  std::thread other([&] {
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(queue.push(i));
    }
    queue.close();
  });
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(queue.pop(), i);
  }
  EXPECT_FALSE(queue.pop());
  other.join();
}

TEST(BoundedQueue, GivesBackTheOldestForANewerOne) {
  BoundedQueue<int> queue(1);
  EXPECT_FALSE(queue.push_newest(1));
  EXPECT_EQ(queue.push_newest(2), 1);
  EXPECT_EQ(queue.push_newest(3), 2);
  EXPECT_EQ(queue.pop(), 3);
}

TEST(BoundedQueue, ClosedTakesNothingInAndWakesThoseWhoWait) {
  BoundedQueue<int> full(1);
  full.push(1);
  std::thread pusher([&] { EXPECT_FALSE(full.push(2)); });
  full.close();
  pusher.join();
  EXPECT_EQ(full.pop(), 1);
  EXPECT_FALSE(full.pop());
  EXPECT_FALSE(full.push(3));

  BoundedQueue<int> empty(1);
  std::thread popper([&] { EXPECT_FALSE(empty.pop()); });
  empty.close();
  popper.join();
}

}  // namespace
}  // namespace bcnet::video
