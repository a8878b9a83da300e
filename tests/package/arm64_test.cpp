// The Debian package for 64-bit ARM: unpacked, and run by an emulator.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "core/json.h"
#include "support/program.h"
#include "support/temporary_folder.h"

namespace bcnet::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const fs::path source = BCNET_SOURCE_DIR;

std::string works(const std::string& script) {
  const ProgramResult result =
      run_program({"bash", "-c", "set -euo pipefail\n" + script}, {{"BCNET_MODEL", ""}});
  EXPECT_EQ(result.exit_code, 0) << script << "\n" << result.output << result.error;
  return result.output;
}

TEST(Arm64, ThePackageFindsWhatThisOneFinds) {
  works((source / "scripts/package").string() + " --arm64");
  std::string package;
  for (const fs::directory_entry& entry : fs::directory_iterator(source / "build/packages")) {
    const std::string name = entry.path().filename().string();
    package = name.find("_arm64.deb") == std::string::npos ? package : entry.path().string();
  }
  ASSERT_NE(package, "");
  EXPECT_LT(fs::file_size(package), 40'000'000U);
  EXPECT_EQ(works("dpkg-deb --field " + package + " Architecture"), "arm64\n");
  const std::string depends = works("dpkg-deb --field " + package + " Depends");
  EXPECT_THAT(depends, HasSubstr("libopencv-core406"));
  EXPECT_THAT(depends, HasSubstr("libc6"));
  const std::string files = works("dpkg-deb --contents " + package);
  for (const char* file : {"/usr/bin/bcnet\n", "/bcnet/libopenvino_arm_cpu_plugin.so\n",
                           "/usr/share/bcnet/models/bcnet-int8.onnx\n"}) {
    EXPECT_THAT(files, HasSubstr(file));
  }

  const TemporaryFolder folder;
  const std::string images = (source / "examples/samples/images").string();
  const std::string there = (folder / "there").string();
  works("dpkg-deb -x " + package + " " + (folder / "root").string());
  works("qemu-aarch64 -cpu cortex-a72 -L " + (source / "build/deps/arm64/root").string() + " " +
        (folder / "root/usr/bin/bcnet").string() + " predict " + images + " --out " + there +
        " --quiet");
  const std::string here = (folder / "here").string();
  works(bcnet_path() + " predict " + images + " --out " + here + " --quiet");
  // This machine's masks are the truth here, and the other's the prediction.
  fs::create_directories(folder / "masks");
  for (const fs::directory_entry& entry : fs::directory_iterator(here)) {
    std::string name = entry.path().filename().string();
    if (const auto at = name.find("_mask.png"); at != std::string::npos) {
      fs::copy_file(entry.path(), folder / "masks" / (name.substr(0, at) + ".png"));
    }
  }
  works(bcnet_path() + " eval --predictions " + there + " --data " + (folder / "masks").string() +
        " --quiet --json " + (folder / "same.json").string());
  const Json result = Json::parse(read_text(folder / "same.json"));
  EXPECT_EQ(result.at("images"), 8);
  EXPECT_GE(result.at("mean_dice").get<double>(), 0.995);
}

}  // namespace
}  // namespace bcnet::test
