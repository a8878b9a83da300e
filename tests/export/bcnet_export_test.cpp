// The whole network, random weights over EfficientNet-Lite0, through every kind of export.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/torch.h>

#include <cstdlib>
#include <fstream>

#include "core/error.h"
#include "core/json.h"
#include "export/export_onnx.h"
#include "infer/openvino_engine.h"
#include "nn/architectures.h"
#include "support/program.h"
#include "support/python.h"
#include "support/temporary_folder.h"

namespace bcnet::onnx {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using torch::Tensor;

constexpr double tolerance = 1e-3;

struct Size {
  int batch, height, width;
};

nn::Bcnet random_network() {
  nn::BcnetOptions options;
  options.backbone = "efficientnet_lite0";
  options.channels = 16;
  options.boundary_channels = 8;
  torch::manual_seed(17);
  nn::Bcnet network(options);
  const torch::NoGradGuard no_grad;
  for (auto& item : network->named_parameters()) {
    if (item.key().find("gamma") != std::string::npos) {
      item.value().fill_(0.5);  // 0 would leave the attention out
    }
  }
  for (auto& item : network->named_buffers()) {
    if (item.value().is_floating_point()) {
      item.value().uniform_(0.5, 1.5);
    }
  }
  network->eval();
  return network;
}

ModelDescription description_of(int height, int width) {
  ModelDescription description;
  description.architecture = json_line(nn::to_json(nn::NetworkOptions()));
  description.input_height = height;
  description.input_width = width;
  description.trained_on = "nothing";
  return description;
}

class BcnetExport : public testing::Test {
 protected:
  Forward forward() {
    return [this](const Tensor& x) { return network_->predict(x); };
  }

  ExportReport write(const ExportOptions& options, int height = 64, int width = 64) {
    return export_onnx(*network_, forward(), description_of(height, width), options, path());
  }

  fs::path path() const { return folder_ / "model.onnx"; }

  /// [N,H,W,3] bytes
  Tensor pixels(const Size& size) {
    torch::manual_seed(static_cast<std::uint64_t>(size.height * 1000 + size.width));
    return torch::randint(0, 256, {size.batch, size.height, size.width, 3}, torch::kUInt8);
  }

  /// The same as the network takes them.
  Tensor image(const Size& size) {
    const ModelDescription d;
    const auto row = [](const std::array<float, 3>& v) {
      return torch::tensor({v[0], v[1], v[2]});
    };
    return ((pixels(size) / 255.0 - row(d.mean)) / row(d.std)).permute({0, 3, 1, 2}).contiguous();
  }

  /// Largest difference between the written file in OpenVINO and LibTorch.
  double difference_in_openvino(const std::vector<Size>& sizes) {
    const torch::NoGradGuard no_grad;
    const auto engine = infer::make_openvino_engine({path(), "cpu", 0, Precision::f32});
    double largest = 0;
    for (const Size& size : sizes) {
      const auto x = image(size);
      auto logits = torch::empty({size.batch, 1, size.height, size.width});
      engine->run(pixels(size).data_ptr<std::uint8_t>(), size.batch, size.height, size.width,
                  logits.data_ptr<float>());
      largest = std::max(largest, (logits - forward()(x)).abs().max().item<double>());
    }
    return largest;
  }

  /// Runs check_onnx.py on the written file; skips where there is no Python for it.
  void check_with_python(const ExportOptions& options, const std::vector<Size>& sizes,
                         double allowed) {
    const auto python = test::test_python();
    if (!python) {
      GTEST_SKIP() << "ONNX's checker and ONNX Runtime were not run: " << test::no_python;
    }
    const torch::NoGradGuard no_grad;
    Json cases = Json::array();
    for (const Size& size : sizes) {
      const auto x = image(size);
      const auto y = forward()(x);
      const std::string number = std::to_string(cases.size());
      cases.push_back({{"input", save("x" + number, x)},
                       {"input_shape", x.sizes().vec()},
                       {"output", save("y" + number, y)},
                       {"output_shape", y.sizes().vec()}});
    }
    write_json(folder_ / "cases.json",
               {{"opset", options.opset}, {"tolerance", allowed}, {"cases", cases}});
    const auto result = test::run_program(
        {*python, BCNET_SOURCE_DIR "/tests/export/check_onnx.py", folder_.path().string()});
    EXPECT_EQ(result.exit_code, 0) << result.error;
    std::fputs(result.output.c_str(), stdout);
  }

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  test::TemporaryFolder folder_;
  nn::Bcnet network_ = random_network();

