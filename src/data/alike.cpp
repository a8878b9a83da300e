#include "data/alike.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <string>

#include "core/progress.h"
#include "core/threads.h"
#include "data/check/signature.h"
#include "data/check/signature_json.h"
#include "data/check/twins.h"
#include "image/codec.h"

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

std::vector<Signature> read_signatures(const std::vector<Sample>& samples,
                                       const DecodeOptions& decode, ProgressObserver* observer,
                                       const Team& team) {
  std::vector<Signature> signatures;
  signatures.reserve(samples.size());
  Progress progress("look", static_cast<std::int64_t>(samples.size()), "images", observer);
  share_out(
      team, samples.size(), affinity_threads(),
      [&](std::size_t i) { return make_signature(decode_image(samples[i].image, decode)); },
      [](const Signature& signature) { return to_json(signature); },
      [](const Json& json) { return signature_of(json); },
      [&](std::size_t, Signature signature) {
        signatures.push_back(std::move(signature));
        progress.advance();
      });
  return signatures;
}

}  // namespace

std::vector<Group> group_alike(const std::vector<Sample>& samples, const DecodeOptions& decode,
                               ProgressObserver* observer, const Team& team) {
  const std::vector<Signature> signatures = read_signatures(samples, decode, observer, team);
  UnionFind sets(samples.size());
  std::map<std::string, std::size_t> first_of;  // of equal pictures, also of those without detail
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    sets.unite(first_of.emplace(signatures[i].sha256, i).first->second, i);
  }
  std::map<std::string, std::size_t> first_in;  // of groups
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (!samples[i].group.empty()) {
      sets.unite(first_in.emplace(samples[i].group, i).first->second, i);
    }
  }
  std::optional<Progress> progress;
  for (const Twins& twins : find_twins(
           signatures,
           [&](std::size_t candidates) {
             progress.emplace("compare", static_cast<std::int64_t>(candidates), "candidates",
                              observer);
           },
           [&] { progress->advance(); }, team)) {
    sets.unite(twins.first, twins.second);
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

}  // namespace bcnet::data
