#include "data/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/random.h"
#include "core/threads.h"
#include "data/alike.h"
#include "data/mask.h"

namespace bcnet::data {
namespace {

/// Share of foreground of each mask.
std::vector<double> polyp_sizes(const std::vector<Sample>& samples, const DecodeOptions& decode,
                                const Team& team) {
  std::vector<double> sizes;
  share_out(
      team, samples.size(), affinity_threads(),
      [&](std::size_t i) {
        const cv::Mat mask = read_mask(samples[i], decode);
        return cv::countNonZero(mask) / static_cast<double>(mask.total());
      },
      [](double size) { return Json(size); }, [](const Json& json) { return json.get<double>(); },
      [&](std::size_t, double size) { sizes.push_back(size); });
  return sizes;
}

/// What is drawn as one: where one of its samples goes, all go.
struct Unit {
  Group members;
  double size = 0;          ///< mean polyp size
  std::size_t stratum = 0;  ///< 0: no polyp; 1..4: quarter by size
};

std::vector<Unit> make_units(const std::vector<Sample>& samples, const DecodeOptions& decode,
                             ProgressObserver* observer, const Team& team) {
  std::vector<Unit> units;
  for (Group& group : group_alike(samples, decode, observer, team)) {
    units.push_back({std::move(group)});
  }
  const std::vector<double> sizes = polyp_sizes(samples, decode, team);
  std::vector<double> with_polyp;
  for (Unit& unit : units) {
    for (const std::size_t i : unit.members) {
      unit.size += sizes[i] / static_cast<double>(unit.members.size());
    }
    if (unit.size > 0) {
      with_polyp.push_back(unit.size);
    }
  }
  std::sort(with_polyp.begin(), with_polyp.end());
  constexpr std::size_t quarters = 4;
  for (Unit& unit : units) {
    if (unit.size > 0) {
      const auto below = static_cast<std::size_t>(
          std::lower_bound(with_polyp.begin(), with_polyp.end(), unit.size) - with_polyp.begin());
      unit.stratum = 1 + below * quarters / with_polyp.size();
    }
  }
  return units;
}

/// The largest first, since the small ones even out what they leave; those of a size by stratum,
/// so that each part gets its share of every stratum; within one in random order.
void put_in_order(std::vector<Unit>& units, SplitMix64& random) {
  for (std::size_t i = units.size(); i > 1; --i) {
    std::swap(units[i - 1], units[random.below(i)]);
  }
  std::stable_sort(units.begin(), units.end(), [](const Unit& a, const Unit& b) {
    return std::pair(b.members.size(), a.stratum) < std::pair(a.members.size(), b.stratum);
  });
}

/// Gives the smallest unit of the part that has most of them to each part that has none.
void fill_empty_parts(const std::vector<Unit>& units, std::vector<std::size_t>& part_of,
                      std::size_t parts) {
  for (std::size_t part = 0; part < parts; ++part) {
    std::vector<std::size_t> counts(parts);
    for (const std::size_t p : part_of) {
      ++counts[p];
    }
    if (counts[part] > 0) {
      continue;
    }
    const auto most =
        static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
    for (std::size_t u = units.size(); u-- > 0;) {  // the smallest are last
      if (part_of[u] == most) {
        part_of[u] = part;
        break;
      }
    }
  }
}

void require_groups(const std::vector<Sample>& samples, std::size_t groups, std::size_t parts) {
  if (samples.empty()) {
    throw Error(ErrorKind::data, "nothing can be divided: there are no samples");
  }
  if (groups < parts) {
    const std::string more =
        samples.size() > 1 ? fmt::format(" and {} more", samples.size() - 1) : "";
    throw Error(
        ErrorKind::data,
        fmt::format("{}{} cannot be divided into {} parts: found {} that {} unlike the rest "
                    "(near-duplicates and frames of one scene stay together)",
                    samples.front().image.string(), more, parts, groups,
                    groups == 1 ? "is" : "are"));
  }
}

/// The part of each sample. wanted: samples for each part, together all of them.
std::vector<std::size_t> divide(const std::vector<Sample>& samples,
                                const std::vector<double>& wanted, std::uint64_t seed,
                                const DecodeOptions& decode, ProgressObserver* observer,
                                const Team& team) {
  const std::size_t parts = wanted.size();
  require_groups(samples, samples.size(), parts);  // before any is read
  std::vector<Unit> units = make_units(samples, decode, observer, team);
  require_groups(samples, units.size(), parts);
  SplitMix64 random(seed);
  put_in_order(units, random);
  const auto all = static_cast<double>(samples.size());
  std::vector<std::size_t> part_of_unit;
  std::vector<double> given(parts);
  double seen = 0;
  for (const Unit& unit : units) {
    const auto size = static_cast<double>(unit.members.size());
    seen += size;
    std::vector<std::size_t> best;  // parts that lack most, several where they lack the same
    double most = 0;
    for (std::size_t part = 0; part < parts; ++part) {
      constexpr double same = 1e-9;
      const double lack = wanted[part] / all * seen - given[part];
      if (best.empty() || lack > most + same) {
        best = {part};
        most = lack;
      } else if (lack > most - same) {
        best.push_back(part);
      }
    }
    const std::size_t part = best[random.below(best.size())];
    part_of_unit.push_back(part);
    given[part] += size;
  }
  fill_empty_parts(units, part_of_unit, parts);
  std::vector<std::size_t> part_of(samples.size());
  for (std::size_t u = 0; u < units.size(); ++u) {
    for (const std::size_t i : units[u].members) {
      part_of[i] = part_of_unit[u];
    }
  }
  return part_of;
}

}  // namespace

HeldOut hold_out(const std::vector<Sample>& samples, const Shares& shares, std::uint64_t seed,
                 const DecodeOptions& decode, ProgressObserver* observer, const Team& team) {
  if (!(shares.validation > 0 && shares.test >= 0 && shares.validation + shares.test < 1)) {
    throw Error(ErrorKind::usage,
                fmt::format("shares to hold out are {} and {}, allowed is more than 0 and less "
                            "than 1 together",
                            shares.validation, shares.test));
  }
  const auto all = static_cast<double>(samples.size());
  const auto count = [&](double share) { return std::max(1.0, std::round(share * all)); };
  std::vector<double> wanted{0, count(shares.validation)};
  if (shares.test > 0) {
    wanted.push_back(count(shares.test));
  }
  for (double& held : wanted) {  // training keeps one
    held = std::min(held, std::max(1.0, all - static_cast<double>(wanted.size() - 1)));
  }
  wanted[0] = std::max(1.0, all - std::accumulate(wanted.begin() + 1, wanted.end(), 0.0));
  const std::vector<std::size_t> part_of = divide(samples, wanted, seed, decode, observer, team);
  HeldOut parts;
  std::vector<Sample>* const part[] = {&parts.training, &parts.validation, &parts.test};
  for (std::size_t i = 0; i < samples.size(); ++i) {
    part[part_of[i]]->push_back(samples[i]);
  }
  return parts;
}

std::vector<HeldOut> make_folds(const std::vector<Sample>& samples, int k, std::uint64_t seed,
                                const DecodeOptions& decode, ProgressObserver* observer) {
  if (k < 2) {
    throw Error(ErrorKind::usage, fmt::format("folds: found {}, at least 2 are allowed", k));
  }
  const std::vector<double> wanted(static_cast<std::size_t>(k),
                                   static_cast<double>(samples.size()) / k);
  const std::vector<std::size_t> part_of = divide(samples, wanted, seed, decode, observer, Team{});
  std::vector<HeldOut> folds(wanted.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    for (std::size_t fold = 0; fold < folds.size(); ++fold) {
      (part_of[i] == fold ? folds[fold].validation : folds[fold].training).push_back(samples[i]);
    }
  }
  return folds;
}

}  // namespace bcnet::data
