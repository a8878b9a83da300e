#include "train/epoch_meters.h"

namespace bcnet::train {

void EpochMeters::add(const StepValues& values) {
  if (steps == 0) {
    each_level.assign(values.each_level.size(), 0.0);
  }
  for (std::size_t i = 0; i < each_level.size(); ++i) {
    each_level[i] += values.each_level[i];
  }
  steps += 1;
  loss += values.loss;
  final_mask += values.final_mask;
  location += values.location;
  levels += values.levels;
  boundary += values.boundary;
  presence += values.presence;
  dice += values.dice;
}

Json EpochMeters::to_json() const {
  return {{"steps", steps},       {"loss", loss},
          {"final", final_mask},  {"location", location},
          {"levels", levels},     {"boundary", boundary},
          {"presence", presence}, {"dice", dice},
          {"seconds", seconds},   {"loader_seconds", loader_seconds},
          {"images", images},     {"each_level", each_level}};
}

EpochMeters EpochMeters::from_json(const Json& json) {
  EpochMeters m;
  m.steps = json.value("steps", 0.0);
  m.loss = json.value("loss", 0.0);
  m.final_mask = json.value("final", 0.0);
  m.location = json.value("location", 0.0);
  m.levels = json.value("levels", 0.0);
  m.boundary = json.value("boundary", 0.0);
  m.presence = json.value("presence", 0.0);
  m.dice = json.value("dice", 0.0);
  m.seconds = json.value("seconds", 0.0);
  m.loader_seconds = json.value("loader_seconds", 0.0);
  m.images = json.value("images", 0.0);
  m.each_level = json.value("each_level", std::vector<double>());
  return m;
}

}  // namespace bcnet::train
