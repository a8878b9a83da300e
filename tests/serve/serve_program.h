#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "support/program.h"
#include "support/python.h"
#include "support/temporary_folder.h"
#include "support/tiny_onnx.h"

namespace bcnet::test {

/// bcnet serve as a program, asked by a script of this folder.
class ServeProgram : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!test_python()) {
      GTEST_SKIP() << no_python;
    }
    TinyOnnx model;
    tiny_ = model.write(folder_ / "tiny.onnx").string();
  }

  void check(const std::string& script, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{*test_python(), BCNET_SOURCE_DIR "/tests/serve/" + script,
                                   bcnet_path(), tiny_, sample_};
    words.insert(words.end(), more.begin(), more.end());
    const ProgramResult result =
        run_program(words, {{"XDG_CACHE_HOME", (folder_ / "cache").string()}});
    if (result.exit_code == 77) {
      GTEST_SKIP() << result.output;
    }
    EXPECT_EQ(result.exit_code, 0) << result.output << result.error;
  }

  std::string writable() {
    std::filesystem::create_directories(folder_ / "work");
    return (folder_ / "work").string();
  }

  const std::string sample_ = BCNET_SOURCE_DIR "/examples/samples/images/29.jpg";
  TemporaryFolder folder_;
  std::string tiny_;
};

}  // namespace bcnet::test