 private:
  std::string save(const std::string& name, const Tensor& tensor) {
    const auto values = tensor.contiguous();
    std::ofstream out(folder_ / name, std::ios::binary);
    out.write(reinterpret_cast<const char*>(values.data_ptr<float>()),
              static_cast<std::streamsize>(values.nbytes()));
    return name;
  }
};

TEST_F(BcnetExport, StaticAgreesWithLibTorch) {
  const auto report = write({});
  EXPECT_LE(report.largest_difference, tolerance);
  EXPECT_GT(report.largest_logit, 0.0);
  EXPECT_EQ(report.bytes, fs::file_size(path()));
  EXPECT_LE(difference_in_openvino({{1, 64, 64}}), tolerance);
  check_with_python({}, {{1, 64, 64}}, tolerance);
}

TEST_F(BcnetExport, StaticTakesAnOblongImage) {
  write({}, 96, 128);
  EXPECT_LE(difference_in_openvino({{1, 96, 128}}), tolerance);
  check_with_python({}, {{1, 96, 128}}, tolerance);
}

TEST_F(BcnetExport, StaticTakesTheSmallestImage) {
  write({}, 32, 32);
  EXPECT_LE(difference_in_openvino({{1, 32, 32}}), tolerance);
  check_with_python({}, {{1, 32, 32}}, tolerance);
}

TEST_F(BcnetExport, DynamicAgreesAtEverySizeAndBatch) {
  ExportOptions options;
  options.dynamic = true;
  const std::vector<Size> sizes{{1, 64, 64},   {2, 64, 64},   {1, 96, 128}, {2, 96, 128},
                                {1, 192, 160}, {2, 192, 160}, {1, 32, 32}};
  const auto report = write(options);
  EXPECT_GT(report.images, 1);
  EXPECT_LE(difference_in_openvino(sizes), tolerance);
  check_with_python(options, sizes, tolerance);
}

TEST_F(BcnetExport, HalfWeightsHalveTheFile) {
  const auto full = write({});
  ExportOptions options;
  options.weights = WeightType::f16;
  const auto half = write(options);
  EXPECT_LT(half.bytes, full.bytes * 6 / 10);
  EXPECT_GT(half.largest_difference, full.largest_difference);
  EXPECT_LE(half.largest_difference, half.tolerance);
  check_with_python(options, {{1, 64, 64}}, half.tolerance);
}

TEST_F(BcnetExport, Int8WeightsQuarterTheFile) {
  const auto full = write({});
  ExportOptions options;
  options.weights = WeightType::int8;
  options.opset = int8_opset;
  const auto small = write(options);
  EXPECT_LT(small.bytes, full.bytes * 35 / 100);
  EXPECT_GT(small.largest_difference, full.largest_difference);
  EXPECT_LE(small.largest_difference, small.tolerance);
  check_with_python(options, {{1, 64, 64}}, small.tolerance);
}

TEST_F(BcnetExport, LaterOpsets) {
  for (const int opset : {12, 13}) {
    ExportOptions options;
    options.opset = opset;
    options.dynamic = true;
    write(options);
    check_with_python(options, {{2, 64, 96}}, tolerance);
  }
}

TEST_F(BcnetExport, LeavesNoBatchNormAndNoPadding) {
  const auto model = build_model(*network_, forward(), {1, 64, 64}, 3, {});
  for (const Node& node : model.nodes) {
    EXPECT_NE(node.op, "BatchNormalization") << node.name;
    if (node.op == "Pad") {  // of the last upsampling alone, which repeats the edge
      EXPECT_EQ(std::get<std::string>(node.attributes.at("mode")), "edge") << node.name;
    }
    EXPECT_EQ(node.name.find("boundary_head"), std::string::npos) << node.name;
    EXPECT_EQ(node.name.find("level3_head"), std::string::npos) << node.name;
  }
}

TEST_F(BcnetExport, DescribesItself) {
  write({}, 96, 64);
  const auto engine = infer::make_openvino_engine({path(), "cpu", 0, Precision::f32});
  EXPECT_EQ(to_metadata(engine->description()), to_metadata(description_of(96, 64)));
}

TEST_F(BcnetExport, IsTheSameFileEachTime) {
  write({});
  const auto first = test::read_text(path());
  write({});
  EXPECT_EQ(test::read_text(path()), first);
}

/// A network that behaves otherwise once it is traced.
Tensor liar(const Tensor& x) {
  const auto y = x.mean({1}, true);
  return torch::jit::tracer::isTracing() ? y : y + 0.01;
}

TEST_F(BcnetExport, OverToleranceLeavesNoFile) {
  try {
    export_onnx(torch::nn::Module(), liar, description_of(64, 64), {}, path());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::model);
    EXPECT_THAT(error.what(), HasSubstr("not written: its logits differ from LibTorch's by 0.01"));
    EXPECT_THAT(error.what(), HasSubstr(path().string()));
  }
  EXPECT_TRUE(files().empty());
}

TEST_F(BcnetExport, OverToleranceKeepsAnOlderFile) {
  test::write_text(path(), "older");
  EXPECT_THROW(export_onnx(torch::nn::Module(), liar, description_of(64, 64), {}, path()), Error);
  EXPECT_EQ(test::read_text(path()), "older");
  EXPECT_EQ(files().size(), 1U);
}

TEST_F(BcnetExport, NotANumberIsOverTolerance) {
  const auto broken = [](const Tensor& x) { return x.mean({1}, true) / 0.0; };
  const auto undefined = [&](const Tensor& x) { return broken(x) - broken(x); };
  EXPECT_THROW(export_onnx(torch::nn::Module(), undefined, description_of(64, 64), {}, path()),
               Error);
  EXPECT_TRUE(files().empty());
}

TEST_F(BcnetExport, OtherOutputsThanLogitsAreRefused) {
  const auto features = [](const Tensor& x) { return torch::max_pool2d(x, 2); };
  EXPECT_THROW(export_onnx(torch::nn::Module(), features, description_of(64, 64), {}, path()),
               Error);
  EXPECT_TRUE(files().empty());
}

TEST_F(BcnetExport, AMissingFolderIsTold) {
  try {
    export_onnx(*network_, forward(), description_of(64, 64), {}, folder_ / "none/model.onnx");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::io);
    EXPECT_THAT(error.what(), HasSubstr("none/model.onnx: cannot be written: No such file"));
  }
}

}  // namespace
}  // namespace bcnet::onnx
