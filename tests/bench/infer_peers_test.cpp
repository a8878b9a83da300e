#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/json.h"
#include "support/program.h"
#include "support/temporary_folder.h"

namespace bcnet::test {

namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string source = BCNET_SOURCE_DIR;

ProgramResult infer_peers(const std::vector<std::string>& more) {
  std::vector<std::string> words{source + "/bench/infer-peers"};
  words.insert(words.end(), more.begin(), more.end());
  return run_program(words);
}

Json row_of(const std::string& name, bool ours, double milliseconds) {
  return {{"name", name},
          {"ours", ours},
          {"all", {milliseconds, milliseconds + 1, milliseconds - 1}},
          {"network", {milliseconds / 2}},
          {"memory_mb", {150}}};
}

/// What --json writes, with figures that are easy to follow.
Json record() {
  const Json head = {{"conditions", "8 JPEGs"}, {"load", {0.25, 0.5}}};
  const auto table = [&](const char* kind, Json more) {
    more.update(head);
    more["kind"] = kind;
    more["title"] = std::string("Table of ") + kind;
    return more;
  };
  return {{"command", "bench/infer-peers --data samples"},
          {"calibration", "8 images of samples"},
          {"machine",
           {{"date", "2026-01-02"},
            {"cpu", "a CPU (family 1, model 2; avx2)"},
            {"cores", "2 cores"},
            {"memory_gib", 7.6},
            {"os", "an OS"},
            {"scheduling", "ordinary priority"},
            {"version", "0.1.0"},
            {"commit", "abc"},
            {"compiler", "GCC 12"},
            {"ours", {{"OpenVINO", "1"}}},
            {"peers", {{"NNCF", "3.4.0"}}},
            {"python", "3.11"}}},
          {"tables",
           {table("engines", {{"rows",
                               {row_of("a peer", false, 20), row_of("another", false, 30),
                                row_of("bcnet", true, 10)}}}),
            table("folder", {{"rows",
                              {{{"name", "bcnet"}, {"images_per_second", {90}}},
                               {{"name", "network"}, {"images_per_second", {110}}},
                               {{"name", "the tool"}, {"images_per_second", {100}}}}},
                             {"decode", {0.5}},
                             {"segment", {10.0}},
                             {"network", {9.5}}}),
            table("limit",
                  {{"limits", {{"int8", 400}, {"copy_gb_per_second", 20}}},
                   {"macs", 2e9},
                   {"rows",
                    {{{"name", "bcnet"}, {"limit", "int8"}, {"network", {10}}, {"bytes", 5e7}}}}}),
            table("cold", {{"rows",
                            {{{"name", "bcnet"},
                              {"cache", "empty"},
                              {"seconds", {1, 2, 3}},
                              {"memory_mb", {160}}},
                             {{"name", "bcnet"},
                              {"cache", "filled"},
                              {"seconds", {0.2, 0.3}},
                              {"memory_mb", {120}}}}}})}}};
}

}  // namespace

TEST(InferPeers, WritesThePageOfARecord) {
  const TemporaryFolder folder;
  const std::string file = (folder / "record.json").string();
  const std::string page_file = (folder / "page.md").string();
  write_text(file, record().dump());
  const ProgramResult result = infer_peers({"--from-json", file, "--out", page_file});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const std::string page = read_text(page_file);
  // The fastest first; the ratio is against the fastest of the others.
  EXPECT_THAT(page,
              HasSubstr("| --- |\n| bcnet | 10.0 | 10.0, 11.0, 9.0 | 5.0 | 100.0 | 150 | 2.00 |\n"
                        "| a peer | 20.0 | 20.0, 21.0, 19.0 | 10.0 | 50.0 | 150 | 1.00 |\n"
                        "| another | 30.0 |"));
  EXPECT_THAT(page,
              HasSubstr("| bcnet | 90.0 | 90.0 | 0.90 |\n| network | 110.0 | 110.0 | 1.10 |\n"));
  EXPECT_THAT(
      page,
      HasSubstr(
          "Of the 10.50 ms that an image takes a core, decoding is 0.50, the network 9.50, and "
          "scaling, mask and regions 0.50"));
  EXPECT_THAT(page, HasSubstr("| bcnet | 200 | 400 | 0.50 | 50 | 5.0 | 0.25 |\n"));
  EXPECT_THAT(page, HasSubstr("| bcnet | filled | 0.25 | 0.20 | 0.30 | 120 |\n"
                              "| bcnet | empty | 2.00 | 1.00 | 3.00 | 160 |\n"));
  for (const char* kind : {"engines", "folder", "limit", "cold"}) {
    EXPECT_THAT(page,
                HasSubstr(std::string("## Table of ") + kind +
                          "\n\n*8 JPEGs; 2026-01-02, a CPU (family 1, model 2; avx2), ordinary "
                          "priority, load average 0.25 to 0.50, bcnet abc.*\n"));
  }
  EXPECT_THAT(page, HasSubstr("2 cores, 8 GiB, an OS"));
  EXPECT_THAT(page, HasSubstr("NNCF 3.4.0"));
  EXPECT_THAT(page, HasSubstr("\n    bench/infer-peers --data samples\n"));
}

