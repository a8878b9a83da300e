#include "infer/openvino_engine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <openvino/openvino.hpp>
#include <optional>
#include <regex>
#include <sstream>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/instruction_set.h"
#include "core/sha256.h"
#include "core/threads.h"
#include "infer/bounded_pool.h"
#include "infer/compile_for_cpu.h"
#include "infer/model_cache.h"
#include "infer/onnx_metadata.h"
#include "infer/precision.h"
#include "infer/saturation_warning.h"

namespace bcnet::infer {

namespace {

constexpr int channels = 3;
// Far above any network that this project makes; a file beyond it is not one.
constexpr std::uintmax_t max_model_bytes = std::uintmax_t{2} << 30;

/// OpenVINO's messages run over many lines and name its own source files. Where operators are
/// missing it names them last, behind all that failed for lack of them.
std::string one_line(std::string message) {
  const auto missing = message.find("No conversion rule found for operations");
  if (missing != std::string::npos) {
    message = message.substr(missing, message.find('\n', missing) - missing);
  }
  static const std::regex source(R"(Exception from \S+:\d+:|\S+\.(?:cpp|hpp):\d+:?)");
  static const std::regex space(R"(\s+)");
  const std::string line = std::regex_replace(std::regex_replace(message, source, " "), space, " ");
  constexpr std::size_t longest = 300;
  const auto begin = std::min(line.find_first_not_of(' '), line.size());
  return line.substr(begin, longest);
}

/// Calls an OpenVINO function; whatever it throws becomes one Error(model).
template <typename Function>
auto guarded(const std::string& file, const char* what, Function function) {
  try {
    return function();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Error(ErrorKind::model, fmt::format("{}: {}: {}", file, what, one_line(error.what())));
  }
}

ov::Core& core() {
  static ov::Core instance;
  return instance;
}

ov::element::Type element_type(Precision precision) {
  switch (precision) {
    case Precision::bf16:
      return ov::element::bf16;
    case Precision::f16:
      return ov::element::f16;
    default:
      return ov::element::f32;
  }
}

std::string show(const ov::Output<ov::Node>& port) {
  const auto names = port.get_names();
  return fmt::format("'{}' {} {}", names.empty() ? "" : *names.begin(),
                     port.get_partial_shape().to_string(), port.get_element_type().to_string());
}

void check_port(const std::vector<ov::Output<ov::Node>>& ports, const std::string& name,
                const ov::PartialShape& expected, const std::string& file) {
  const bool good = ports.size() == 1 && ports[0].get_names().count(name) > 0 &&
                    ports[0].get_element_type() == ov::element::f32 &&
                    ports[0].get_partial_shape().compatible(expected);
  if (good) {
    return;
  }
  std::vector<std::string> found;
  std::transform(ports.begin(), ports.end(), std::back_inserter(found), show);
  throw Error(ErrorKind::model,
              fmt::format("{}: {}: found {}, expected is '{}' {} f32 alone", file, name,
                          fmt::join(found, ", "), name, expected.to_string()));
}

void check_options(const EngineOptions& options) {
  const auto refuse = [](const std::string& message) {
    throw Error(ErrorKind::usage, message, ErrorReason::other, message);
  };
  if (options.device != "cpu") {
    refuse(fmt::format("device: found '{}', an ONNX model runs on cpu", options.device));
  }
  if (options.threads < 0) {
    refuse(fmt::format("threads: found {}, 0 or more is allowed", options.threads));
  }
  if (options.precision < Precision::automatic || options.precision > Precision::f16) {
    refuse(fmt::format("precision: found {}, a Precision is expected",
                       static_cast<int>(options.precision)));
  }
  if (options.mode < Mode::latency || options.mode > Mode::throughput) {
    refuse(fmt::format("mode: found {}, a Mode is expected", static_cast<int>(options.mode)));
  }
}

/// A limit that takes nothing away was meant to.
std::string idle_limit_warning(const InstructionSet& instructions) {
  return instructions.limit_is_idle
             ? fmt::format("ONEDNN_MAX_CPU_ISA={} limits nothing: this CPU has {}",
                           instructions.limit, instructions.name())
             : "";
}

/// On 64-bit ARM one image after another: with several at a time OpenVINO 2026.4 computes masks of
/// nothing there (seen under qemu-user).
Mode usable_mode(Mode asked) {
#ifdef __aarch64__
  (void)asked;
  return Mode::latency;
#else
  return asked;
#endif
}

/// What is computed in where this precision is asked for. OpenVINO emulates bfloat16 with AVX-512
/// alone; with less its compiler fails.
Precision computable(Precision precision, const InstructionSet& instructions) {
  return precision == Precision::bf16 && !instructions.cpu.avx512() ? Precision::f32 : precision;
}

/// Whoever asks for a precision by name is told where it is not what is computed in: the time is
/// that of the other one.
std::string precision_warning(Precision asked, const std::string& used,
                              const InstructionSet& instructions) {
  return fmt::format(
      "precision {}: this CPU computes no such products (it has {}): computed in {}, no "
      "faster than precision {}",
      precision_name(asked), instructions.name(), used, used);
}

// Of a model that takes any batch: what a run holds in memory grows with its images.
constexpr int most_images = 32;

/// What the compiled graph takes.
enum class Takes { pixels, numbers };

/// A model as it is compiled for this CPU, whatever it takes.
class CompiledOnnx {
 public:
  CompiledOnnx(const std::string& bytes, const EngineOptions& options, Takes takes)
      : file_(options.model.string()), takes_(takes) {
    description_ = from_metadata(read_onnx_metadata(bytes, file_), file_);
    const InstructionSet instructions = usable_instructions();
    if (takes == Takes::pixels) {  // an engine of numbers tells no warnings
      warn(idle_limit_warning(instructions));
      warn(saturation_warning(bytes, file_));
    }
    const int threads = options.threads > 0 ? options.threads : affinity_threads();
    const Precision asked = resolve_precision(options.precision);
    const Precision precision = computable(asked, instructions);
    const Mode mode = usable_mode(options.mode);
    const ov::AnyMap settings{
        ov::hint::inference_precision(element_type(precision)),
        ov::hint::performance_mode(mode == Mode::latency ? ov::hint::PerformanceMode::LATENCY
                                                         : ov::hint::PerformanceMode::THROUGHPUT),
        ov::inference_num_threads(threads),
    };
    const ModelCache cache(options.cache);
    const std::string key = options.cache.empty()
                                ? ""
                                : cache_key(bytes, instructions, precision, threads, mode, takes);
    if (!take_cached(cache, key, settings)) {
      compile(bytes, settings);
      if (!options.cache.empty()) {
        save(cache, key);
      }
    }
    const ov::PartialShape input = compiled_.input().get_partial_shape();
    any_batch_ = input[0].is_dynamic();
    any_size_ = input[height_axis()].is_dynamic();
    // The plugin takes another type where the CPU cannot compute the one asked for.
    const auto used = compiled_.get_property(ov::hint::inference_precision);
    if (used != element_type(asked)) {
      warn(precision_warning(asked, used.to_string(), instructions));
    }
    const auto requests =
        static_cast<int>(compiled_.get_property(ov::optimal_number_of_infer_requests));
    requests_.emplace(requests, [this] { return compiled_.create_infer_request(); });
    callers_ = requests;
    if (mode == Mode::throughput) {
      parallel_ = requests;
    }
    name_ = fmt::format("OpenVINO {}, {}, {} thread{}{}", openvino_version(), used.to_string(),
                        threads, threads == 1 ? "" : "s",
                        parallel_ == 1 ? "" : fmt::format(", {} images at a time", parallel_));
  }

