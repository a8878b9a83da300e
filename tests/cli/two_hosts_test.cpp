// Training over a network: two hosts as network namespaces, with a cable between them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "support/launched.h"
#include "support/program.h"
#include "support/rough_cable.h"
#include "support/temporary_folder.h"
#include "support/tiny_recipe.h"

namespace bcnet::test {

namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// Two hosts and the cable between them, gone with this.
class TwoHosts {
 public:
  /// rough: of a cable that delays and loses; without it one that does neither.
  explicit TwoHosts(const std::optional<RoughCable::Options>& rough = {}) {
    for (const int host : {0, 1}) {
      run({"ip", "netns", "add", name(host)});
    }
    if (rough) {
      try {
        rough_.emplace(std::array<RoughCable::End, 2>{{{name(0), cable(0)}, {name(1), cable(1)}}},
                       *rough);
      } catch (const std::system_error& error) {
        problem_ = error.what();
      }
    } else {
      run({"ip", "link", "add", cable(0), "netns", name(0), "type", "veth", "peer", "name",
           cable(1), "netns", name(1)});
    }
    for (const int host : {0, 1}) {
      on(host, {"ip", "address", "add", address(host) + "/24", "dev", cable(host)});
      on(host, {"ip", "link", "set", "lo", "up"});
      on(host, {"ip", "link", "set", cable(host), "up"});
    }
  }
  ~TwoHosts() {
    rough_.reset();
    for (const int host : {0, 1}) {
      run_program({"/bin/sh", "-c", "ip netns del " + name(host) + " 2>&1"});
    }
  }
  TwoHosts(const TwoHosts&) = delete;
  TwoHosts& operator=(const TwoHosts&) = delete;

  /// Why they could not be made; empty where they could.
  const std::string& problem() const { return problem_; }

  static std::string address(int host) { return "10.213.7." + std::to_string(host + 1); }

  void run(const std::vector<std::string>& words) {
    std::vector<std::string> command{"/usr/bin/env"};
    command.insert(command.end(), words.begin(), words.end());
    const ProgramResult result = run_program(command);
    if (result.exit_code != 0 && problem_.empty()) {
      problem_ = words[0] + " " + words[1] + ": " + result.error;
    }
  }
  void on(int host, std::vector<std::string> words) {
    const auto front = before(host);
    words.insert(words.begin(), front.begin(), front.end());
    run(words);
  }
  void cut() { on(1, {"ip", "link", "set", cable(1), "down"}); }
  void mend() { on(1, {"ip", "link", "set", cable(1), "up"}); }
  const RoughCable& rough() const { return rough_.value(); }

  std::vector<std::string> before(int host) const { return {"ip", "netns", "exec", name(host)}; }

 private:
  static std::string name(int host) {
    static const pid_t id = ::getpid();  // the same in what it forks
    return "bcnet-" + std::to_string(id) + "-" + std::to_string(host);
  }
  static std::string cable(int host) { return "cable" + std::to_string(host); }

  std::string problem_;
  std::optional<RoughCable> rough_;
};

class TwoHostsTrain : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::getuid() != 0) {
      GTEST_SKIP() << "network namespaces need root";
    }
    ASSERT_EQ(bcnet({"data", "synth", "--out", data(), "--count", "24", "--seed", "5"}).exit_code,
              0);
    write_text(recipe(), std::string(tiny_recipe_head) +
                             "[run]\nvalidation_size = 64\ncheckpoint_seconds = 0\n"
                             "[[stages]]\nepochs = 4\nsize = 64\nlearning_rate = 2e-6\n");
  }

  std::string data() const { return (folder_ / "data").string(); }
  fs::path recipe() const { return folder_ / "tiny.toml"; }
  fs::path run() const { return folder_ / "run"; }
  bool has_checkpoint() const { return fs::exists(run() / "checkpoint" / "state.safetensors"); }

  /// A process on each host.
  Launched launch(const TwoHosts& hosts) {
    return Launched(
        2,
        [this](int) {
          return std::vector<std::string>{"train",           recipe().string(),
                                          "--data",          data(),
                                          "--out",           run().string(),
                                          "--world",         "env",
                                          "--threads",       "1",
                                          "--quiet",         "--resume",
                                          "--world-timeout", "15"};
        },
        {0, 1}, TwoHosts::address(0), [&hosts](int rank) { return hosts.before(rank); });
  }

  TemporaryFolder folder_;
};

TEST_F(TwoHostsTrain, GoesThroughDelayAndLoss) {
  RoughCable::Options rough;
  rough.delay = std::chrono::milliseconds(2);
  rough.jitter = std::chrono::milliseconds(1);
  rough.loss = 0.01;
  const TwoHosts hosts(rough);
  if (!hosts.problem().empty()) {
    GTEST_SKIP() << "no network namespaces with a rough cable: " << hosts.problem();
  }
  Launched launched = launch(hosts);
  for (const int rank : {0, 1}) {
    EXPECT_EQ(launched.code(rank), 0) << launched.error(rank);
  }
  EXPECT_THAT(launched.output(0), HasSubstr("4 epochs"));
  // Of all gradients of twenty steps, both ways.
  EXPECT_GT(hosts.rough().carried(), 1000);
  EXPECT_GT(hosts.rough().lost(), 10);
}

TEST_F(TwoHostsTrain, GoesOnAfterACutCable) {
  TwoHosts hosts;
  if (!hosts.problem().empty()) {
    GTEST_SKIP() << "no network namespaces with a cable: " << hosts.problem();
  }
  {
    Launched launched = launch(hosts);
    ASSERT_TRUE(wait_until([this] { return has_checkpoint(); }));
    const auto start = std::chrono::steady_clock::now();
    hosts.cut();
    EXPECT_EQ(launched.code(0), 1);
    EXPECT_EQ(launched.code(1), 1);
    // 15 s without an answer, and what it takes to agree on who is gone: far less than the minute.
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::minutes(1));
    EXPECT_THAT(launched.error(0), HasSubstr("process 1 is gone"));
    EXPECT_THAT(launched.error(1), HasSubstr("process 0 has not answered for 15 s"));
  }
  hosts.mend();
  Launched again = launch(hosts);
  for (const int rank : {0, 1}) {
    EXPECT_EQ(again.code(rank), 0) << again.error(rank);
  }
  EXPECT_THAT(again.output(0), HasSubstr("4 epochs"));
  EXPECT_EQ(hosts.problem(), "");
}

}  // namespace

}  // namespace bcnet::test