TEST(InferPeers, MeasuresOursWithoutThePeers) {
  const TemporaryFolder folder;
  const std::string file = (folder / "record.json").string();
  const ProgramResult result =
      infer_peers({"--only", "bcnet, int8", "--tables", "images", "folder", "cold", "--threads",
                   "1", "--rounds", "1", "--repeat", "1", "--isa", "native", "avx2", "--json", file,
                   "--out", "-"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, HasSubstr("8 JPEGs of 352×352 pixels, network input 352×352"));
  EXPECT_THAT(result.output,
              ContainsRegex("\\| bcnet, int8, auto \\| [0-9.]+ \\| [0-9.]+ \\| [0-9.]+ \\| "
                            "[0-9.]+ \\| [0-9]+ \\| — \\|"));
  EXPECT_THAT(result.output, HasSubstr("## Images as they are, 1 thread\n"));
  EXPECT_THAT(result.output, HasSubstr("## Images as they are, 1 thread, AVX2 alone\n"));
  EXPECT_THAT(result.output, HasSubstr(", held to AVX2;"));
  EXPECT_THAT(result.output, HasSubstr("| bcnet, int8, auto | none |"));
  EXPECT_THAT(result.output, HasSubstr("| bcnet, int8, auto | empty |"));
  EXPECT_THAT(result.output, HasSubstr("| bcnet, int8, auto | filled |"));
  EXPECT_THAT(result.output, Not(HasSubstr("PyTorch")));
  // The record gives the same page again.
  const ProgramResult again = infer_peers({"--from-json", file, "--out", "-"});
  EXPECT_EQ(again.output, result.output);
}

TEST(InferPeers, RefusesBadInput) {
  const TemporaryFolder folder;
  const auto refused = [&](const std::vector<std::string>& words, int code,
                           const std::string& says) {
    const ProgramResult result = infer_peers(words);
    EXPECT_EQ(result.exit_code, code) << says;
    EXPECT_THAT(result.error, HasSubstr(says));
  };
  const std::string nowhere = (folder / "nowhere").string();
  refused({"--images", nowhere}, 3, "--images: found '" + nowhere + "', a folder is expected");
  refused({"--images", folder.path().string()}, 3, "no .jpg");
  refused({"--data", nowhere}, 3, "--data: found '" + nowhere + "'");
  refused({"--only", "no such engine", "--tables", "images"}, 2, "no engine is named so");
  refused({"--rounds", "0"}, 2, "--rounds: found 0, at least 1 is allowed");
  refused({"--sizes", "250"}, 2, "--sizes: found 250, multiples of 32 are allowed");
  refused({"--tables", "speed"}, 2, "--tables");
  refused({"--isa", "avx3"}, 2, "--isa");
  refused({"--from-json", nowhere}, 3, "No such file");
  write_text(folder / "other.json", "{\"tables\": []}");
  refused({"--from-json", (folder / "other.json").string()}, 3, "is no JSON that --json wrote");
}

}  // namespace bcnet::test
