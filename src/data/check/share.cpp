#include "data/check/share.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "data/check/looked_at.h"
#include "data/check/signature_json.h"
#include "data/drawing.h"
#include "data/mask.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

Json to_json(const Finding& finding) {
  return {static_cast<int>(finding.kind), static_cast<int>(finding.severity), finding.files,
          finding.message, finding.advice};
}

Finding finding_of(const Json& json) {
  return {static_cast<FindingKind>(json.at(0).get<int>()),
          static_cast<Severity>(json.at(1).get<int>()), json.at(2).get<std::vector<std::string>>(),
          json.at(3), json.at(4)};
}

Json paths_json(const std::vector<fs::path>& paths) {
  Json list = Json::array();
  for (const fs::path& path : paths) {
    list.push_back(path.string());
  }
  return list;
}

std::vector<fs::path> paths_of(const Json& json) {
  std::vector<fs::path> paths;
  for (const Json& path : json) {
    paths.emplace_back(path.get<std::string>());
  }
  return paths;
}

Json to_json(const Survey& survey) {
  Json same_stem = Json::array();
  for (const auto& paths : survey.same_stem) {
    same_stem.push_back(paths_json(paths));
  }
  return {{"split", survey.split},
          {"image_folder", survey.image_folder.string()},
          {"mask_folder", survey.mask_folder.string()},
          {"images", survey.images},
          {"masks", survey.masks},
          {"images_without_mask", paths_json(survey.images_without_mask)},
          {"masks_without_image", paths_json(survey.masks_without_image)},
          {"same_stem", same_stem},
          {"categories", survey.categories}};
}

/// Without its samples.
Survey survey_of(const Json& json) {
  Survey survey;
  survey.split = json.at("split");
  survey.image_folder = json.at("image_folder").get<std::string>();
  survey.mask_folder = json.at("mask_folder").get<std::string>();
  survey.images = json.at("images");
  survey.masks = json.at("masks");
  survey.images_without_mask = paths_of(json.at("images_without_mask"));
  survey.masks_without_image = paths_of(json.at("masks_without_image"));
  for (const Json& paths : json.at("same_stem")) {
    survey.same_stem.push_back(paths_of(paths));
  }
  survey.categories = json.at("categories").get<std::set<std::string>>();
  return survey;
}

Json to_json(const MaskReading& reading) {
  return {mask_values_text(reading), reading.ignore ? Json(*reading.ignore) : Json()};
}

MaskReading reading_of(const Json& json) {
  MaskReading reading;
  parse_mask_values(json.at(0).get<std::string>(), reading);
  if (!json.at(1).is_null()) {
    reading.ignore = json.at(1).get<double>();
  }
  return reading;
}

Json to_json(const MaskFileFacts& facts) {
  return {facts.lossless,
          facts.indexed,
          facts.whole_numbers,
          facts.full,
          facts.low,
          facts.high,
          facts.values,
          facts.many,
          facts.regions,
          facts.region_between,
          facts.has_alpha,
          facts.alpha_varies,
          facts.alpha_reaches_half,
          facts.alpha_contradicts};
}

MaskFileFacts mask_facts_of(const Json& json) {
  MaskFileFacts facts;
  facts.lossless = json.at(0);
  facts.indexed = json.at(1);
  facts.whole_numbers = json.at(2);
  facts.full = json.at(3);
  facts.low = json.at(4);
  facts.high = json.at(5);
  facts.values = json.at(6).get<std::vector<double>>();
  facts.many = json.at(7);
  facts.regions = json.at(8);
  facts.region_between = json.at(9);
  facts.has_alpha = json.at(10);
  facts.alpha_varies = json.at(11);
  facts.alpha_reaches_half = json.at(12);
  facts.alpha_contradicts = json.at(13);
  return facts;
}

Json pair_line(const Sample& sample, const PairLook& look, const fs::path& folder) {
  Json line = {{"image", sample.image.string()},
               {"mask", sample.mask.string()},
               {"name", sample.name},
               {"mask_name", mask_name(sample, folder)}};
  if (!(sample.reading == MaskReading{})) {
    line["reading"] = to_json(sample.reading);
  }
  line["drawn"] = sample.drawing != nullptr;
  line["foreground"] = sample.drawing && has_foreground(*sample.drawing);
  line["has_mask"] = look.has_mask;
  line["uneven_mask"] = look.uneven_mask;
  for (const Finding& finding : look.findings) {
    line["findings"].push_back(to_json(finding));
  }
  if (look.mask_facts) {
    line["mask_facts"] = to_json(*look.mask_facts);
  }
  if (look.signature) {
    line["signature"] = to_json(*look.signature);
  }
  return line;
}

/// All lines, put together as if one process had looked.
class Merge {
 public:
  Merge(MergedShards& shards, const MaskReading& masks) : shards_(shards), wanted_(masks) {}

