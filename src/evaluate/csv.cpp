#include "evaluate/csv.h"

#include "core/csv.h"
#include "evaluate/json.h"

namespace bcnet::evaluate {

std::string results_csv(const std::vector<Result>& results) {
  std::string text = "data,image";
  for (const ImageValue& column : image_values(results.front().images.front())) {
    text += std::string(",") + column.key;
  }
  text += '\n';
  for (const Result& result : results) {
    for (const ImageScore& image : result.images) {
      text += csv_field(result.source.data) + ',' + csv_field(image.name);
      for (const ImageValue& value : image_values(image)) {
        text += ',';
        if (value.number) {
          text += to_json(value).dump();
        }
      }
      text += '\n';
    }
  }
  return text;
}

}  // namespace bcnet::evaluate
