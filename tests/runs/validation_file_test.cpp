#include "runs/validation_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/temporary_folder.h"

namespace bcnet::runs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string line_of(int epoch, const std::vector<double>& dice) {
  Json images = Json::array();
  for (std::size_t i = 0; i < dice.size(); ++i) {
    images.push_back(
        {{"image", std::to_string(i)}, {"dice", dice[i]}, {"iou", 0.5}, {"polyp_percent", 3.0}});
  }
  return json_line({{"epoch", epoch}, {"images", images}}) + "\n";
}

std::vector<Validation> with_images(const ValidationFile& file, std::vector<std::size_t> places) {
  return file.validations([&](const std::vector<Validation>&) { return places; });
}

TEST(ValidationFile, KeepsQuantilesOfAllAndImagesOfThoseAskedFor) {
  const test::TemporaryFolder folder;
  test::write_text(folder / "v", line_of(1, {0.5, 0.0, 1.0, 0.25, 0.75}) + line_of(2, {}) +
                                     line_of(4, {0.3, 0.9}));
  ValidationFile file(folder / "v");
  file.read_on();
  const auto all = with_images(file, {2});
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].count, 5U);
  EXPECT_EQ(all[0].dice[0], 0.75);
  EXPECT_EQ(all[0].dice[1], 0.5);
  EXPECT_EQ(all[0].dice[2], 0.25);
  EXPECT_TRUE(all[0].images.empty());
  EXPECT_EQ(all[1].count, 0U);
  EXPECT_EQ(all[2].epoch, 4);
  ASSERT_EQ(all[2].images.size(), 2U);
  EXPECT_EQ(all[2].images[1]["dice"], 0.9);
}

TEST(ValidationFile, ReadsALineOnce) {
  const test::TemporaryFolder folder;
  const std::string first = line_of(1, {0.25}), second = line_of(2, {0.5});
  test::write_text(folder / "v", first + second);
  ValidationFile file(folder / "v");
  file.read_on();
  // Were it read again, the first line would no longer be one.
  test::write_text(folder / "v",
                   std::string(first.size() - 1, '?') + "\n" + second + line_of(3, {0.75}));
  file.read_on();
  EXPECT_THAT(file.damage(), IsEmpty());
  const auto all = with_images(file, {0, 1});
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].dice[1], 0.25);
  EXPECT_EQ(all[2].dice[1], 0.75);
  EXPECT_TRUE(all[0].images.empty());  // what was asked for is not there any more
  EXPECT_EQ(all[1].images.size(), 1U);
}

TEST(ValidationFile, WaitsForTheEndOfALine) {
  const test::TemporaryFolder folder;
  const std::string line = line_of(1, {0.25});
  test::write_text(folder / "v", line.substr(0, 9));
  ValidationFile file(folder / "v");
  file.read_on();
  EXPECT_THAT(with_images(file, {}), IsEmpty());
  EXPECT_THAT(file.notes(), ElementsAre(HasSubstr("the last line is not whole")));
  test::write_text(folder / "v", line + "[3]\n{\"epoch\":2}\n");
  file.read_on();
  EXPECT_EQ(with_images(file, {0})[0].images.size(), 1U);
  EXPECT_THAT(file.notes(), IsEmpty());
  EXPECT_THAT(file.damage(), ElementsAre(HasSubstr("line 2: found no JSON object"),
                                         HasSubstr("1 lines left out")));
}

}  // namespace
}  // namespace bcnet::runs