  const ModelDescription& description() const { return description_; }
  const std::string& name() const { return name_; }
  const std::string& warnings() const { return warnings_; }
  int parallel() const { return parallel_; }
  int callers() const { return callers_; }
  int batch_limit() const { return any_batch_ ? most_images : 1; }

  /// input: pixels [batch,height,width,3] of bytes, or numbers [batch,3,height,width] of floats.
  template <typename Element>
  void run(const Element* input, int batch, int height, int width, float* logits) {
    if (!any_size_ && (height != description_.input_height || width != description_.input_width)) {
      throw Error(ErrorKind::model,
                  fmt::format("{}: input: found {}x{}, the model takes {}x{} alone", file_, height,
                              width, description_.input_height, description_.input_width));
    }
    const std::size_t plane = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
    guarded(file_, "OpenVINO cannot run the model", [&] {
      Requests::Lease lease(*requests_);
      ov::InferRequest& request = lease.item();
      for (int first = 0; first < batch; first += batch_limit()) {
        const auto n = static_cast<std::size_t>(std::min(batch_limit(), batch - first));
        const auto offset = static_cast<std::size_t>(first) * plane;
        const auto h = static_cast<std::size_t>(height), w = static_cast<std::size_t>(width);
        const ov::Shape shape =
            takes_ == Takes::pixels ? ov::Shape{n, h, w, channels} : ov::Shape{n, channels, h, w};
        // OpenVINO only reads the input tensor; its constructor knows no const memory.
        request.set_input_tensor(ov::Tensor(ov::element::from<Element>(), shape,
                                            const_cast<Element*>(input) + channels * offset));
        request.set_output_tensor(ov::Tensor(ov::element::f32, {n, 1, h, w}, logits + offset));
        request.infer();
        const ov::Shape found = request.get_output_tensor().get_shape();
        if (ov::shape_size(found) != n * plane) {
          throw Error(ErrorKind::model,
                      fmt::format("{}: output: found {}, expected is [{},1,{},{}]", file_,
                                  found.to_string(), n, height, width));
        }
      }
    });
  }

