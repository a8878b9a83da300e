#include "data/predict_inputs.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "support/temporary_folder.h"

namespace bcnet::data {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PredictInputs : public ::testing::Test {
 protected:
  void touch(const std::string& name) { test::write_text(folder_ / name, "x"); }

  std::string path(const std::string& name) { return (folder_ / name).string(); }

  std::vector<std::string> stems(const std::vector<std::string>& inputs) {
    std::vector<std::string> result;
    for (const PredictInput& input : find_predict_inputs(inputs, folder_ / "out")) {
      result.push_back(input.problem.empty() ? input.stem.string() : "! " + input.problem);
    }
    return result;
  }

  test::TemporaryFolder folder_;
};

TEST_F(PredictInputs, ListsAFolderByNameWithItsSubfolders) {
  for (const char* name : {"in/c.png", "in/a.JPG", "in/b/z.jpeg", "in/b/y.tif", "in/notes.txt",
                           "in/.hidden.png", "in/.git/x.png"}) {
    touch(name);
  }
  EXPECT_THAT(stems({path("in")}), ElementsAre("a", "b/y", "b/z", "c"));
}

TEST_F(PredictInputs, TakesAFileByAnyName) {
  touch("frame.raw");
  EXPECT_THAT(stems({path("frame.raw")}), ElementsAre("frame"));
}

TEST_F(PredictInputs, KeepsTheExtensionOfStemsThatCollide) {
  for (const char* name : {"in/a.jpg", "in/a.png", "in/b.png", "in/sub/a.png"}) {
    touch(name);
  }
  EXPECT_THAT(stems({path("in")}), ElementsAre("a.jpg", "a.png", "b", "sub/a"));
}

TEST_F(PredictInputs, KeepsTheExtensionOfAStemThatLooksLikeAnother) {
  for (const char* name : {"in/a.jpg", "in/a.jpg.png", "in/a.png"}) {
    touch(name);
  }
  EXPECT_THAT(stems({path("in")}), ElementsAre("a.jpg", "a.jpg.png", "a.png"));
}

TEST_F(PredictInputs, TakesAFileThatIsGivenTwiceOnce) {
  touch("in/a.jpg");
  EXPECT_THAT(stems({path("in/a.jpg"), path("in"), path("in/../in/a.jpg")}), ElementsAre("a"));
}

TEST_F(PredictInputs, RefusesTwoFilesOfOneNameFromTwoFolders) {
  touch("one/a.jpg");
  touch("two/a.jpg");
  try {
    stems({path("one"), path("two")});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_THAT(error.what(), HasSubstr(path("one/a.jpg") + " and " + path("two/a.jpg")));
  }
}

TEST_F(PredictInputs, PassesOverItsOwnResults) {
  touch("a.jpg");
  touch("out/a_mask.png");
  EXPECT_THAT(stems({folder_.path().string()}), ElementsAre("a"));
}

TEST_F(PredictInputs, RefusesResultsAmongTheInputs) {
  touch("out/a.jpg");
  EXPECT_THROW(stems({path("out")}), Error);
}

TEST_F(PredictInputs, ReportsAnEmptyFolder) {
  fs::create_directories(folder_ / "empty");
  touch("a.jpg");
  EXPECT_THAT(stems({path("empty"), path("a.jpg")}),
              ElementsAre("! " + path("empty") + ": holds no images", "a"));
}

TEST_F(PredictInputs, GoesRoundNoCircleOfLinks) {
  touch("in/a.jpg");
  fs::create_directory_symlink(folder_ / "in", folder_ / "in/again");
  EXPECT_THAT(stems({path("in")}), ElementsAre("a"));
}

}  // namespace
}  // namespace bcnet::data
