#include "cli/bench_parts.h"

#include "core/error.h"
#include "data/predict_inputs.h"

namespace bcnet::cli {

std::vector<std::filesystem::path> bench_images(const std::vector<std::string>& inputs) {
  std::vector<std::filesystem::path> images;
  for (const data::PredictInput& input : data::find_predict_inputs(inputs, {})) {
    if (!input.problem.empty()) {
      throw Error(ErrorKind::data, input.problem);
    }
    images.push_back(input.path);
  }
  return images;
}

void show_result(const std::string& json, const Json& result, void (*print_result)(const Json&)) {
  if (json != "-") {
    print_result(result);
  }
  if (!json.empty()) {
    write_json(json, result);
  }
}

}  // namespace bcnet::cli
