#include "serve/work_queue.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>

#include "serve/fake_models.h"

namespace bcnet::serve {
namespace {

using test::BatchEngine;

class Queue : public ::testing::Test {
 protected:
  Queue() : models_({{"bcnet", "fake.onnx"}}, test::load_fake(engine_), {}) { models_.load(); }

  std::unique_ptr<Work> work(Clock::time_point deadline = Clock::now() + std::chrono::hours(1)) {
    auto request = std::make_shared<Request>();
    request->deadline = deadline;
    auto one = std::make_unique<Work>();
    one->request = request;
    one->model = models_.find();
    one->before = [](Work& self) {
      const std::vector<std::uint8_t> pixels(3 * 64 * 32, 200);
      self.model->prepare({pixels.data(), 64, 32}, 64, 32, self.frame);
    };
    one->after = [](Work& self) {
      Response response;
      response.status = self.frame.logits.empty() ? 500 : 200;
      return response;
    };
    const auto promise = std::make_shared<std::promise<Response>>();
    answers_.push_back(promise->get_future());
    one->respond = [promise](Response response) { promise->set_value(std::move(response)); };
    return one;
  }

  std::vector<int> statuses() {
    std::vector<int> all;
    for (auto& answer : answers_) {
      all.push_back(answer.get().status);
    }
    return all;
  }

  std::shared_ptr<BatchEngine> engine_ = std::make_shared<BatchEngine>(test::small_description());
  Models models_;
  std::vector<std::future<Response>> answers_;
  std::function<void(std::size_t)> nothing_ = [](std::size_t) {};
};

TEST_F(Queue, AnswersWithTheTimesOfTheParts) {
  WorkQueue queue({1, 8, {}}, nothing_);
  auto one = work();
  ASSERT_TRUE(queue.push(one));
  const Response response = answers_[0].get();
  EXPECT_EQ(response.status, 200);
  std::vector<std::string> names;
  for (const auto& [name, time] : response.phases) {
    names.emplace_back(name);
    EXPECT_GE(time, 0);
  }
  EXPECT_THAT(names, ::testing::ElementsAre("queue", "network"));
}

TEST_F(Queue, RunsWhatWaitsTogetherWhereTheModelTakesAnyBatch) {
  std::promise<void> open;
  engine_->gate = open.get_future().share();
  std::size_t images = 0;
  {
    WorkQueue queue({1, 8, {}}, [&](std::size_t count) { images += count; });
    for (int i = 0; i < 5; ++i) {
      auto one = work();
      ASSERT_TRUE(queue.push(one));
    }
    while (queue.waiting() > 4) {  // until the first runs, alone or with others
      std::this_thread::yield();
    }
    open.set_value();
    EXPECT_THAT(statuses(), ::testing::Each(200));
  }
  EXPECT_EQ(images, 5U);
  EXPECT_GE(engine_->largest, 3);
}

/// How many images each run of the network had, for a thread to wait on.
class Runs {
 public:
  void add(std::size_t images) {
    const std::lock_guard lock(mutex_);
    images_.push_back(images);
    changed_.notify_all();
  }
  std::vector<std::size_t> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return images_.size() >= count; });
    return images_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::size_t> images_;
};

TEST_F(Queue, WaitsForOthersWhileOthersRun) {
  std::promise<void> open;
  engine_->gate = open.get_future().share();
  Runs runs;
  {
    WorkQueue queue({2, 8, std::chrono::hours(1)}, [&](std::size_t images) { runs.add(images); });
    auto first = work();
    ASSERT_TRUE(queue.push(first));
    runs.wait_for(1);  // alone, and at once: nobody else was busy
    for (int i = 0; i < engine_->batch_limit(); ++i) {
      auto one = work();
      ASSERT_TRUE(queue.push(one));
      while (queue.waiting() > 0) {  // the other thread has it, and waits for more
        std::this_thread::yield();
      }
    }
    EXPECT_THAT(runs.wait_for(2), ::testing::ElementsAre(1, 8));
    open.set_value();
    EXPECT_THAT(statuses(), ::testing::Each(200));
  }
}

TEST_F(Queue, WaitsForOthersNoLongerThanTold) {
  std::promise<void> open;
  engine_->gate = open.get_future().share();
  Runs runs;
  {
    WorkQueue queue({2, 8, std::chrono::milliseconds(1)},
                    [&](std::size_t images) { runs.add(images); });
    for (std::size_t i = 1; i <= 2; ++i) {
      auto one = work();
      ASSERT_TRUE(queue.push(one));
      runs.wait_for(i);  // the second, too, though the first runs on and nobody else comes
    }
    open.set_value();
    EXPECT_THAT(runs.wait_for(2), ::testing::ElementsAre(1, 1));
    EXPECT_THAT(statuses(), ::testing::Each(200));
  }
}