  LookedAt run() {
    looked_.folder = shards_.first().at("folder").get<std::string>();
    looked_.splits = shards_.first().at("splits").get<std::vector<std::string>>();
    for (const Json& survey : shards_.first().at("surveys")) {
      looked_.surveys.push_back(survey_of(survey));
    }
    while (const auto line = shards_.next()) {
      take(line->json, looked_.surveys.at(line->at.list));
    }
    decide();
    return std::move(looked_);
  }

 private:
  void take(const Json& line, Survey& survey) {
    Sample sample{line.at("name"), line.at("image").get<std::string>(),
                  line.at("mask").get<std::string>()};
    if (line.contains("reading")) {
      sample.reading = reading_of(line["reading"]);
    }
    PairLook look;
    look.has_mask = line.at("has_mask");
    look.uneven_mask = line.at("uneven_mask");
    for (const Json& finding : line.value("findings", Json::array())) {
      look.findings.push_back(finding_of(finding));
    }
    if (line.contains("signature")) {
      look.signature = signature_of(line["signature"]);
    }
    if (line.at("drawn").get<bool>()) {
      if (line.at("foreground").get<bool>()) {
        drawn_.push_back(sample.name);
      }
    } else {
      if (!any_picture_ && wanted_.meaning == MaskMeaning::automatic) {  // as MaskSet does
        const auto ignore = wanted_.ignore;
        wanted_ = sample.reading;
        wanted_.ignore = ignore ? ignore : wanted_.ignore;
      }
      any_picture_ = true;
      if (line.contains("mask_facts")) {
        masks_.push_back({sample.name, line.at("mask_name"), mask_facts_of(line["mask_facts"])});
      }
    }
    survey.samples.push_back(sample);
    looked_.split_of.push_back(survey.split);
    looked_.samples.push_back(std::move(sample));
    looked_.looks.push_back(std::move(look));
  }

  /// What the masks mean shows in all of them, and each share has seen its own alone.
  void decide() {
    looked_.masks = decide_masks(masks_, wanted_);
    looked_.masks.with_foreground.insert(drawn_.begin(), drawn_.end());
    for (std::size_t i = 0; i < shards_.all_first().size(); ++i) {
      const Json reading = shards_.all_first()[i].at("reading");
      const Json all = looked_.masks.error.empty() ? to_json(looked_.masks.reading) : Json();
      if (reading != all && shards_.all_first()[i].at("masks").get<std::size_t>() > 0) {
        throw Error(
            ErrorKind::data,
            fmt::format("the masks of share {} alone are read as {}, those of all shares "
                        "{}; make the shares again with --mask-values",
                        i + 1, reading.is_null() ? "unclear" : json_line(reading),
                        looked_.masks.error.empty() ? "as " + json_line(all)
                                                    : "are unclear: " + looked_.masks.error));
      }
    }
    for (Sample& sample : looked_.samples) {
      sample.reading = looked_.masks.reading;
    }
  }

  MergedShards& shards_;
  MaskReading wanted_;
  LookedAt looked_;
  bool any_picture_ = false;
  std::vector<SurveyedMask> masks_;
  std::vector<std::string> drawn_;  ///< samples with foreground whose masks are no pictures
};

}  // namespace

std::size_t check_share(const DataSet& data, const Shard& shard, const fs::path& out,
                        const Json& settings, const CheckOptions& options) {
  LookedAt looked;
  std::optional<ShardFile> file;
  std::vector<std::size_t> list_of;  // of each sample
  const auto begin = [&] {
    std::vector<std::size_t> whole;
    Json surveys = Json::array();
    std::size_t masks = 0;
    for (const Survey& survey : looked.surveys) {
      list_of.resize(list_of.size() + survey.samples.size(), whole.size());
      whole.push_back(survey.pairs);
      surveys.push_back(to_json(survey));
      masks += static_cast<std::size_t>(
          std::count_if(survey.samples.begin(), survey.samples.end(),
                        [](const Sample& sample) { return !sample.drawing; }));
    }
    const bool clear = looked.masks.error.empty();
    file.emplace(out, "data check", shard, settings, whole,
                 Json{{"data", data.path().string()},
                      {"folder", looked.folder.string()},
                      {"splits", looked.splits},
                      {"surveys", surveys},
                      {"masks", masks},
                      {"reading", clear ? to_json(looked.masks.reading) : Json()}});
  };
  look_at_all(
      data, options, looked,
      [&](std::size_t i, const PairLook& look) {
        if (!file) {
          begin();
        }
        file->add({list_of[i], looked.samples[i].place},
                  pair_line(looked.samples[i], look, looked.folder));
      },
      /*keep_mask_facts=*/true);
  if (!file) {
    begin();
  }
  file->commit();
  return looked.samples.size();
}

CheckResult merge_check(MergedShards& shards, const MaskReading& masks,
                        ProgressObserver* progress) {
  LookedAt looked;
  try {
    looked = Merge(shards, masks).run();
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::data, fmt::format("the shares are damaged: {}", error.what()));
  } catch (const std::logic_error& error) {  // a number that is missing, a print that is none
    throw Error(ErrorKind::data, fmt::format("the shares are damaged: {}", error.what()));
  }
  return conclude_check(std::move(looked), progress);
}

}  // namespace bcnet::data
