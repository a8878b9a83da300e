#include "core/shard_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace bcnet {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using ::testing::HasSubstr;

class ShardFiles : public ::testing::Test {
 protected:
  /// Share number of 3 of two lists, of 5 and 2 things: each third one.
  void write(int number, const Json& settings = {{"model", "a"}},
             const std::vector<std::size_t>& whole = {5, 2}, const std::string& verb = "predict") {
    ShardFile file(out_, verb, {number, 3}, settings, whole, {{"by", number}});
    for (std::size_t list = 0; list < whole.size(); ++list) {
      for (std::size_t place = static_cast<std::size_t>(number - 1); place < whole[list];
           place += 3) {
        file.add({list, place}, {{"value", 10 * list + place}});
      }
    }
    file.commit();
  }

  std::vector<int> merged() const {
    MergedShards shards(out_);
    std::vector<int> values;
    while (const auto line = shards.next()) {
      values.push_back(line->json["value"].get<int>());
    }
    return values;
  }

  std::string problem() const {
    return error_of(ErrorKind::data, [this] { merged(); });
  }

  test::TemporaryFolder folder_;
  fs::path out_ = folder_ / "out";
};

TEST_F(ShardFiles, AreMergedInTheOrderOfTheWhole) {
  for (const int number : {2, 3, 1}) {
    write(number);
  }
  EXPECT_EQ(merged(), (std::vector<int>{0, 1, 2, 3, 4, 10, 11}));
  const MergedShards shards(out_);
  EXPECT_EQ(shards.verb(), "predict");
  EXPECT_EQ(shards.first()["by"], 1);
  EXPECT_EQ(shards.all_first()[2]["by"], 3);
}

TEST_F(ShardFiles, OneThatIsNotReadyIsNotThere) {
  write(1);
  write(2);
  ShardFile unfinished(out_, "predict", {3, 3}, {{"model", "a"}}, {5, 2});
  EXPECT_THAT(problem(), HasSubstr("share 3 of 3 is missing"));
}

TEST_F(ShardFiles, RefusesWhatDoesNotBelongTogether) {
  EXPECT_THAT(problem(), HasSubstr("holds no shares"));
  write(1);
  EXPECT_THAT(problem(), HasSubstr("share 2, 3 of 3 are missing"));
  write(2);
  write(3, {{"model", "b"}});
  EXPECT_THAT(problem(), HasSubstr(R"(share 3 differs from share 1 in model: found "b" and "a")"));
  write(3, {{"model", "a"}}, {6, 2});
  EXPECT_THAT(problem(), HasSubstr("how many files there are in all: found [6,2] and [5,2]"));
  write(3, {{"model", "a"}}, {5, 2}, "eval");
  EXPECT_THAT(problem(), HasSubstr("in its verb"));
  write(3);
  ShardFile(out_, "predict", {1, 2}, {{"model", "a"}}, {5, 2}).commit();
  EXPECT_THAT(problem(), HasSubstr("holds shares of 2 and of 3"));
}

TEST_F(ShardFiles, RefusesAPlaceThatTwoHaveOrNone) {
  for (const int number : {1, 2}) {
    write(number);
  }
  const auto third = [&](std::size_t place) {
    ShardFile file(out_, "predict", {3, 3}, {{"model", "a"}}, {5, 2});
    file.add({0, place}, {{"value", 0}});
    file.commit();
    return problem();
  };
  EXPECT_THAT(third(3), HasSubstr("the shares are not of the same files"));
  EXPECT_THAT(third(7), HasSubstr("the shares are not of the same files"));
}

TEST_F(ShardFiles, RefusesDamagedFiles) {
  for (const int number : {1, 2, 3}) {
    write(number);
  }
  const fs::path third = out_ / "shards" / "3-of-3.jsonl";
  const std::string good = test::read_text(third);
  test::write_text(third, good.substr(0, good.size() - 6));
  EXPECT_THAT(problem(), HasSubstr("3-of-3.jsonl: holds a line that is damaged"));
  test::write_text(third, "{}\n");
  EXPECT_THAT(problem(), HasSubstr("is no share that this version"));
  test::write_text(third, "");
  EXPECT_THAT(problem(), HasSubstr("is no share that this version"));
}

}  // namespace
}  // namespace bcnet
