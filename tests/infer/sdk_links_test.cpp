// What an application loads by linking libbcnet.so.

#include <gmock/gmock.h>

#include <set>
#include <sstream>
#include <string>

#include "support/program.h"

namespace bcnet {
namespace {

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
  for (const char* hidden : {"OpenvinoEngine", "find_regions", "nlohmann", "from_metadata"}) {
    EXPECT_THAT(result.output, ::testing::Not(::testing::HasSubstr(hidden)));
  }
}

}  // namespace
}  // namespace bcnet