 private:
  using Requests = BoundedPool<ov::InferRequest>;

  std::size_t height_axis() const { return takes_ == Takes::pixels ? 1 : 2; }

  void compile(const std::string& bytes, const ov::AnyMap& settings) {
    auto model = guarded(file_, "OpenVINO cannot read the ONNX model",
                         [&] { return core().read_model(bytes, ov::Tensor()); });
    const ov::Dimension any = ov::Dimension::dynamic();
    check_port(model->inputs(), "input",
               {any, channels, description_.input_height, description_.input_width}, file_);
    check_port(model->outputs(), "output",
               {any, 1, description_.input_height, description_.input_width}, file_);
    if (takes_ == Takes::pixels) {
      take_bytes(model);
    }
    compiled_ = guarded(file_, "OpenVINO cannot compile the model",
                        [&] { return compile_for_cpu(core(), model, settings); });
  }

  /// A compiled model holds for this library, this kind of CPU and these settings.
  static std::string cache_key(const std::string& bytes, const InstructionSet& instructions,
                               Precision precision, int threads, Mode mode, Takes takes) {
    return infer::cache_key({ov::get_openvino_version().buildNumber, instructions.cpu,
                             precision_name(precision), threads, static_cast<int>(mode),
                             sha256(bytes) + (takes == Takes::pixels ? "" : "-numbers")});
  }

  bool take_cached(const ModelCache& cache, const std::string& key, const ov::AnyMap& settings) {
    const auto blob = cache.load(key);
    if (!blob) {
      return false;
    }
    try {
      std::istringstream stream(*blob);
      compiled_ = core().import_model(stream, "CPU", settings);
      return true;
    } catch (const std::exception& error) {
      spdlog::debug("{}: OpenVINO does not take its cached model: {}", file_, error.what());
      cache.remove(key);
      return false;
    }
  }

