#include "quantize/probe.h"

#include <openvino/openvino.hpp>

#include "core/error.h"
#include "core/threads.h"
#include "onnx/write.h"

namespace bcnet::quantize {

struct Probe::Implementation {
  std::vector<std::string> values;
  ov::InferRequest request;
};

Probe::Probe(const onnx::Model& model, std::vector<std::string> values, int threads,
             const std::string& file)
    : implementation_(std::make_unique<Implementation>()) {
  implementation_->values = std::move(values);
  try {
    static ov::Core core;
    const auto network = core.read_model(onnx::serialize(model), ov::Tensor());
    for (const std::string& value : implementation_->values) {
      if (value != model.inputs[0].name && !onnx::is_output(model, value)) {
        network->add_output(value);
      }
    }
    implementation_->request =
        core.compile_model(network, "CPU", ov::hint::inference_precision(ov::element::f32),
                           ov::inference_num_threads(threads > 0 ? threads : affinity_threads()))
            .create_infer_request();
  } catch (const ov::Exception& error) {
    throw Error(ErrorKind::model, file + ": OpenVINO cannot run the model: " + error.what());
  }
}

Probe::~Probe() = default;

void Probe::run(const std::vector<float>& input, const Reader& reader) {
  ov::InferRequest& request = implementation_->request;
  const auto port = request.get_compiled_model().input();
  ov::Shape shape = port.get_partial_shape().get_min_shape();
  shape[0] = 1;
  // OpenVINO only reads it; its constructor knows no const memory.
  request.set_input_tensor(
      ov::Tensor(ov::element::f32, shape, const_cast<float*>(input.data())));
  request.infer();
  for (std::size_t i = 0; i < implementation_->values.size(); ++i) {
    const std::string& value = implementation_->values[i];
    const ov::Tensor tensor =
        port.get_names().count(value) > 0 ? request.get_input_tensor() : request.get_tensor(value);
    reader(i, tensor.get_shape(), tensor.data<const float>());
  }
}

}  // namespace bcnet::quantize
