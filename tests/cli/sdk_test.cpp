// The runtime half, built without LibTorch, installed, and used by a project of its own:
// examples/sdk. It is built beside the tree's other builds: by the same relative paths ccache knows
// each file of it again.

#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/markdown.h"
#include "support/program.h"
#include "support/temporary_folder.h"
#include "support/tiny_onnx.h"

namespace bcnet {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class Sdk : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new test::TemporaryFolder;
    const std::string runtime = BCNET_SOURCE_DIR "/build-sdk";
    fs::remove_all(runtime);
    run({BCNET_CMAKE, "-S", BCNET_SOURCE_DIR, "-B", runtime, "-G", BCNET_GENERATOR,
         "-DCMAKE_BUILD_TYPE=" BCNET_BUILD_TYPE, "-DBCNET_TRAIN=OFF", "-DBCNET_WEB=OFF",
         "-DBCNET_TESTS=OFF", "-DBCNET_WERROR=" BCNET_WERROR_SETTING,
         "-DBCNET_SANITIZE=" BCNET_SANITIZE_SETTING, "-DOpenVINO_DIR=" BCNET_OPENVINO_DIR});
    run({BCNET_CMAKE, "--build", runtime, "--parallel", "2"});
    run({BCNET_CMAKE, "--install", runtime, "--prefix", path("prefix")});
    fs::remove_all(runtime);  // what is installed must not need it
    fs::copy(fs::path(BCNET_SOURCE_DIR) / "examples/sdk", path("application"));
    run({BCNET_CMAKE, "-S", path("application"), "-B", path("application/build"), "-G",
         BCNET_GENERATOR, "-DCMAKE_CXX_FLAGS=" BCNET_SANITIZE_FLAG,
         "-DCMAKE_PREFIX_PATH=" + path("prefix")});
    run({BCNET_CMAKE, "--build", path("application/build")});
  }

  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }

  static void run(const std::vector<std::string>& command) {
    const test::ProgramResult result = test::run_program(command);
    ASSERT_EQ(result.exit_code, 0) << result.output << result.error;
  }

  static std::string path(const std::string& name) { return (*folder_ / name).string(); }

  static std::string libraries(const std::string& file) {
    const test::ProgramResult result = test::run_program({"ldd", file});
    EXPECT_EQ(result.exit_code, 0);
    return result.output;
  }

  static test::TemporaryFolder* folder_;
};

test::TemporaryFolder* Sdk::folder_ = nullptr;

/// A red stripe of 16 columns on black.
std::string stripe() {
  std::string ppm = "P6\n64 32\n255\n";
  for (int i = 0; i < 64 * 32; ++i) {
    ppm += i % 64 < 16 ? std::string("\xff\0\0", 3) : std::string(3, '\0');
  }
  return ppm;
}

TEST_F(Sdk, SegmentsInAnOutsideApplication) {
  const std::string model = test::TinyOnnx().write(path("tiny.onnx")).string();
  test::write_text(path("image.ppm"), stripe());
  const test::ProgramResult result = test::run_program(
      {path("application/build/segment_ppm"), model, path("image.ppm"), path("mask.pgm")});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, HasSubstr("polyp at 0,0, 16x32 pixels, 25.0% of the image, "
                                       "confidence 0.90\n"));
  const std::string mask = test::read_text(path("mask.pgm"));
  EXPECT_EQ(mask.substr(0, 13), "P5\n64 32\n255\n");
  ASSERT_EQ(mask.size(), 13U + 64 * 32);
  EXPECT_EQ(mask.substr(13, 64), std::string(16, '\xff') + std::string(48, '\0'));
}

TEST_F(Sdk, GivesTheApplicationTheLibrarysErrors) {
  test::write_text(path("image.ppm"), "P6\n1 1\n255\nabc");
  const test::ProgramResult result = test::run_program(
      {path("application/build/segment_ppm"), path("image.ppm"), path("image.ppm"), path("m.pgm")});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.error, path("image.ppm") + ": not an ONNX model\n");
}

TEST_F(Sdk, SegmentsInACProgramBuiltByPkgConfig) {
  const std::string example = BCNET_SOURCE_DIR "/examples/embed-c";
  const std::map<std::string, std::string> environment{
      {"PKG_CONFIG_PATH", path("prefix/lib/pkgconfig")}};
  const auto works = [&](const std::vector<std::string>& command) {
    const test::ProgramResult result = test::run_program(command, environment);
    EXPECT_EQ(result.exit_code, 0) << result.output << result.error;
    return result.output;
  };
  works({BCNET_CMAKE, "-S", example, "-B", path("c"), "-G", BCNET_GENERATOR,
         "-DCMAKE_C_FLAGS=-Wall -Wextra -pedantic -Werror " BCNET_SANITIZE_FLAG});
  works({BCNET_CMAKE, "--build", path("c")});
  works({"sh", "-c",
         "cc -std=c99 " BCNET_SANITIZE_FLAG " -o " + path("c/plain") + " " + example +
             "/segment_ppm.c $(pkg-config --cflags --libs bcnet) "
             "-Wl,-rpath,$(pkg-config --variable=libdir bcnet)"});
  const std::string model = test::TinyOnnx().write(path("tiny.onnx")).string();
  test::write_text(path("stripe.ppm"), stripe());
  for (const char* program : {"c/segment_ppm", "c/plain"}) {
    EXPECT_THAT(works({path(program), model, path("stripe.ppm"), path("stripe.pgm")}),
                HasSubstr("polyp at 0,0, 16x32 pixels, 25.0% of the image, confidence 0.90"));
    const std::string mask = test::read_text(path("stripe.pgm"));
    ASSERT_EQ(mask.size(), 13U + 64 * 32);
    EXPECT_EQ(mask.substr(13, 64), std::string(16, '\xff') + std::string(48, '\0'));
    const test::ProgramResult refused =
        test::run_program({path(program), path("stripe.ppm"), path("stripe.ppm"), path("no.pgm")});
    EXPECT_EQ(refused.exit_code, 4);
    EXPECT_EQ(refused.error, path("stripe.ppm") + ": not an ONNX model\n");
  }
}

