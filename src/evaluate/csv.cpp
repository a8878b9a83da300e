#include "evaluate/csv.h"

#include "core/csv.h"

namespace bcnet::evaluate {

std::string eval_csv(const std::vector<Json>& results) {
  const Json& columns = results.front()["per_image"].front();
  std::string text = "data";
  for (const auto& column : columns.items()) {
    text += ',' + column.key();
  }
  text += '\n';
  for (const Json& result : results) {
    for (const Json& image : result["per_image"]) {
      text += csv_field(result["data"].get<std::string>());
      for (const auto& column : columns.items()) {
        const Json& value = image[column.key()];
        text += ',';
        if (value.is_string()) {
          text += csv_field(value.get<std::string>());
        } else if (!value.is_null()) {
          text += value.dump();
        }
      }
      text += '\n';
    }
  }
  return text;
}

}  // namespace bcnet::evaluate
