#include "data/start_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/error.h"
#include "core/in_order.h"
#include "core/log.h"
#include "core/threads.h"
#include "data/check/duplicates.h"
#include "data/check/files.h"
#include "data/check/masks.h"
#include "data/check/names.h"
#include "data/mask.h"
#include "data/mask_set.h"
#include "data/pair.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

class StartCheck {
 public:
  StartCheck(const DataSet& data_set, const StartCheckOptions& options)
      : data_set_(data_set), data_(data_set.folder()), options_(options) {}

  CheckedSamples run(const std::vector<std::string>& splits) {
    std::vector<Survey> surveys;  // all before the first file is read: a wrong name costs nothing
    for (const std::string& split : splits) {
      surveys.push_back(data_set_.survey(split));
    }
    for (Survey& survey : surveys) {
      if (options_.masks_only) {
        look_at_masks(survey);
      } else {
        look_at(survey);
      }
    }
    if (options_.read_pixels) {
      std::for_each(surveys.begin(), surveys.end(),
                    [this](const Survey& survey) { decode(survey); });
    }
    for (const std::string& split :
         options_.masks_only ? std::vector<std::string>{} : data_set_.splits()) {
      if (std::none_of(surveys.begin(), surveys.end(),
                       [&](const Survey& used) { return used.split == split; })) {
        remember(data_set_.survey(split));
      }
    }
    find_leaks();
    look_at_masks();
    report();
    for (std::size_t i = 0; i < surveys.size(); ++i) {
      const auto& samples = checked_.splits[i];
      const bool shared = surveys[i].pairs > 0;  // others may have those that can be read
      if (!shared && std::all_of(samples.begin(), samples.end(), [&](const Sample& sample) {
            return checked_.unusable.count(sample.name) > 0;
          })) {
        throw Error(ErrorKind::data, surveys[i].image_folder.string() +
                                         ": none of its images and masks could be read as pairs");
      }
    }
    return std::move(checked_);
  }

 private:
  void add(std::vector<Finding> findings) {
    std::move(findings.begin(), findings.end(), std::back_inserter(findings_));
  }

  void look_at(const Survey& survey) {
    add(check_names(survey, data_));
    for (const Sample& sample : survey.samples) {
      const PairFiles pair = read_pair_files(sample, data_, options_.decode);
      add(check_files(pair, options_.decode));
      if (!pair.readable() || !same_size(pair, options_.decode)) {
        checked_.unusable.insert(sample.name);
      }
      used_.insert(sample.name);
      remember(survey, sample, pair.image);
    }
    checked_.splits.push_back(survey.samples);
  }

  /// Where there is no image at all, each mask stands for its own.
  void look_at_masks(Survey& survey) {
    if (survey.images == 0) {
      for (const fs::path& mask : survey.masks_without_image) {
        survey.samples.push_back({mask.lexically_relative(data_).generic_string(),
                                  survey.image_folder / mask.filename(), mask});
      }
      survey.masks_without_image.clear();
      survey.images = survey.masks;
    }
    add(check_names(survey, data_));
    for (const Sample& sample : survey.samples) {
      const FileFacts facts = read_mask_facts(sample, options_.decode);
      if (!facts.error.empty()) {
        add({{FindingKind::unreadable,
              Severity::error,
              {mask_name(sample, data_)},
              facts.error,
              "Get the file again, or take it out"}});
        checked_.unusable.insert(sample.name);
      }
    }
    checked_.splits.push_back(survey.samples);
  }

  /// Pairs whose headers are good and whose pixels are not.
  void decode(const Survey& survey) {
    std::vector<const Sample*> samples;
    for (const Sample& sample : survey.samples) {
      if (checked_.unusable.count(sample.name) == 0) {
        samples.push_back(&sample);
      }
    }
    in_order(
        samples.size(), affinity_threads(), [&](std::size_t i) { return problem_of(*samples[i]); },
        [&](std::size_t i, const std::string& problem) {
          if (!problem.empty()) {
            checked_.unusable.insert(samples[i]->name);
            add({{FindingKind::unreadable,
                  Severity::error,
                  {samples[i]->name},
                  problem,
                  "Get the file again, or take the pair out"}});
          }
        });
  }

  std::string problem_of(const Sample& sample) const {
    try {
      read_pair(sample, options_.decode);
      return {};
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) {
        throw;
      }
      return without_path(error.what(), sample.image);
    }
  }

  void remember(const Survey& survey, const Sample& sample, const FileFacts& facts) {
    if (facts.error.empty()) {
      images_.push_back({sample.name, survey.split, facts.sha256});
    }
  }

  /// A split that the run does not use: its bad files are not the run's.
  void remember(const Survey& survey) {
    for (const Sample& sample : survey.samples) {
      remember(survey, sample, read_file_facts(sample.image, options_.decode));
    }
  }

  /// What a mask's values mean shows in all of them: these pixels are read here.
  void look_at_masks() {
    const MaskDecision& decision = data_set_.masks().decide(options_.decode);
    add(check_mask_set(decision));
    if (!decision.note.empty()) {
      spdlog::info("{}: masks are read as {}", data_.string(), decision.note);
    }
  }

  void find_leaks() {
    for (Finding& finding : check_exact_duplicates(images_)) {
      if (std::any_of(finding.files.begin(), finding.files.end(),
                      [&](const std::string& file) { return used_.count(file) > 0; })) {
        findings_.push_back(std::move(finding));
      }
    }
  }

  void report() const {
    const auto count = [&](Severity severity) {
      return std::count_if(findings_.begin(), findings_.end(),
                           [&](const Finding& finding) { return finding.severity == severity; });
    };
    const auto errors = count(Severity::error);
    const std::string command = "bcnet data check --data " + data_.string();
    if (errors > 0) {
      const Finding& first =
          *std::find_if(findings_.begin(), findings_.end(),
                        [](const Finding& finding) { return finding.severity == Severity::error; });
      const std::string message =
          (data_ / first.files.front()).string() +
          (first.files.size() > 1 ? " and " + first.files.back() : "") + ": " + first.message +
          (errors > 1 ? fmt::format(", and {} more errors", errors - 1) : "");
      if (!options_.ignore_errors) {
        throw Error(ErrorKind::data, message + " (" + command +
                                         " shows all, --ignore-data-errors goes on all the same)");
      }
      spdlog::warn("{} ({} shows all)", message, command);
    }
    if (const auto warnings = count(Severity::warning); warnings > 0) {
      spdlog::warn("{}: {} doubtful files ({} shows them)", data_.string(), warnings, command);
    }
  }

  const DataSet& data_set_;
  const fs::path& data_;
  const StartCheckOptions& options_;
  CheckedSamples checked_;
  std::vector<Finding> findings_;
  std::vector<KnownImage> images_;
  std::set<std::string> used_;  ///< names of the images of the splits that the run uses
};

}  // namespace

bool any_foreground(const std::vector<Sample>& samples, const DecodeOptions& options) {
  return std::any_of(samples.begin(), samples.end(), [&](const Sample& sample) {
    return !sample.masks || has_foreground(sample, sample.masks->decide(options));
  });
}

CheckedSamples check_at_start(const DataSet& data, const std::vector<std::string>& splits,
                              const StartCheckOptions& options) {
  return StartCheck(data, options).run(splits);
}

}  // namespace bcnet::data
