#include "evaluate/pictures.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "data/pair.h"
#include "evaluate/outlined_picture.h"
#include "report/cases.h"

namespace bcnet::evaluate {

namespace {

constexpr int widest = 480;
CasePicture draw_case(const Json& entry, const data::Sample& sample, const PredictedMask& predicted,
                      const DecodeOptions& decode) {
  const data::Pair pair = data::read_pair(sample, decode);
  return {sample.name, entry["dice"].get<double>(),
          outlined_picture(pair, predicted(sample, pair.image), report::prediction_colour, widest)};
}

}  // namespace

CasePictures draw_cases(const Json& result, const std::vector<data::Sample>& samples,
                        const PredictedMask& predicted, const DecodeOptions& decode) {
  std::map<std::string, const data::Sample*> by_name;
  for (const data::Sample& sample : samples) {
    by_name[sample.name] = &sample;
  }
  const Json& entries = result["per_image"];
  std::vector<double> dice;
  for (const Json& entry : entries) {
    dice.push_back(entry["dice"].get<double>());
  }
  const auto draw = [&](std::size_t i) {
    return draw_case(entries[i], *by_name.at(entries[i]["image"].get<std::string>()), predicted,
                     decode);
  };
  const report::Cases chosen = report::choose_cases(dice);
  CasePictures cases;
  std::transform(chosen.worst.begin(), chosen.worst.end(), std::back_inserter(cases.worst), draw);
  std::transform(chosen.best.begin(), chosen.best.end(), std::back_inserter(cases.best), draw);
  return cases;
}

}  // namespace bcnet::evaluate
