#include "compare/left_out.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "core/error.h"
#include "data/layouts/names.h"
#include "data/start_check.h"

namespace bcnet::compare {

namespace {

std::vector<std::string> trainable_splits(const data::DataSet& data) {
  std::vector<std::string> used = data.splits();
  used.erase(std::remove(used.begin(), used.end(), "test"), used.end());
  if (used.empty()) {
    used.emplace_back();
  }
  return used;
}

/// Folders of hospitals, each with images/ and masks/, are read as splits of those names: each is a
/// group, whatever sequences it holds. Elsewhere a split whose images have no group is one.
void add_groups(const data::DataSet& data, const std::string& split,
                std::vector<data::Sample>& samples) {
  if (split.empty() || data::is_split_name(split)) {
    return;
  }
  const bool hospital = data.layout() == data::Layout::split;
  for (data::Sample& sample : samples) {
    if (hospital || sample.group.empty()) {
      sample.group = split;
    }
  }
}

}  // namespace

std::vector<data::Sample> trainable_samples(const data::DataSet& data,
                                            const CompareOptions& options) {
  const std::vector<std::string> splits = trainable_splits(data);
  data::CheckedSamples checked =
      data::check_at_start(data, splits, {options.decode, options.ignore_data_errors});
  std::vector<data::Sample> samples;
  for (std::size_t i = 0; i < splits.size(); ++i) {
    std::vector<data::Sample>& some = checked.splits[i];
    add_groups(data, splits[i], some);
    std::copy_if(
        some.begin(), some.end(), std::back_inserter(samples),
        [&](const data::Sample& sample) { return checked.unusable.count(sample.name) == 0; });
  }
  return samples;
}

std::vector<std::string> group_names(const data::DataSet& data) {
  std::set<std::string> names;
  for (const std::string& split : trainable_splits(data)) {
    std::vector<data::Sample> samples = data.samples(split);
    add_groups(data, split, samples);
    for (const data::Sample& sample : samples) {
      names.insert(sample.group);
    }
  }
  if (names.size() < 2 || names.count(std::string()) > 0) {
    throw Error(ErrorKind::data,
                fmt::format("{}: found {}, two groups or more are needed to leave one out; a "
                            "manifest's column group names them",
                            data.path().string(),
                            names.count(std::string()) > 0
                                ? "images without a group"
                                : fmt::format("one group, '{}'", *names.begin())));
  }
  return {names.begin(), names.end()};
}

data::HeldOut leave_out(const std::vector<data::Sample>& samples, const std::string& group,
                        const CompareOptions& options) {
  std::vector<data::Sample> others, left_out;
  for (data::Sample sample : samples) {
    std::vector<data::Sample>& part = sample.group == group ? left_out : others;
    sample.group.clear();
    part.push_back(std::move(sample));
  }
  data::HeldOut parts =
      data::hold_out(others, data::Shares{}, options.seed, options.decode, options.progress);
  parts.test = std::move(left_out);
  return parts;
}

}  // namespace bcnet::compare
