// What an application loads by linking libbcnet.so.

#include <gmock/gmock.h>

#include <filesystem>
#include <set>
#include <sstream>
#include <string>

#include "support/program.h"
#include "support/temporary_folder.h"
#include "support/tiny_onnx.h"

namespace bcnet {
namespace {

namespace fs = std::filesystem;

std::set<std::string> libraries_of(const std::string& file) {
  const test::ProgramResult result = test::run_program({"ldd", file});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  std::set<std::string> names;
  std::istringstream lines(result.output);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    names.insert(name.substr(0, name.find(".so")));
    EXPECT_EQ(line.find("not found"), std::string::npos) << line;
  }
  return names;
}

TEST(SdkLibrary, LoadsFewLibrariesAndNoneOfTheTrainingHalf) {
  const std::set<std::string> names = libraries_of(BCNET_SDK_LIBRARY);
  EXPECT_THAT(names,
              ::testing::IsSupersetOf({"libopencv_core", "libopencv_imgproc", "libopenvino"}));
  for (const std::string& name : names) {
    EXPECT_THAT(name, ::testing::Not(::testing::AnyOf(
                          ::testing::HasSubstr("torch"), ::testing::HasSubstr("c10"),
                          ::testing::HasSubstr("imgcodecs"), ::testing::HasSubstr("videoio"))));
    if (name.rfind("libopencv_", 0) == 0) {
      EXPECT_THAT(name, ::testing::AnyOf("libopencv_core", "libopencv_imgproc"));
    }
  }
  EXPECT_LT(names.size(), 40U);  // 27 on Debian 12; imgcodecs alone brings 140
}

TEST(SdkLibrary, ShowsNothingButItsClasses) {
  const test::ProgramResult result =
      test::run_program({"nm", "-DC", "--defined-only", BCNET_SDK_LIBRARY});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, ::testing::HasSubstr("T bcnet::Segmenter::segment("));
  EXPECT_THAT(result.output, ::testing::HasSubstr("T bcnet_segment\n"));
  for (const char* hidden :
       {"OpenvinoEngine", "find_regions", "nlohmann", "from_metadata", "capi"}) {
    EXPECT_THAT(result.output, ::testing::Not(::testing::HasSubstr(hidden)));
  }
}

/// "0.1" of 0.1.0, "1" of 1.2.3: what may not change under an application.
std::string promised_version() {
  const std::string version = BCNET_VERSION;
  const std::string major = version.substr(0, version.find('.'));
  return major == "0" ? version.substr(0, version.rfind('.')) : major;
}

TEST(SdkLibrary, HasANameThatChangesWithWhatItPromises) {
  const test::ProgramResult result = test::run_program({"readelf", "-d", BCNET_SDK_LIBRARY});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output,
              ::testing::HasSubstr("soname: [libbcnet.so." + promised_version() + "]"));
}

// What is compiled in. Its list of libraries names the folder of OpenVINO, which is not installed
// with it; debugging information names sources.
TEST(SdkLibrary, HoldsNoPathOfItsBuild) {
  const test::ProgramResult result = test::run_program(
      {"readelf", "-p", ".rodata", "-p", ".data", "-p", ".data.rel.ro", BCNET_SDK_LIBRARY});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const auto holds = [&](const char* text) {
    return result.output.find(text) != std::string::npos;
  };
  EXPECT_TRUE(holds("bcnet-int8.onnx"));  // such strings are seen
  EXPECT_FALSE(holds(BCNET_SOURCE_DIR));
  EXPECT_FALSE(holds(BCNET_BINARY_DIR));
}

TEST(SdkLibrary, FindsTheModelBesideItself) {
  for (const char* place : {"lib", "lib/x86_64-linux-gnu"}) {
    const test::TemporaryFolder folder;
    const fs::path library = folder / place;
    fs::create_directories(library);
    fs::copy_file(fs::canonical(BCNET_SDK_LIBRARY),
                  library / ("libbcnet.so." + promised_version()));
    const fs::path model = test::TinyOnnx().write(folder / "share/bcnet/models/bcnet.onnx");
    const test::ProgramResult result = test::run_program(
        {BCNET_SDK_MODEL_PROGRAM}, {{"LD_LIBRARY_PATH", library.string()}, {"BCNET_MODEL", ""}});
    EXPECT_EQ(result.exit_code, 0) << result.error;
    EXPECT_EQ(result.output, fs::canonical(model).string() + "\n");
  }
}

TEST(SdkLibrary, FindsTheSourceTreesModelFromItsBuild) {
  const test::ProgramResult result =
      test::run_program({BCNET_SDK_MODEL_PROGRAM}, {{"BCNET_MODEL", ""}});
  EXPECT_EQ(result.output, (fs::path(BCNET_SOURCE_DIR) / "models/bcnet-int8.onnx").string() + "\n")
      << result.error;
}

}  // namespace
}  // namespace bcnet
