#include "data/check/duplicates.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>
#include <utility>

#include "data/check/twins.h"

namespace bcnet::data {

namespace {

const char* const leakage_advice =
    "Leakage: what is measured on one part was seen in the other. Keep them on one side";

Finding twins_finding(const KnownImage& a, const KnownImage& b, const Twins& twins) {
  Finding finding;
  finding.files = {a.name, b.name};
  const char* mirrored = twins.mirrored ? ", mirrored" : "";
  const bool across = a.split != b.split;
  if (twins.similarity >= copy_similarity) {
    finding.kind = FindingKind::near_duplicate;
    finding.severity = across ? Severity::error : Severity::info;
    finding.message =
        across ? fmt::format("near-duplicates in {} and {}{}: similarity {:.2f}", a.split, b.split,
                             mirrored, twins.similarity)
               : fmt::format("near-duplicates{}: similarity {:.2f}", mirrored, twins.similarity);
    finding.advice = across ? leakage_advice : "Keep them on one side when you split";
  } else {
    finding.kind = FindingKind::same_scene;
    finding.severity = Severity::warning;
    finding.message = fmt::format("probably one scene in {} and {}{}: similarity {:.2f}", a.split,
                                  b.split, mirrored, twins.similarity);
    finding.advice = "Look at them: frames of one video belong on one side";
  }
  return finding;
}

}  // namespace

std::vector<Finding> check_exact_duplicates(const std::vector<KnownImage>& images) {
  std::map<std::string, std::vector<const KnownImage*>> groups;
  std::vector<const std::vector<const KnownImage*>*> in_order;
  for (const KnownImage& image : images) {
    auto& group = groups[image.sha256];
    group.push_back(&image);
    if (group.size() == 2) {
      in_order.push_back(&group);
    }
  }
  std::vector<Finding> findings;
  for (const auto* group : in_order) {
    std::set<std::string> splits;
    std::vector<std::string> files;
    for (const KnownImage* image : *group) {
      splits.insert(image->split);
      files.push_back(image->name);
    }
    const bool across = splits.size() > 1;
    findings.push_back({FindingKind::exact_duplicate, across ? Severity::error : Severity::info,
                        std::move(files),
                        across ? fmt::format("the same picture in {}", fmt::join(splits, " and "))
                               : fmt::format("the same picture {} times", group->size()),
                        across ? leakage_advice : "Remove all but one, or keep them on one side"});
  }
  return findings;
}

std::vector<Finding> check_twins(const std::vector<KnownImage>& images,
                                 const std::vector<Signature>& signatures,
                                 const std::function<void(std::size_t)>& total,
                                 const std::function<void()>& advance) {
  std::set<std::pair<std::string, std::string>> seen;  // checksum, split
  std::vector<std::size_t> chosen;
  std::vector<Signature> of_chosen;
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (seen.emplace(images[i].sha256, images[i].split).second) {
      chosen.push_back(i);
      of_chosen.push_back(signatures[i]);
    }
  }
  std::vector<Finding> findings;
  for (const Twins& twins : find_twins(of_chosen, total, advance)) {
    const KnownImage& a = images[chosen[twins.first]];
    const KnownImage& b = images[chosen[twins.second]];
    const bool exact = a.sha256 == b.sha256;
    const bool scene_on_one_side = twins.similarity < copy_similarity && a.split == b.split;
    if (!exact && !scene_on_one_side) {
      findings.push_back(twins_finding(a, b, twins));
    }
  }
  return findings;
}

}  // namespace bcnet::data
