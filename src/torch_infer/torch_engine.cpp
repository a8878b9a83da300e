#include "torch_infer/torch_engine.h"

#include <torch/torch.h>

#include <cstring>
#include <mutex>

#include "infer/precision.h"
#include "nn/device.h"
#include "nn/model_file.h"

namespace bcnet::torch_infer {

namespace {

class TorchEngine : public infer::Engine {
 public:
  explicit TorchEngine(const infer::EngineOptions& options)
      : device_(nn::parse_device(options.device)),
        compute_type_(nn::compute_type(infer::precision_name(options.precision), device_)),
        file_(nn::load_network(options.model)) {
    nn::set_torch_threads(options.threads);
    file_.network->to(device_);
  }

  const ModelDescription& description() const override { return file_.description; }

  std::string name() const override {
    return std::string("LibTorch ") + TORCH_VERSION + " " + device_.str() + " " +
           torch::toString(compute_type_);
  }

  void run(const std::uint8_t* rgb, int batch, int height, int width, float* logits) override {
    const std::lock_guard<std::mutex> lock(mutex_);  // autocast's cache is not for several threads
    const torch::NoGradGuard no_grad;
    // from_blob takes no const; the tensor is only read. Bytes of pixels are channels-last.
    const auto bytes =
        torch::from_blob(const_cast<std::uint8_t*>(rgb), {batch, height, width, 3}, torch::kUInt8)
            .to(device_)
            .permute({0, 3, 1, 2});
    const auto x = normalised(bytes.to(torch::kFloat32));
    torch::Tensor out;
    {
      const nn::AutocastGuard autocast(device_, compute_type_);
      out = file_.network->predict(x);
    }
    out = out.to(torch::kFloat32).cpu().contiguous();
    std::memcpy(logits, out.data_ptr<float>(),
                static_cast<std::size_t>(out.numel()) * sizeof(float));
  }

 private:
  /// (x/255 − mean)/std in the model's channel order.
  torch::Tensor normalised(const torch::Tensor& x) const {
    const ModelDescription& d = file_.description;
    const auto row = [&](const std::array<float, 3>& values) {
      return torch::tensor({values[0], values[1], values[2]}).view({1, 3, 1, 1}).to(device_);
    };
    const auto result = (x / 255.0 - row(d.mean)) / row(d.std);
    return d.channel_order == "BGR" ? result.flip({1}) : result;
  }

  torch::Device device_;
  torch::ScalarType compute_type_;
  nn::NetworkFile file_;
  std::mutex mutex_;
};

}  // namespace

std::shared_ptr<infer::Engine> make_torch_engine(const infer::EngineOptions& options) {
  return std::make_shared<TorchEngine>(options);
}

}  // namespace bcnet::torch_infer
