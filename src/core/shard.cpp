#include "core/shard.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <optional>

#include "core/error.h"
#include "core/sha256.h"

namespace bcnet {

namespace {

constexpr int most_shards = 1 << 20;

/// All of text as a number of 0..highest; -1 where it is none.
int number_of(std::string_view text, int highest) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && read == end && number >= 0 && number <= highest ? number : -1;
}

/// shares: how many there are, where the text says it.
Shard shard_of_slurm(const Environment& environment, std::optional<int> shares) {
  const auto value = [&](const char* name, std::optional<int> otherwise) {
    const auto text = environment(name);
    if (!text && otherwise) {
      return *otherwise;
    }
    const int number = text ? number_of(*text, 2147483647) : -1;
    if (number < 0) {
      throw Error(ErrorKind::usage,
                  text
                      ? fmt::format("--shard env: {}: found '{}', a number is allowed", name, *text)
                      : fmt::format("--shard env: {} is not set, which Slurm sets in a job array: "
                                    "sbatch --array=1-8",
                                    name));
    }
    return number;
  };
  const int id = value("SLURM_ARRAY_TASK_ID", std::nullopt);
  if (shares) {
    return {id, *shares};
  }
  const int count = value("SLURM_ARRAY_TASK_COUNT", std::nullopt);
  const int first = value("SLURM_ARRAY_TASK_MIN", 0);
  const int step = value("SLURM_ARRAY_TASK_STEP", 1);
  if (step < 1 || id < first || (id - first) % step != 0 || (id - first) / step >= count) {
    throw Error(ErrorKind::usage,
                fmt::format("--shard env: found task {} of {} from {} by {} on, tasks that follow "
                            "each other are allowed: sbatch --array=1-{}",
                            id, count, first, step, count));
  }
  // Of an array that was started for some shares alone the environment tells no number of all.
  if (first > 1) {
    throw Error(
        ErrorKind::usage,
        fmt::format("--shard env: found tasks from {} on, from 0 or 1 on is allowed: where "
                    "some of N shares are done again, --shard env/N takes the task's number",
                    first));
  }
  return {(id - first) / step + 1, count};
}

}  // namespace

bool Shard::has(std::string_view name) const {
  if (whole()) {
    return true;
  }
  const std::string digits = sha256(name).substr(0, 16);
  std::uint64_t bits = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), bits, 16);
  return bits % static_cast<std::uint64_t>(count) == static_cast<std::uint64_t>(number - 1);
}

std::string Shard::text() const { return fmt::format("{}-of-{}", number, count); }

Shard parse_shard(const std::string& text, const Environment& environment) {
  if (text == "env") {
    return shard_of_slurm(environment, std::nullopt);
  }
  const std::string_view all = text;
  const auto bar = all.find('/');
  const std::string_view first = all.substr(0, bar);
  const int count =
      bar == std::string_view::npos ? -1 : number_of(all.substr(bar + 1), most_shards);
  const Shard shard = first == "env" && count > 0 ? shard_of_slurm(environment, count)
                                                  : Shard{number_of(first, most_shards), count};
  if (shard.number < 1 || shard.number > count) {
    throw Error(
        ErrorKind::usage,
        fmt::format("--shard: found '{}'{}, I/N with I from 1 to N is allowed, or env", text,
                    first == "env" && count > 0
                        ? fmt::format(", SLURM_ARRAY_TASK_ID={}", shard.number)
                        : ""));
  }
  return shard;
}

}  // namespace bcnet
