#include "data/convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/in_order.h"
#include "core/log.h"
#include "core/progress.h"
#include "core/threads.h"
#include "data/check/files.h"
#include "data/folded_name.h"
#include "data/image_folder.h"
#include "data/layouts/writer.h"
#include "data/pair.h"
#include "image/codec.h"
#include "image/format_module.h"
#include "image/header.h"
#include "image/image_file.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

/// One pair and where it goes.
struct Job {
  Sample sample;
  ConvertedPair pair;
};

/// An image's extension; of one inside a file of annotations what its content has.
std::string extension_of(const fs::path& image, const ImageHeader& header) {
  if (has_image_extension(image)) {
    return image.extension().string();
  }
  constexpr std::array extensions{".jpg", ".png", ".bmp", ".tif", ".webp"};
  return extensions[static_cast<std::size_t>(header.format)];
}

class Conversion {
 public:
  Conversion(const fs::path& out, const ConvertOptions& options)
      : options_(options), writer_(make_layout_writer(options.layout, out)) {}

  ConvertResult run(const DataSet& data) {
    find_jobs(data);
    Progress progress("convert", static_cast<std::int64_t>(jobs_.size()), "pairs",
                      options_.progress);
    in_order(
        jobs_.size(), affinity_threads(), [&](std::size_t i) { return write(jobs_[i]); },
        [&](std::size_t i, const std::string& error) {
          if (error.empty()) {
            writer_->add(jobs_[i].pair);
            ++result_.written;
            any_foreground_ = any_foreground_ || cv::countNonZero(jobs_[i].pair.mask) > 0;
          } else {
            result_.failed.push_back({jobs_[i].sample.name, error});
          }
          jobs_[i].pair.mask.release();
          progress.advance();
        });
    if (result_.written == 0) {
      throw Error(ErrorKind::data,
                  data.path().string() + ": nothing could be converted" +
                      (result_.failed.empty() ? std::string()
                                              : ": " + result_.failed.front().name + ": " +
                                                    result_.failed.front().error));
    }
    if (!any_foreground_) {
      spdlog::warn("{}: no mask has foreground: {}", data.path().string(), why_empty());
    }
    result_.data = writer_->finish();
    return std::move(result_);
  }

 private:
  /// Of masks that are all empty; what may be wrong.
  std::string why_empty() const {
    const auto drawn = [](const Job& job) { return job.sample.drawing != nullptr; };
    if (std::all_of(jobs_.begin(), jobs_.end(), drawn)) {
      return "no object is drawn; if that is wrong, --category says which labels are polyp";
    }
    const bool any_value = std::any_of(jobs_.begin(), jobs_.end(), [&](const Job& job) {
      return !drawn(job) && has_value(job.sample);
    });
    return any_value ? "if that is wrong, --mask-values says what is polyp"
                     : "all of their pixels are 0";
  }

  bool has_value(const Sample& sample) const {
    try {
      const MaskValues values = decode_mask_values(sample.mask, options_.decode);
      return cv::countNonZero(values.grey) > 0;
    } catch (const Error&) {
      return false;  // is told of as failed
    }
  }

  void find_jobs(const DataSet& data) {
    std::vector<std::string> splits = data.splits();
    if (!options_.split.empty() || splits.empty()) {
      splits = {options_.split};
    }
    require_folders_apart(splits);
    for (const std::string& split : splits) {
      const Survey survey = data.survey(split);
      for (const Sample& sample : survey.samples) {
        Job job;
        job.sample = sample;
        job.pair.split = survey.split;
        job.pair.group = sample.group;
        job.pair.stem = free_stem(sample, survey.split);
        jobs_.push_back(std::move(job));
      }
      add_incomplete(survey, data.folder());
    }
  }

  /// Splits stay splits: no two of them go into one folder where the layout has one for each.
  void require_folders_apart(const std::vector<std::string>& splits) const {
    if (options_.layout != Layout::split && options_.layout != Layout::pranet &&
        options_.layout != Layout::coco && options_.layout != Layout::yolo) {
      return;
    }
    std::map<fs::path, std::string> owners;
    for (const std::string& split : splits) {
      const auto [owner, is_new] = owners.emplace(writer_->image_folder(split), split);
      if (!is_new) {
        throw Error(ErrorKind::usage,
                    fmt::format("--layout {}: the splits {} and {} would be written as one; "
                                "--split says which to take",
                                layout_name(options_.layout), owner->second, split));
      }
    }
  }

  void add_incomplete(const Survey& survey, const fs::path& folder) {
    const auto add = [&](const fs::path& file, const char* problem) {
      result_.failed.push_back({file.lexically_relative(folder).generic_string(), problem});
    };
    for (const fs::path& image : survey.images_without_mask) {
      add(image, "image without mask");
    }
    for (const fs::path& mask : survey.masks_without_image) {
      add(mask, "mask without image");
    }
    for (const auto& files : survey.same_stem) {
      add(files[1], "two files of one name, the first is taken");
    }
  }

  /// A name that no other system holds for one that is taken.
  std::string free_stem(const Sample& sample, const std::string& split) {
    auto& taken = taken_[writer_->image_folder(split)];
    const std::string stem = image_stem(sample.image);
    std::string candidate = stem;
    const std::string with_split = split.substr(split.rfind('/') + 1) + "_" + stem;
    for (int number = 1; !taken.insert(folded_name(candidate)).second; ++number) {
      candidate = number == 1 && !split.empty() ? with_split : fmt::format("{}_{}", stem, number);
    }
    return candidate;
  }

  /// Writes a pair; says why it could not.
  std::string write(Job& job) const {
    try {
      const Pair pair = read_pair(job.sample, options_.decode);
      const std::string bytes = read_image_file(job.sample.image, options_.decode);
      const ImageHeader header = read_image_header(bytes, job.sample.image.string());
      const bool upright = header.orientation == 1;
      job.pair.mask = pair.mask;
      const bool copied = upright && !module_format(job.sample.image) &&
                          (header.format == ImageFormat::png || !writer_->wants_png());
      job.pair.image_extension = copied ? extension_of(job.sample.image, header) : ".png";
      writer_->make_folders(job.pair.split);  // now that there is something to put there
      writer_->write_mask(job.pair);
      const fs::path target = writer_->image_file(job.pair);
      if (copied) {
        write_file_atomically(target, bytes);
      } else {
        write_png(target, pair.image);
      }
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) {
        throw;
      }
      return without_path(error.what(), job.sample.image);
    }
    return {};
  }

  const ConvertOptions& options_;
  std::unique_ptr<LayoutWriter> writer_;
  std::vector<Job> jobs_;
  bool any_foreground_ = false;
  std::map<fs::path, std::set<std::string>> taken_;  ///< folded names by folder
  ConvertResult result_;
};

}  // namespace

ConvertResult convert(const DataSet& data, const fs::path& out, const ConvertOptions& options) {
  require_new_folder(out);
  return Conversion(out, options).run(data);
}

}  // namespace bcnet::data
