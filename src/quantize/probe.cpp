#include "quantize/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <openvino/openvino.hpp>

#include "core/error.h"
#include "core/model_description.h"
#include "core/threads.h"
#include "infer/compile_for_cpu.h"
#include "onnx/write.h"

namespace bcnet::quantize {

namespace {

/// The shape of one image: axes that the model leaves open are as its description has them.
ov::Shape image_shape(const onnx::Model& model, const std::string& file) {
  ov::Shape shape;
  for (const onnx::Dimension& dim : model.inputs.at(0).dims) {
    const auto* size = std::get_if<std::int64_t>(&dim);
    shape.push_back(size == nullptr ? 0 : static_cast<std::size_t>(*size));
  }
  constexpr std::size_t axes = 4;
  if (shape.size() != axes) {
    throw Error(ErrorKind::model,
                fmt::format("{}: input: found {} axes, 4 are expected", file, shape.size()));
  }
  shape[0] = 1;
  if (shape[2] == 0 || shape[3] == 0) {
    const ModelDescription description = from_metadata(model.metadata, file);
    shape[2] = static_cast<std::size_t>(description.input_height);
    shape[3] = static_cast<std::size_t>(description.input_width);
  }
  return shape;
}

}  // namespace

struct Probe::Implementation {
  std::string file;
  std::vector<std::string> values;
  ov::Shape shape;
  ov::InferRequest request;
};

Probe::Probe(const onnx::Model& model, std::vector<std::string> values, int threads,
             const std::string& file)
    : implementation_(std::make_unique<Implementation>()) {
  implementation_->file = file;
  implementation_->values = std::move(values);
  implementation_->shape = image_shape(model, file);
  try {
    static ov::Core core;
    const auto network = core.read_model(onnx::serialize(model), ov::Tensor());
    for (const std::string& value : implementation_->values) {
      if (value != model.inputs[0].name && !onnx::is_output(model, value)) {
        network->add_output(value);
      }
    }
    implementation_->request =
        infer::compile_for_cpu(
            core, network,
            {ov::hint::inference_precision(ov::element::f32),
             ov::inference_num_threads(threads > 0 ? threads : affinity_threads())})
            .create_infer_request();
  } catch (const ov::Exception& error) {
    std::string what = error.what();
    std::replace(what.begin(), what.end(), '\n', ' ');
    throw Error(ErrorKind::model, file + ": OpenVINO cannot run the model: " + what);
  }
}

Probe::~Probe() = default;

void Probe::run(const std::vector<float>& input, const Reader& reader) {
  ov::InferRequest& request = implementation_->request;
  const ov::Shape& shape = implementation_->shape;
  if (input.size() != ov::shape_size(shape)) {
    throw Error(ErrorKind::model,
                fmt::format("{}: input: found {} numbers, {} needs {}", implementation_->file,
                            input.size(), shape.to_string(), ov::shape_size(shape)));
  }
  const auto port = request.get_compiled_model().input();
  // OpenVINO only reads it; its constructor knows no const memory.
  request.set_input_tensor(ov::Tensor(ov::element::f32, shape, const_cast<float*>(input.data())));
  request.infer();
  for (std::size_t i = 0; i < implementation_->values.size(); ++i) {
    const std::string& value = implementation_->values[i];
    const ov::Tensor tensor =
        port.get_names().count(value) > 0 ? request.get_input_tensor() : request.get_tensor(value);
    reader(i, tensor.get_shape(), tensor.data<const float>());
  }
}

}  // namespace bcnet::quantize
