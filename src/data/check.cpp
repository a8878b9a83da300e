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
#include "data/check/masks.h"
#include "data/check/names.h"
#include "data/check/placement.h"
#include "data/check/signature.h"
#include "data/data_set.h"
#include "data/mask.h"
#include "data/mask_set.h"
#include "image/codec.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

/// What is known of one pair after looking at its pixels.
struct PairLook {
  std::vector<Finding> findings;
  std::optional<Signature> signature;  ///< of an image that could be read
  bool has_mask = false;
  bool uneven_mask = false;
};

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
                      const std::optional<MaskReading>& reading) {
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

class Check {
 public:
  Check(const DataSet& data_set, const CheckOptions& options)
      : data_set_(data_set), data_(data_set.folder()), options_(options) {}

  CheckResult run() {
    survey();
    look_at_pairs();
    compare_images();
    sort_findings(result_.findings);
    return std::move(result_);
  }

 private:
  void survey() {
    result_.splits = data_set_.splits();
    for (const std::string& split :
         result_.splits.empty() ? std::vector<std::string>{""} : result_.splits) {
      const Survey found = data_set_.survey(split);
      add(result_.findings, check_names(found, data_));
      result_.samples.insert(result_.samples.end(), found.samples.begin(), found.samples.end());
      split_of_.resize(result_.samples.size(), split);
    }
  }

  void look_at_pairs() {
    const std::size_t count = result_.samples.size();
    const MaskDecision& decision = data_set_.masks().decide(options_.decode);
    add(result_.findings, check_mask_set(decision));
    Progress progress("check", static_cast<std::int64_t>(count), "pairs", options_.progress);
    in_order(
        count, options_.threads > 0 ? options_.threads : affinity_threads(),
        [&](std::size_t i) {
          return look_at_pair(
              result_.samples[i], data_, options_.decode,
              decision.error.empty() ? std::optional(decision.reading) : std::nullopt);
        },
        [&](std::size_t, PairLook look) {
          looks_.push_back(std::move(look));
          progress.advance();
        });
    std::size_t masks = 0;
    std::size_t uneven = 0;
    for (PairLook& look : looks_) {
      add(result_.findings, std::move(look.findings));
      masks += look.has_mask ? 1U : 0U;
      uneven += look.uneven_mask ? 1U : 0U;
    }
    add(result_.findings, check_mask_values(uneven, masks));
    if (decision.error.empty()) {
      look_for_foreground(decision);
    }
  }

  /// In a set that is not divided, or in the split that is learnt from.
  void look_for_foreground(const MaskDecision& decision) {
    std::size_t masks = 0;
    for (std::size_t i = 0; i < looks_.size(); ++i) {
      if (split_of_[i].empty() || split_of_[i] == "train") {
        if (decision.with_foreground.count(result_.samples[i].name) != 0) {
          return;
        }
        masks += looks_[i].has_mask ? 1U : 0U;
      }
    }
    if (masks > 0) {
      add(result_.findings, {no_foreground(split_of_.front().empty() ? "" : "train", masks)});
    }
  }

  void compare_images() {
    std::vector<KnownImage> images;
    std::vector<Signature> signatures;
    for (std::size_t i = 0; i < looks_.size(); ++i) {
      if (looks_[i].signature) {
        signatures.push_back(std::move(*looks_[i].signature));
        images.push_back({result_.samples[i].name, split_of_[i], signatures.back().sha256});
      }
    }
    add(result_.findings, check_exact_duplicates(images));
    std::optional<Progress> progress;
    add(result_.findings, check_twins(
                              images, signatures,
                              [&](std::size_t candidates) {
                                progress.emplace("compare", static_cast<std::int64_t>(candidates),
                                                 "candidates", options_.progress);
                              },
                              [&] { progress->advance(); }));
  }

  const DataSet& data_set_;
  const fs::path& data_;
  const CheckOptions& options_;
  CheckResult result_;
  std::vector<std::string> split_of_;  ///< of each sample
  std::vector<PairLook> looks_;
};

}  // namespace

std::size_t CheckResult::count(Severity severity) const {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [&](const Finding& finding) { return finding.severity == severity; }));
}

CheckResult check_data(const DataSet& data, const CheckOptions& options) {
  return Check(data, options).run();
}

}  // namespace bcnet::data
