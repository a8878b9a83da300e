#include "core/shard_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <tuple>
#include <utility>

#include "core/error.h"

namespace bcnet {

namespace fs = std::filesystem;

namespace {

constexpr int format_number = 2;
constexpr const char* format_key = "bcnet_shard";

fs::path folder_of_shards(const fs::path& out) { return out / "shards"; }

/// Numbers of the shares in a folder, by their count.
std::map<int, std::set<int>> shares_in(const fs::path& folder) {
  static const std::regex form(R"(([0-9]{1,7})-of-([0-9]{1,7})\.jsonl)");
  std::map<int, std::set<int>> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::smatch match;
    if (std::regex_match(name, match, form)) {
      found[std::stoi(match[2])].insert(std::stoi(match[1]));
    }
  }
  return found;
}

bool before(const ShardPlace& a, const ShardPlace& b) {
  return std::tie(a.list, a.place) < std::tie(b.list, b.place);
}

}  // namespace

ShardFile::ShardFile(const fs::path& out, const std::string& verb, const Shard& shard,
                     const Json& settings, const std::vector<std::size_t>& whole, const Json& more)
    : path_(folder_of_shards(out) / (shard.text() + ".jsonl")) {
  make_parent(path_);
  file_ = std::make_unique<AtomicFile>(path_);
  Json first = {{format_key, format_number}, {"verb", verb},         {"shard", shard.number},
                {"of", shard.count},         {"settings", settings}, {"whole", whole}};
  if (more.is_object()) {
    first.update(more);
  }
  file_->write(json_line(first) + '\n');
}

void ShardFile::add(const ShardPlace& at, Json line) {
  Json all = {{"at", {at.list, at.place}}};
  all.update(line);
  file_->write(json_line(all) + '\n');
}

MergedShards::MergedShards(const fs::path& out) : folder_(folder_of_shards(out)) {
  const auto shares = shares_in(folder_);
  if (shares.empty()) {
    refuse(folder_, "holds no shares, which predict, eval and data check write with --shard I/N");
  }
  if (shares.size() > 1) {
    refuse(folder_, fmt::format("holds shares of {} and of {}; take away those of an older call",
                                shares.begin()->first, std::next(shares.begin())->first));
  }
  const auto& [count, numbers] = *shares.begin();
  std::vector<int> missing;
  for (int number = 1; number <= count; ++number) {
    if (numbers.count(number) == 0) {
      missing.push_back(number);
    }
  }
  if (!missing.empty()) {
    constexpr std::size_t most = 10;
    const auto shown = static_cast<std::ptrdiff_t>(std::min(most, missing.size()));
    refuse(folder_, fmt::format("share {}{} of {} {} missing: not begun, not ready, or ended by an "
                                "error",
                                fmt::join(missing.begin(), missing.begin() + shown, ", "),
                                missing.size() > most ? ", ..." : "", count,
                                missing.size() == 1 ? "is" : "are"));
  }
  for (int number = 1; number <= count; ++number) {
    Part part;
    part.path = folder_ / (Shard{number, count}.text() + ".jsonl");
    part.file = std::make_unique<MappedFile>(part.path, ErrorKind::data);
    part.left = part.file->bytes();
    const auto end = part.left.find('\n');
    heads_.push_back(Json::parse(part.left.substr(0, end), nullptr, false));
    part.left.remove_prefix(end == std::string_view::npos ? part.left.size() : end + 1);
    parts_.push_back(std::move(part));
  }
  check_heads();
  for (Part& part : parts_) {
    read(part);
  }
}

void MergedShards::refuse(const fs::path& path, const std::string& problem) const {
  throw Error(ErrorKind::data, fmt::format("{}: {}", path.string(), problem));
}

void MergedShards::check_heads() {
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    const Json& head = heads_[i];
    const auto has = [&](const char* key, Json::value_t type) {
      return head.contains(key) && head[key].type() == type;
    };
    if (!head.is_object() || !has("verb", Json::value_t::string) ||
        !has("settings", Json::value_t::object) || !has("whole", Json::value_t::array) ||
        head.value(format_key, Json()) != Json(format_number) ||
        !std::all_of(head["whole"].begin(), head["whole"].end(),
                     [](const Json& count) { return count.is_number_unsigned(); })) {
      refuse(parts_[i].path, "is no share that this version of bcnet can read");
    }
  }
  first_ = heads_.front();
  verb_ = first_["verb"].get<std::string>();
  whole_ = first_["whole"].get<std::vector<std::size_t>>();
  for (std::size_t i = 1; i < heads_.size(); ++i) {
    const Json& head = heads_[i];
    const auto differ = [&](const std::string& what, const Json& here, const Json& there) {
      refuse(parts_[i].path,
             fmt::format("share {} differs from share 1 in {}: found {} and {}; all "
                         "are to be made alike",
                         i + 1, what, json_line(here), json_line(there)));
    };
    if (head["verb"] != first_["verb"]) {
      differ("its verb", head["verb"], first_["verb"]);
    }
    for (const auto& [key, value] : first_["settings"].items()) {
      const Json here = head["settings"].value(key, Json());
      if (here != value) {
        differ(key, here, value);
      }
    }
    if (head["whole"] != first_["whole"]) {
      differ("how many files there are in all", head["whole"], first_["whole"]);
    }
  }
}

void MergedShards::read(Part& part) const {
  part.line.reset();
  if (part.left.empty()) {
    return;
  }
  const auto end = part.left.find('\n');
  Line line;
  line.json = Json::parse(part.left.substr(0, end), nullptr, false);
  part.left.remove_prefix(end == std::string_view::npos ? part.left.size() : end + 1);
  const Json at = line.json.is_object() ? line.json.value("at", Json()) : Json();
  if (!at.is_array() || at.size() != 2 || !at[0].is_number_unsigned() ||
      !at[1].is_number_unsigned()) {
    refuse(part.path, "holds a line that is damaged");
  }
  line.at = {at[0].get<std::size_t>(), at[1].get<std::size_t>()};
  part.line = std::move(line);
}

std::optional<MergedShards::Line> MergedShards::next() {
  Part* first = nullptr;
  for (Part& part : parts_) {
    if (part.line && (first == nullptr || before(part.line->at, first->line->at))) {
      first = &part;
    }
  }
  while (expected_.list < whole_.size() && expected_.place == whole_[expected_.list]) {
    expected_ = {expected_.list + 1, 0};
  }
  const bool ended = expected_.list == whole_.size();
  if (first == nullptr
          ? !ended
          : ended || before(first->line->at, expected_) || before(expected_, first->line->at)) {
    refuse(folder_,
           "the shares are not of the same files: some came or went between two of them; "
           "make all of them again");
  }
  if (first == nullptr) {
    return std::nullopt;
  }
  ++expected_.place;
  std::optional<Line> line = std::move(first->line);
  read(*first);
  return line;
}

}  // namespace bcnet
