// bcnet serve as a program, asked by the clients that people use: the checks are in Python.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "serve/serve_program.h"

namespace bcnet::test {
namespace {

namespace fs = std::filesystem;

TEST_F(ServeProgram, AnswersTheClientOfTheProtocolAndPredictsMasks) {
  check("check_client.py", {writable()});
}

TEST_F(ServeProgram, StartsReloadsDrainsAndLogs) { check("check_life.py", {writable()}); }

TEST_F(ServeProgram, AnswersBadInputWithErrors) { check("check_bad_input.py"); }

TEST_F(ServeProgram, HoldsIdleConnectionsWithoutThreads) { check("check_bad_input.py", {"idle"}); }

// It runs for months: what an hour's largest image took is no longer its own.
TEST_F(ServeProgram, GivesBackWhatALargeImageTook) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the sanitizer has an allocator of its own";
#endif
  check("check_memory.py");
}

TEST_F(ServeProgram, LosesNothingBehindNginxWhereAReplicaDies) {
  if (!fs::exists("/usr/sbin/nginx")) {
    GTEST_SKIP() << "no nginx";
  }
  check("check_replicas.py", {BCNET_SOURCE_DIR, writable()});
}

TEST(ServeUnit, IsGoodAndSandboxed) {
  const std::string analyze = "/usr/bin/systemd-analyze";
  if (!fs::exists(analyze)) {
    GTEST_SKIP() << "no systemd-analyze";
  }
  const TemporaryFolder folder;
  std::string unit = read_text(BCNET_SOURCE_DIR "/deploy/bcnet.service");
  const std::string program = "/usr/bin/bcnet";
  const auto at = unit.find(program);
  ASSERT_NE(at, std::string::npos);
  unit.replace(at, program.size(), bcnet_path());
  const std::string file = (folder / "bcnet.service").string();
  write_text(file, unit);
  const ProgramResult verified = run_program({analyze, "verify", file});
  EXPECT_EQ(verified.exit_code, 0) << verified.error;
  // Tenths of its measure, 0 to 100: below 20 it says "OK".
  const ProgramResult security =
      run_program({analyze, "security", "--offline=true", "--no-pager", "--threshold=20", file});
  EXPECT_EQ(security.exit_code, 0) << security.output << security.error;
}

}  // namespace
}  // namespace bcnet::test
