#include "nn/process_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/error.h"
#include "support/free_port.h"

namespace bcnet::nn {
namespace {

using ::testing::HasSubstr;

/// Runs body in so many threads, each of which is a process to the others; gives what they threw.
std::vector<std::string> errors_of(int size, const std::function<void(Communicator&)>& body) {
  const int port = test::free_port();
  std::vector<std::string> errors(static_cast<std::size_t>(size));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank) {
    threads.emplace_back([&, rank] {
      try {
        World world;
        world.rank = rank;
        world.size = size;
        world.address = "127.0.0.1";
        world.port = port;
        const auto communicator = join(world);
        body(*communicator);
      } catch (const Error& error) {
        errors[static_cast<std::size_t>(rank)] = error.what();
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  return errors;
}

class ProcessGroup : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_gloo()) {
      GTEST_SKIP() << "this build has no Gloo";
    }
  }
};

TEST_F(ProcessGroup, SumsComparesDecidesAndGathers) {
  const auto errors = errors_of(3, [](Communicator& communicator) {
    const int rank = communicator.rank();
    EXPECT_EQ(communicator.size(), 3);
    std::vector<double> sums{1.0 * rank, 1};
    communicator.sum(sums);
    EXPECT_EQ(sums, (std::vector<double>{3, 3}));
    std::vector<double> largest{-1.0 * rank, 1.0 * rank};
    communicator.max(largest);
    EXPECT_EQ(largest, (std::vector<double>{0, 2}));
    EXPECT_TRUE(communicator.any(rank == 2));
    EXPECT_FALSE(communicator.any(false));
    EXPECT_EQ(communicator.gather(std::string(static_cast<std::size_t>(rank), 'x')),
              (std::vector<std::string>{"", "x", "xx"}));
  });
  EXPECT_EQ(errors, std::vector<std::string>(3));
}

TEST_F(ProcessGroup, SumsGoOnWhileOthersAreTaken) {
  const auto errors = errors_of(2, [](Communicator& communicator) {
    std::vector<torch::Tensor> values;
    std::vector<std::unique_ptr<Communicator::Pending>> pending;
    for (int i = 0; i < 5; ++i) {
      values.push_back(torch::full({100000}, i + communicator.rank()));
      pending.push_back(communicator.begin_sum(values.back()));
      EXPECT_TRUE(communicator.any(communicator.first()));
    }
    for (int i = 0; i < 5; ++i) {
      pending[static_cast<std::size_t>(i)]->wait();
      EXPECT_TRUE(values[static_cast<std::size_t>(i)].eq(2 * i + 1).all().item<bool>());
    }
  });
  EXPECT_EQ(errors, std::vector<std::string>(2));
}

TEST_F(ProcessGroup, OneThatLeavesIsNamedByTheOthers) {
  const auto errors = errors_of(3, [](Communicator& communicator) {
    communicator.any(false);
    if (communicator.rank() != 1) {
      communicator.any(false);
      ADD_FAILURE() << "goes on";
    }
  });
  EXPECT_THAT(errors[0], HasSubstr("process 1 is gone"));
  EXPECT_EQ(errors[1], "");
  EXPECT_THAT(errors[2], HasSubstr("process 1 is gone"));
}

}  // namespace
}  // namespace bcnet::nn
