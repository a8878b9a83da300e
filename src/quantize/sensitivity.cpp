#include "quantize/sensitivity.h"

#include <algorithm>

#include "core/interrupt.h"
#include "core/progress.h"

namespace bcnet::quantize {

std::vector<LayerSensitivity> measure_sensitivity(const onnx::Model& model, const Plan& plan,
                                                  const std::map<std::string, Range>& ranges,
                                                  const InsertOptions& options,
                                                  const Reference& reference,
                                                  const RunOptions& run,
                                                  ProgressObserver* observer) {
  std::vector<LayerSensitivity> table;
  Progress progress("sensitivity", static_cast<std::int64_t>(plan.nodes.size()), "layers",
                    observer);
  for (const std::size_t node : plan.nodes) {
    if (interrupted()) {
      throw Error(ErrorKind::interrupted, "interrupted; nothing was written");
    }
    const Plan alone{{node}, {model.nodes[node].inputs[0]}};
    const auto engine = engine_of(insert_quantization(model, alone, ranges, options), run);
    table.push_back({model.nodes[node].name, reference.compare(*engine)});
    progress.advance();
  }
  std::stable_sort(table.begin(), table.end(), [](const auto& a, const auto& b) {
    return a.agreement.dice < b.agreement.dice;
  });
  return table;
}

}  // namespace bcnet::quantize
