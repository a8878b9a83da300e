#include "data/check.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

#include "core/error.h"
#include "core/in_order.h"
#include "core/progress.h"
#include "core/threads.h"
#include "data/check/duplicates.h"
#include "data/check/files.h"
#include "data/check/looked_at.h"
#include "data/check/masks.h"
#include "data/check/names.h"
#include "data/check/placement.h"
#include "data/data_set.h"
#include "data/mask.h"
#include "data/mask_set.h"
#include "image/codec.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

void add(std::vector<Finding>& all, std::vector<Finding> more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

/// Decoding finds what a header hides; the pair is marked as unreadable then.
template <typename Decode>
auto decoded(Decode decode, const fs::path& path, FileFacts& facts) {
  std::optional<decltype(decode(path))> result;
  if (facts.error.empty()) {
    try {
      result = decode(path);
    } catch (const Error& error) {
      facts.error = without_path(error.what(), path);
    }
  }
  return result;
}

/// reading: how masks are read; none where that is not clear.
PairLook look_at_pair(const Sample& sample, const fs::path& data, const DecodeOptions& decode,
                      const std::optional<MaskReading>& reading, bool keep_mask_facts) {
  PairFiles pair = read_pair_files(sample, data, decode);
  const auto image = decoded([&](const fs::path& path) { return decode_image(path, decode); },
                             sample.image, pair.image);
  const auto values = decoded([&](const fs::path&) { return read_mask_values(sample, decode); },
                              sample.mask, pair.mask);
  PairLook look;
  look.findings = check_files(pair, decode);
  if (image) {
    look.signature = make_signature(*image);
  }
  if (values && keep_mask_facts && !sample.drawing) {
    look.mask_facts = mask_file_facts(*values, reading ? reading->ignore : decode.masks.ignore);
  }
  if (values && reading) {
    const cv::Mat mask = binarise_mask(*values, *reading);
    const MaskFacts facts = look_at_mask(*values, mask, reading->meaning);
    look.has_mask = true;
    look.uneven_mask = facts.uneven;
    add(look.findings, check_mask(facts, pair.mask_name));
    if (image && image->size() == mask.size()) {
      if (const auto agreement = edge_agreement(*image, mask)) {
        std::vector<std::string> files{sample.name};
        if (!sample.drawing) {
          files.push_back(pair.mask_name);
        }
        add(look.findings, check_placement(*agreement, files));
      }
    }
  }
  return look;
}

/// Errors first, then by kind and name.
void sort_findings(std::vector<Finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(b.severity, a.kind, a.files) < std::tie(a.severity, b.kind, b.files);
  });
}

std::optional<MaskReading> reading_in(const MaskDecision& decision) {
  return decision.error.empty() ? std::optional(decision.reading) : std::nullopt;
}

/// In a set that is not divided, or in the split that is learnt from.
void look_for_foreground(const LookedAt& looked, std::vector<Finding>& findings) {
  std::size_t masks = 0;
  for (std::size_t i = 0; i < looked.looks.size(); ++i) {
    const std::string& split = looked.split_of[i];
    if (split.empty() || split == "train") {
      if (has_foreground(looked.samples[i], looked.masks)) {
        return;
      }
      masks += looked.looks[i].has_mask ? 1U : 0U;
    }
  }
  if (masks > 0) {
    add(findings, {no_foreground(looked.split_of.front().empty() ? "" : "train", masks)});
  }
}

void compare_images(LookedAt& looked, std::vector<Finding>& findings, ProgressObserver* observer) {
  std::vector<KnownImage> images;
  std::vector<Signature> signatures;
  for (std::size_t i = 0; i < looked.looks.size(); ++i) {
    if (looked.looks[i].signature) {
      signatures.push_back(std::move(*looked.looks[i].signature));
      images.push_back({looked.samples[i].name, looked.split_of[i], signatures.back().sha256});
    }
  }
  add(findings, check_exact_duplicates(images));
  std::optional<Progress> progress;
  add(findings, check_twins(
                    images, signatures,
                    [&](std::size_t candidates) {
                      progress.emplace("compare", static_cast<std::int64_t>(candidates),
                                       "candidates", observer);
                    },
                    [&] { progress->advance(); }));
}

}  // namespace

std::size_t CheckResult::count(Severity severity) const {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [&](const Finding& finding) { return finding.severity == severity; }));
}

void look_at_all(const DataSet& data, const CheckOptions& options, LookedAt& looked,
                 const std::function<void(std::size_t place, PairLook)>& pair_done,
                 bool keep_mask_facts) {
  looked.folder = data.folder();
  looked.splits = data.splits();
  for (const std::string& split :
       looked.splits.empty() ? std::vector<std::string>{""} : looked.splits) {
    Survey found = data.survey(split);
    looked.samples.insert(looked.samples.end(), found.samples.begin(), found.samples.end());
    looked.split_of.resize(looked.samples.size(), split);
    looked.surveys.push_back(std::move(found));
  }
  looked.masks = data.masks().decide(options.decode);
  Progress progress("check", static_cast<std::int64_t>(looked.samples.size()), "pairs",
                    options.progress);
  in_order(
      looked.samples.size(), options.threads > 0 ? options.threads : affinity_threads(),
      [&](std::size_t i) {
        return look_at_pair(looked.samples[i], looked.folder, options.decode,
                            reading_in(looked.masks), keep_mask_facts);
      },
      [&](std::size_t i, PairLook look) {
        pair_done(i, std::move(look));
        progress.advance();
      });
}

CheckResult conclude_check(LookedAt looked, ProgressObserver* progress) {
  CheckResult result;
  for (const Survey& survey : looked.surveys) {
    add(result.findings, check_names(survey, looked.folder));
  }
  add(result.findings, check_mask_set(looked.masks));
  std::size_t masks = 0;
  std::size_t uneven = 0;
  for (PairLook& look : looked.looks) {
    add(result.findings, std::move(look.findings));
    masks += look.has_mask ? 1U : 0U;
    uneven += look.uneven_mask ? 1U : 0U;
  }
  add(result.findings, check_mask_values(uneven, masks));
  if (looked.masks.error.empty()) {
    look_for_foreground(looked, result.findings);
  }
  compare_images(looked, result.findings, progress);
  sort_findings(result.findings);
  result.splits = std::move(looked.splits);
  result.samples = std::move(looked.samples);
  return result;
}

CheckResult check_data(const DataSet& data, const CheckOptions& options) {
  LookedAt looked;
  look_at_all(data, options, looked,
              [&](std::size_t, PairLook look) { looked.looks.push_back(std::move(look)); });
  return conclude_check(std::move(looked), options.progress);
}

}  // namespace bcnet::data
