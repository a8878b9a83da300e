// The Debian package: installed on a Debian that has nothing else, and run there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "support/free_port.h"
#include "support/markdown.h"
#include "support/program.h"
#include "support/temporary_folder.h"

namespace bcnet::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const fs::path source = BCNET_SOURCE_DIR;

ProgramResult shell(const std::string& script) {
  return run_program({"bash", "-c", "set -euo pipefail\n" + script}, {{"BCNET_MODEL", ""}});
}

std::string works(const std::string& script) {
  const ProgramResult result = shell(script);
  EXPECT_EQ(result.exit_code, 0) << script << "\n" << result.output << result.error;
  return result.output;
}

/// ask.py PORT IMAGE: waits until a server is ready, and prints the mask that it answers with.
constexpr const char* ask_server = R"(import sys
import time
import urllib.request

address = f"http://127.0.0.1:{sys.argv[1]}"
end = time.monotonic() + 120
while True:
    try:
        with urllib.request.urlopen(address + "/v2/health/ready", timeout=10):
            break
    except OSError:
        if time.monotonic() > end:
            raise
        time.sleep(0.2)
with open(sys.argv[2], "rb") as image:
    request = urllib.request.Request(address + "/v1/segment", data=image.read(),
                                     headers={"Accept": "image/png", "Content-Type": "image/jpeg"})
with urllib.request.urlopen(request, timeout=60) as answer:
    sys.stdout.buffer.write(answer.read())
)";

/// Every `from`, of which there is one at least.
void replace(std::string& text, const std::string& from, const std::string& to) {
  auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from << " in\n" << text;
  for (; at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

bool has(const std::string& program) { return shell("command -v " + program).exit_code == 0; }

class Deb : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    works((source / "scripts/package").string() + " --deb");
    std::string architecture = works("dpkg --print-architecture");
    architecture.pop_back();  // the end of the line
    architecture_ = "_" + architecture;
    const std::string ending = architecture_ + ".deb";  // another's may lie beside it
    for (const fs::directory_entry& entry : fs::directory_iterator(source / "build/packages")) {
      const std::string file = entry.path().string();
      if (file.size() > ending.size() &&
          file.compare(file.size() - ending.size(), ending.size(), ending) == 0) {
        package_ = file;
      }
    }
  }

  static std::string package_;
  static std::string architecture_;  ///< as the file's name has it: "_amd64"
};

std::string Deb::package_;
std::string Deb::architecture_;

TEST_F(Deb, HoldsTheRuntimeHalfAndNoLibTorch) {
  ASSERT_NE(package_, "");
  EXPECT_LT(fs::file_size(package_), 40'000'000U);
  const std::string files = works("dpkg-deb --contents " + package_);
  for (const char* file : {"/usr/bin/bcnet\n", "/bcnet/bcnet-serve.so\n",
                           "/bcnet/libopenvino_intel_cpu_plugin.so\n", "/include/bcnet/bcnet.h\n",
                           "/pkgconfig/bcnet.pc\n", "/usr/share/bcnet/models/bcnet-int8.onnx\n"}) {
    EXPECT_THAT(files, HasSubstr(file));
  }
  EXPECT_THAT(files, Not(HasSubstr("torch")));
  const std::string depends = works("dpkg-deb --field " + package_ + " Depends");
  EXPECT_THAT(depends, HasSubstr("libopencv-core406"));
  EXPECT_THAT(depends, Not(HasSubstr("torch")));
  const std::string recommends = works("dpkg-deb --field " + package_ + " Recommends");
  // Of cameras and windows (60 libraries) and of other tools' files.
  for (const char* library : {"libavdevice", "libdcmtk17", "libniftiio2", "libzip4"}) {
    EXPECT_THAT(recommends, HasSubstr(library));
    EXPECT_THAT(depends, Not(HasSubstr(library)));
  }
}

TEST_F(Deb, IsFineByLintian) {
  if (!has("lintian")) {
    GTEST_SKIP() << "no lintian here";
  }
  // One that could not look at the package says nothing against it either.
  const ProgramResult checked = shell("lintian --allow-root --fail-on error " + package_);
  EXPECT_EQ(checked.exit_code, 0) << checked.output;
  EXPECT_EQ(checked.error, "");
  EXPECT_THAT(checked.output, Not(HasSubstr("E: "))) << checked.output;
}

TEST_F(Deb, RunsOnABareDebian) {
  if (::geteuid() != 0 || !has("debootstrap")) {
    GTEST_SKIP() << "needs root and debootstrap";
  }
  if (shell("unshare --mount --net true").exit_code != 0) {
    GTEST_SKIP() << "may not mount here, or make a network";
  }
  const TemporaryFolder folder;
  const std::string root = (folder / "debian").string();
  works("debootstrap --variant=minbase bookworm " + root);
  fs::create_directories(root + "/build/packages");
  fs::copy_file(package_, root + "/build/packages/" + fs::path(package_).filename().string());
  fs::copy(source / "examples/samples/images", root + "/samples", fs::copy_options::recursive);
  write_text(root + "/etc/apt/apt.conf.d/answers",
             "APT::Get::Assume-Yes \"true\";\nAPT::Install-Recommends \"false\";\n");
  // What the guide shows on the machine with network, and on the one without.
  std::vector<std::string> shown;
  for (const Block& block : read_page(source / "docs/how-to/deploy-without-network.md").blocks) {
    if (block.language == "sh") {
      shown.push_back("set -eu\nexport DEBIAN_FRONTEND=noninteractive\ncd /\n" + block.text);
    }
  }
  ASSERT_GE(shown.size(), 2U);
  for (std::string* script : {&shown[0], &shown[1]}) {
    replace(*script, "sudo ", "");
  }
  replace(shown[0], "_amd64.deb", architecture_ + ".deb");
  replace(shown[1], "YOUR_FOLDER", "samples");
  write_text(root + "/fetch.sh", "apt-get -q update\n" + shown[0]);
  write_text(root + "/install.sh", shown[1]);
  write_text(folder / "ask.py", ask_server);
  const std::string port = std::to_string(free_port());
  works("unshare --mount bash -euc '\nmount -t proc proc " + root + "/proc\n" + "chroot " + root +
        " sh /fetch.sh\n" + "unshare --net chroot " + root + " sh /install.sh\n" +
        // The server is in there and is asked from out here.
        "chroot " + root + " bcnet serve --port " + port + " --quiet &\n" + "server=$!\n" +
        "failed=0\n" + "python3 " + (folder / "ask.py").string() + " " + port + " " + root +
        "/samples/29.jpg >" + root + "/served.png || failed=1\n" + "kill -TERM $server\n" +
        "wait $server\n" + "exit $failed\n'");
  works(bcnet_path() + " predict " + (source / "examples/samples/images").string() + " --out " +
        (folder / "here").string() + " --quiet");
  int masks = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder / "here")) {
    const std::string name = entry.path().filename().string();
    if (name.find("_mask.png") != std::string::npos) {
      EXPECT_TRUE(read_text(entry.path()) == read_text(root + "/results/" + name)) << name;
      ++masks;
    }
  }
  EXPECT_GE(masks, 1);
  EXPECT_TRUE(read_text(root + "/served.png") == read_text(folder / "here/29_mask.png"));
}

}  // namespace
}  // namespace bcnet::test