TEST_F(Queue, GivesEachImageOfARunItsOwnMask) {
  constexpr int width = 64, height = 32, band = 8;
  std::promise<void> open;
  engine_->gate = open.get_future().share();
  Runs runs;
  {
    WorkQueue queue({2, 8, std::chrono::hours(1)}, [&](std::size_t images) { runs.add(images); });
    auto first = work();
    ASSERT_TRUE(queue.push(first));
    runs.wait_for(1);
    for (int i = 0; i < 8; ++i) {
      auto one = work();
      // Red is polyp: a band of each image's own.
      one->before = [i](Work& self) {
        std::vector<std::uint8_t> pixels(3 * width * height, 0);
        for (int p = 0; p < width * height; ++p) {
          pixels[3 * p] = p % width / band == i ? 255 : 0;
        }
        self.model->prepare({pixels.data(), width, height}, width, height, self.frame);
      };
      one->after = [](Work& self) {
        const std::vector<std::uint8_t> mask = self.model->finish(self.frame, false).mask;
        return text_response(200, "", {mask.begin(), mask.end()});
      };
      ASSERT_TRUE(queue.push(one));
    }
    EXPECT_THAT(runs.wait_for(2), ::testing::ElementsAre(1, 8));
    open.set_value();
    for (int i = 0; i < 8; ++i) {
      const std::string mask = *answers_[static_cast<std::size_t>(i) + 1].get().body;
      ASSERT_EQ(mask.size(), static_cast<std::size_t>(width * height));
      for (int x = 0; x < width; ++x) {
        EXPECT_EQ(mask[static_cast<std::size_t>(10 * width + x)] != 0, x / band == i)
            << "image " << i << ", column " << x;
      }
    }
  }
}

TEST_F(Queue, RefusesWhatIsTooMuch) {
  std::promise<void> open;
  engine_->gate = open.get_future().share();
  WorkQueue queue({1, 2, {}}, nothing_);
  auto first = work();
  ASSERT_TRUE(queue.push(first));
  while (queue.waiting() > 0) {
    std::this_thread::yield();
  }
  for (int i = 0; i < 2; ++i) {
    auto one = work();
    EXPECT_TRUE(queue.push(one));
  }
  auto one_more = work();
  EXPECT_FALSE(queue.push(one_more));
  EXPECT_NE(one_more, nullptr);
  answers_.pop_back();
  open.set_value();
  EXPECT_THAT(statuses(), ::testing::Each(200));
}

TEST_F(Queue, DropsWhatIsTooLate) {
  WorkQueue queue({1, 8, {}}, nothing_);
  auto one = work(Clock::now() - std::chrono::seconds(1));
  ASSERT_TRUE(queue.push(one));
  EXPECT_EQ(answers_[0].get().status, 503);
}

TEST_F(Queue, LeavesOutWhatNobodyWaitsFor) {
  std::promise<void> open;
  engine_->gate = open.get_future().share();
  std::size_t images = 0;
  {
    WorkQueue queue({1, 2, {}}, [&](std::size_t count) { images += count; });
    auto first = work();
    ASSERT_TRUE(queue.push(first));
    while (queue.waiting() > 0) {
      std::this_thread::yield();
    }
    for (int i = 0; i < 2; ++i) {
      auto one = work();
      *one->request->abandoned = true;
      ASSERT_TRUE(queue.push(one));
    }
    auto another = work();
    EXPECT_TRUE(queue.push(another));  // in their place
    EXPECT_EQ(queue.waiting(), 1U);
    auto last = work();
    *last->request->abandoned = true;
    ASSERT_TRUE(queue.push(last));
    open.set_value();
    EXPECT_THAT(statuses(), ::testing::ElementsAre(200, 499, 499, 200, 499));
  }
  EXPECT_EQ(images, 2U);
}

TEST_F(Queue, AnswersErrorsWithoutPathsAndGoesOn) {
  WorkQueue queue({1, 8, {}}, nothing_);
  auto bad = work();
  bad->before = [](Work&) { throw Error(ErrorKind::data, "x", ErrorReason::too_large); };
  ASSERT_TRUE(queue.push(bad));
  EXPECT_EQ(answers_[0].get().status, 413);

  engine_->fails = true;
  auto broken = work();
  ASSERT_TRUE(queue.push(broken));
  const Response response = answers_[1].get();
  EXPECT_EQ(response.status, 500);
  EXPECT_THAT(*response.body, ::testing::Not(::testing::HasSubstr("secret")));

  engine_->fails = false;
  auto no_memory = work();
  no_memory->after = [](Work&) -> Response { throw std::bad_alloc(); };
  ASSERT_TRUE(queue.push(no_memory));
  EXPECT_EQ(answers_[2].get().status, 503);

  auto good = work();
  ASSERT_TRUE(queue.push(good));
  EXPECT_EQ(answers_[3].get().status, 200);
}

TEST(ModelsOfAServer, StayWhereNewOnesAreBad) {
  const auto engine = std::make_shared<BatchEngine>(test::small_description());
  bool bad = false;
  const auto load = test::load_fake(engine);
  Models models({{"a", "a.onnx"}, {"b", "b.onnx"}},
                [&](const auto& file) { return load(bad ? "bad.onnx" : file); }, {});
  EXPECT_FALSE(models.loaded());
  EXPECT_EQ(models.find("a"), nullptr);
  models.load();
  const auto before = models.find("b");
  ASSERT_NE(before, nullptr);
  EXPECT_EQ(models.find()->name(), "a");
  EXPECT_EQ(models.find("c"), nullptr);
  bad = true;
  EXPECT_THROW(models.load(), Error);
  EXPECT_EQ(models.find("b"), before);
  bad = false;
  models.load();
  EXPECT_NE(models.find("b"), before);
}

}  // namespace
}  // namespace bcnet::serve