TEST_F(Sdk, TheGuideForCWorks) {
  std::string script = "set -eu\ncd '" + path("application") + "'\n";
  std::vector<std::string> names;
  for (const test::Block& block :
       test::read_page(BCNET_SOURCE_DIR "/docs/how-to/embed-in-c.md").blocks) {
    if (block.language == "c") {  // "/* find.c */" is its first line
      const std::string first = block.text.substr(0, block.text.find('\n'));
      ASSERT_EQ(first.substr(0, 3) + first.substr(first.size() - 3), "/*  */") << first;
      names.push_back(first.substr(3, first.size() - 6));
      test::write_text(path("application/" + names.back()), block.text);
    } else if (block.language == "sh") {
      script += block.text;
    }
  }
  const std::string place = "/opt/bcnet";
  ASSERT_NE(script.find(place), std::string::npos);
  script.replace(script.find(place), place.size(), path("prefix"));
  EXPECT_THAT(names, testing::ElementsAre("find.c", "planes.c"));
  for (const std::string& name : names) {
    script += "cc -std=c99 -Wall -Wextra -pedantic -Werror -c " + name +
              " $(pkg-config --cflags bcnet)\n";
  }
  const test::ProgramResult result = test::run_program(
      {"sh", "-c", script}, {{"BCNET_MODEL", test::TinyOnnx().write(path("tiny.onnx")).string()}});
  EXPECT_EQ(result.exit_code, 0) << result.output << result.error;
  EXPECT_THAT(result.output, HasSubstr(" polyps in "));
}

// Its blocks are parts of a project: the rest of it, which the reader has, is written around them.
TEST_F(Sdk, TheGuideForCppWorks) {
  std::string project =
      "cmake_minimum_required(VERSION 3.16)\nproject(guide LANGUAGES CXX)\n"
      "add_executable(app app.cpp)\n";
  std::string includes = "#include <cstdio>\n#include <vector>\n";
  std::string body;
  for (const test::Block& block :
       test::read_page(BCNET_SOURCE_DIR "/docs/how-to/use-the-sdk.md").blocks) {
    if (block.language == "cmake") {
      project += block.text;
    } else if (block.language == "cpp") {
      const auto code = block.text.find("\n\n");
      ASSERT_NE(code, std::string::npos);
      includes += block.text.substr(0, code + 1);
      body += block.text.substr(code);
    }
  }
  ASSERT_THAT(body, HasSubstr("segmenter.segment(frame)"));
  test::write_text(path("guide/CMakeLists.txt"), project);
  test::write_text(path("guide/app.cpp"),
                   includes +
                       "int main() {\n"
                       "  const std::vector<std::uint8_t> memory(1920 * 1080 * 3, 128);\n"
                       "  const std::uint8_t* pixels = memory.data();\n"
                       "  const auto draw = [](const std::vector<bcnet::Point>&, double) {};\n" +
                       body + "  std::printf(\"%zu polyps\\n\", found.regions.size());\n}\n");
  test::TinyOnnx().write(path("guide/bcnet-int8.onnx"));
  run({BCNET_CMAKE, "-S", path("guide"), "-B", path("guide/build"), "-G", BCNET_GENERATOR,
       "-DCMAKE_CXX_STANDARD=17", "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror " BCNET_SANITIZE_FLAG,
       "-DCMAKE_PREFIX_PATH=" + path("prefix")});
  run({BCNET_CMAKE, "--build", path("guide/build")});
  const test::ProgramResult result =
      test::run_program({"sh", "-c", "cd '" + path("guide") + "' && build/app"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, HasSubstr(" polyps"));
}

TEST_F(Sdk, LoadsNoLibTorch) {
  for (const char* file : {"application/build/segment_ppm", "prefix/bin/bcnet"}) {
    const std::string found = libraries(path(file));
    EXPECT_THAT(found, HasSubstr("libopenvino.so"));
    EXPECT_THAT(found, Not(HasSubstr("not found")));
    EXPECT_THAT(found, Not(HasSubstr("torch")));
  }
  EXPECT_THAT(libraries(path("application/build/segment_ppm")), Not(HasSubstr("imgcodecs")));
}

TEST_F(Sdk, InstalledProgramFindsTheInstalledModel) {
  const fs::path folder = path("prefix/share/bcnet/models");
  fs::remove_all(folder);
  test::TinyOnnx().write(folder / "bcnet.onnx");
  const test::ProgramResult result =
      test::run_program({path("prefix/bin/bcnet"), "doctor"}, {{"BCNET_MODEL", ""}});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr((folder / "bcnet.onnx").string() + " loads and runs"));
}

TEST_F(Sdk, InstalledProgramRefusesSafetensorsClearly) {
  test::write_text(path("weights.safetensors"), "x");
  const test::ProgramResult result =
      test::run_program({path("prefix/bin/bcnet"), "predict", path("image.ppm"), "--out",
                         path("out"), "--model", path("weights.safetensors")});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("no LibTorch half"));
}

}  // namespace
}  // namespace bcnet
