#include "results/predictions.h"

#include <utility>

namespace bcnet::results {

namespace fs = std::filesystem;

namespace {

void add_to(CocoFile& coco, const Prediction& prediction) {
  coco.add(fs::path(prediction.file).generic_string(), prediction.mask, prediction.polyps);
}

}  // namespace

PredictionFiles::PredictionFiles(fs::path out, const std::set<std::string>& save)
    : out_(std::move(out)) {
  if (save.count(lines_name) > 0) {
    lines_.emplace(out_ / "predictions.jsonl");
  }
  if (save.count(coco_name) > 0) {
    coco_.emplace(CocoFile::Shapes::outlines);
  }
}

void PredictionFiles::add(const Prediction& prediction) {
  if (lines_) {
    lines_->write(json_line(prediction.line) + "\n");
  }
  if (coco_ && prediction.finding) {
    add_to(*coco_, prediction);
  }
}

void PredictionFiles::add(const Json& share_line) {
  if (lines_) {
    lines_->write(json_line(share_line.at("line")) + "\n");
  }
  if (coco_ && share_line.contains("coco")) {
    coco_->append(share_line["coco"]);
  }
}

void PredictionFiles::commit() {
  if (lines_) {
    lines_->commit();
  }
  if (coco_) {
    write_json(out_ / "predictions.coco.json", coco_->json());
  }
}

Json share_line(const Prediction& prediction, const std::set<std::string>& save) {
  Json line = {{"line", prediction.line}};
  if (prediction.finding) {
    line["row"] = to_json(prediction.file, *prediction.finding);
    if (save.count(coco_name) > 0) {
      CocoFile one(CocoFile::Shapes::outlines);
      add_to(one, prediction);
      line["coco"] = one.json();
    }
  }
  return line;
}

MergedPredictions merge_predictions(MergedShards& shards, const fs::path& out, bool rows) {
  PredictionFiles files(out, shards.settings().at("save").get<std::set<std::string>>());
  MergedPredictions merged;
  while (const auto line = shards.next()) {
    files.add(line->json);
    if (!line->json.contains("row")) {
      ++merged.failed;
      continue;
    }
    ++merged.done;
    merged.polyps += line->json["row"].at("polyps").get<std::size_t>();
    if (rows) {
      merged.rows.push_back(line->json["row"]);
    }
  }
  files.commit();
  return merged;
}

}  // namespace bcnet::results
