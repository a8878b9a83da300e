// bcnet serve as a program, asked by the clients that people use: the checks are in Python.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "serve/serve_program.h"

namespace bcnet::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

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

const std::string analyze = "/usr/bin/systemd-analyze";

/// A file of deploy/, with the program of this build in its commands.
std::string with_program(const std::string& name) {
  std::string text = read_text(BCNET_SOURCE_DIR "/deploy/" + name);
  const std::string command = "\nExecStart=/usr/bin/bcnet ";
  const auto at = text.find(command);
  EXPECT_NE(at, std::string::npos) << name;
  return text.replace(at, command.size(), "\nExecStart=" + bcnet_path() + " ");
}

TEST(ServeUnit, IsGoodAndSandboxed) {
  if (!fs::exists(analyze)) {
    GTEST_SKIP() << "no systemd-analyze";
  }
  const TemporaryFolder folder;
  const std::string file = (folder / "bcnet.service").string();
  write_text(file, with_program("bcnet.service"));
  const ProgramResult verified = run_program({analyze, "verify", file});
  EXPECT_EQ(verified.exit_code, 0) << verified.error;
  // Tenths of its measure, 0 to 100: below 20 it says "OK".
  const ProgramResult security =
      run_program({analyze, "security", "--offline=true", "--no-pager", "--threshold=20", file});
  EXPECT_EQ(security.exit_code, 0) << security.output << security.error;
}

// Its user is none that may read root's files: systemd hands the token over.
TEST(ServeUnit, GetsItsTokenFromSystemd) {
  const std::string secrets = with_program("bcnet-credentials.conf");
  EXPECT_THAT(secrets, HasSubstr("\nLoadCredential=token:/etc/bcnet/token\n"));
  EXPECT_THAT(secrets, HasSubstr(" serve --token-file %d/token "));
  const std::string unit = with_program("bcnet.service");
  EXPECT_THAT(unit, HasSubstr("\nDynamicUser=yes\n"));
  EXPECT_THAT(unit, Not(HasSubstr("--token-file")));
  if (!fs::exists(analyze)) {
    GTEST_SKIP() << "no systemd-analyze";
  }
  const TemporaryFolder folder;
  const std::string file = (folder / "bcnet.service").string();
  write_text(file, unit);
  write_text(folder / "bcnet.service.d/credentials.conf", secrets);
  const ProgramResult verified = run_program({analyze, "verify", file});
  EXPECT_EQ(verified.exit_code, 0) << verified.error;
  // (a key that is misspelt is said, and is no error)
  EXPECT_THAT(verified.error, Not(HasSubstr("credentials.conf")));
}

}  // namespace
}  // namespace bcnet::test