  /// Makes the model's input bytes of RGB pixels: the change of type, layout and range becomes
  /// part of the compiled graph.
  void take_bytes(std::shared_ptr<ov::Model>& model) {
    std::vector<float> mean, scale;
    for (std::size_t c = 0; c < channels; ++c) {
      mean.push_back(255.0F * description_.mean[c]);
      scale.push_back(255.0F * description_.std[c]);
    }
    ov::preprocess::PrePostProcessor steps(model);
    steps.input().tensor().set_element_type(ov::element::u8).set_layout("NHWC");
    steps.input().model().set_layout("NCHW");
    auto& preprocess = steps.input().preprocess();
    preprocess.convert_element_type(ov::element::f32).mean(mean).scale(scale);
    if (description_.channel_order == "BGR") {
      preprocess.reverse_channels();
    }
    model = guarded(file_, "OpenVINO cannot prepare the model", [&] { return steps.build(); });
  }

  /// What fails costs the next start its time and nothing else.
  void save(const ModelCache& cache, const std::string& key) {
    std::ostringstream blob;
    try {
      compiled_.export_model(blob);
    } catch (const std::exception& error) {
      spdlog::debug("{}: OpenVINO cannot save the model: {}", file_, error.what());
      return;
    }
    cache.save(key, blob.str());
  }

  void warn(const std::string& warning) {
    if (!warning.empty()) {
      warnings_ += (warnings_.empty() ? "" : "\n") + warning;
    }
  }

  std::string file_;
  Takes takes_;
  std::string name_;
  std::string warnings_;
  ModelDescription description_;
  int parallel_ = 1;
  int callers_ = 1;
  bool any_batch_ = false;
  bool any_size_ = false;
  ov::CompiledModel compiled_;
  std::optional<Requests> requests_;  // no more than OpenVINO can use: each has memory of its own
};

class OpenvinoEngine : public Engine {
 public:
  OpenvinoEngine(const std::string& bytes, const EngineOptions& options)
      : compiled_(bytes, options, Takes::pixels) {}

  const ModelDescription& description() const override { return compiled_.description(); }
  std::string name() const override { return compiled_.name(); }
  std::string warnings() const override { return compiled_.warnings(); }
  int parallel() const override { return compiled_.parallel(); }
  int callers() const override { return compiled_.callers(); }
  int batch_limit() const override { return compiled_.batch_limit(); }

  void run(const std::uint8_t* rgb, int batch, int height, int width, float* logits) override {
    compiled_.run(rgb, batch, height, width, logits);
  }

 private:
  CompiledOnnx compiled_;
};

class OpenvinoTensorEngine : public TensorEngine {
 public:
  OpenvinoTensorEngine(const std::string& bytes, const EngineOptions& options)
      : compiled_(bytes, options, Takes::numbers) {}

  int batch_limit() const override { return compiled_.batch_limit(); }

  void run(const float* input, int batch, float* logits) override {
    const ModelDescription& description = compiled_.description();
    compiled_.run(input, batch, description.input_height, description.input_width, logits);
  }

 private:
  CompiledOnnx compiled_;
};

}  // namespace

std::shared_ptr<Engine> make_openvino_engine(const EngineOptions& options) {
  check_options(options);
  return make_openvino_engine(read_file(options.model, ErrorKind::model, max_model_bytes), options);
}

std::shared_ptr<Engine> make_openvino_engine(const std::string& onnx,
                                             const EngineOptions& options) {
  check_options(options);
  return std::make_shared<OpenvinoEngine>(onnx, options);
}

std::shared_ptr<TensorEngine> make_openvino_tensor_engine(const std::string& onnx,
                                                          const EngineOptions& options) {
  check_options(options);
  return std::make_shared<OpenvinoTensorEngine>(onnx, options);
}

std::string openvino_version() {
  const std::string build = ov::get_openvino_version().buildNumber;
  return build.substr(0, build.find('-'));
}

std::vector<OpenvinoDevice> openvino_devices() {
  std::vector<OpenvinoDevice> devices;
  try {
    for (const std::string& id : core().get_available_devices()) {
      devices.push_back({id, core().get_property(id, ov::device::full_name)});
    }
  } catch (const std::exception&) {
    devices.clear();
  }
  return devices;
}

}  // namespace bcnet::infer
