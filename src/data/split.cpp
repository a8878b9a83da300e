#include "data/split.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/random.h"
#include "data/fingerprint.h"

namespace bcnet::data {
namespace {

/// Disjoint sets of 0..n-1 that can be united. The root of a set is its smallest member.
class UnionFind {
 public:
  explicit UnionFind(std::size_t n) : parent_(n) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }
  std::size_t root(std::size_t i) {
    while (parent_[i] != i) {
      i = parent_[i] = parent_[parent_[i]];
    }
    return i;
  }
  void unite(std::size_t a, std::size_t b) {
    const auto [first, second] = std::minmax({root(a), root(b)});
    parent_[second] = first;
  }

 private:
  std::vector<std::size_t> parent_;
};

using Group = std::vector<std::size_t>;

std::vector<Group> group_near_duplicates(const std::vector<Sample>& samples,
                                         const DecodeOptions& decode) {
  std::vector<Fingerprint> prints;
  prints.reserve(samples.size());
  for (const Sample& sample : samples) {
    prints.push_back(fingerprint(decode_image(sample.image, decode)));
  }
  UnionFind sets(samples.size());
  for (std::size_t i = 0; i < prints.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (near_duplicates(prints[i], prints[j])) {
        sets.unite(i, j);
      }
    }
  }
  std::vector<Group> by_root(samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    by_root[sets.root(i)].push_back(i);
  }
  by_root.erase(std::remove_if(by_root.begin(), by_root.end(),
                               [](const Group& group) { return group.empty(); }),
                by_root.end());
  return by_root;
}

void shuffle(std::vector<Group>& groups, std::uint64_t seed) {
  SplitMix64 random(seed);
  for (std::size_t i = groups.size(); i > 1; --i) {
    std::swap(groups[i - 1], groups[random.below(i)]);
  }
}

HeldOut part(const std::vector<Sample>& samples, const std::vector<bool>& held) {
  HeldOut parts;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    (held[i] ? parts.validation : parts.training).push_back(samples[i]);
  }
  return parts;
}

}  // namespace

HeldOut hold_out(const std::vector<Sample>& samples, double share, std::uint64_t seed,
                 const DecodeOptions& decode) {
  if (!(share > 0 && share < 1)) {
    throw Error(ErrorKind::usage, "share to hold out is " + std::to_string(share) +
                                      ", allowed is more than 0 and less than 1");
  }
  std::vector<Group> groups = group_near_duplicates(samples, decode);
  if (groups.size() < 2) {
    throw Error(ErrorKind::data, "nothing can be held out: " +
                                     (samples.empty() ? std::string("there are no samples")
                                                      : samples.front().name + " and the other " +
                                                            std::to_string(samples.size() - 1) +
                                                            " are near-duplicates of one another"));
  }
  shuffle(groups, seed);
  const auto share_of_all =
      static_cast<std::size_t>(std::lround(share * static_cast<double>(samples.size())));
  const std::size_t wanted = std::clamp<std::size_t>(share_of_all, 1, samples.size() - 1);
  std::vector<bool> held(samples.size());
  std::size_t count = 0;
  const auto hold = [&](const Group& group) {
    count += group.size();
    for (const std::size_t i : group) {
      held[i] = true;
    }
  };
  for (const Group& group : groups) {
    if (count + group.size() <= wanted) {
      hold(group);
    }
  }
  if (count == 0) {
    hold(*std::min_element(groups.begin(), groups.end(),
                           [](const Group& a, const Group& b) { return a.size() < b.size(); }));
  }
  return part(samples, held);
}

std::vector<HeldOut> make_folds(const std::vector<Sample>& samples, int folds, std::uint64_t seed,
                                const DecodeOptions& decode) {
  if (folds < 2) {
    throw Error(ErrorKind::usage,
                "folds: found " + std::to_string(folds) + ", 2 or more are allowed");
  }
  std::vector<Group> groups = group_near_duplicates(samples, decode);
  const auto count = static_cast<std::size_t>(folds);
  if (groups.size() < count) {
    throw Error(ErrorKind::data, std::to_string(samples.size()) + " images in " +
                                     std::to_string(groups.size()) +
                                     " groups of near-duplicates are too few for " +
                                     std::to_string(folds) + " folds");
  }
  shuffle(groups, seed);
  std::stable_sort(groups.begin(), groups.end(),
                   [](const Group& a, const Group& b) { return a.size() > b.size(); });
  std::vector<std::size_t> sizes(count, 0);
  std::vector<std::vector<bool>> held(count, std::vector<bool>(samples.size()));
  for (const Group& group : groups) {  // the largest first, each into the smallest fold
    const auto fold =
        static_cast<std::size_t>(std::min_element(sizes.begin(), sizes.end()) - sizes.begin());
    sizes[fold] += group.size();
    for (const std::size_t i : group) {
      held[fold][i] = true;
    }
  }
  std::vector<HeldOut> parts;
  for (const std::vector<bool>& fold : held) {
    parts.push_back(part(samples, fold));
  }
  return parts;
}

}  // namespace bcnet::data
