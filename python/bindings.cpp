// The SDK for the Python package, which checks its arguments: this passes pixels on and results
// back, both without a copy.

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bcnet/segmenter.h"

namespace py = pybind11;

namespace {

using bcnet::Segmenter;
using bcnet::SegmenterOptions;

template <typename Value>
Value named(const std::map<std::string, Value>& values, const std::string& option,
            const std::string& name) {
  const auto found = values.find(name);
  if (found != values.end()) {
    return found->second;
  }
  std::string allowed;
  for (const auto& [value, unused] : values) {
    allowed += (allowed.empty() ? "" : ", ") + value;
  }
  throw bcnet::Error(bcnet::ErrorKind::usage,
                     option + ": found '" + name + "'; allowed: " + allowed);
}

/// values as an array of this shape, which owns them.
template <typename Value>
py::array_t<Value> to_array(std::vector<Value>&& values, const std::vector<py::ssize_t>& shape) {
  auto owned = std::make_unique<std::vector<Value>>(std::move(values));
  Value* data = owned->data();
  const py::capsule owner(owned.get(),
                          [](void* memory) { delete static_cast<std::vector<Value>*>(memory); });
  owned.release();
  return py::array_t<Value>(shape, data, owner);
}

py::tuple to_tuple(const bcnet::Polyp& polyp) {
  const auto corners = static_cast<py::ssize_t>(polyp.polygon.size());
  py::array_t<std::int32_t> polygon({corners, py::ssize_t{2}});
  auto corner = polygon.mutable_unchecked<2>();
  for (py::ssize_t i = 0; i < corners; ++i) {
    corner(i, 0) = polyp.polygon[static_cast<std::size_t>(i)].x;
    corner(i, 1) = polyp.polygon[static_cast<std::size_t>(i)].y;
  }
  const bcnet::Box& box = polyp.box;
  return py::make_tuple(polygon, py::make_tuple(box.x, box.y, box.width, box.height),
                        polyp.area_percent, polyp.confidence);
}

std::unique_ptr<Segmenter> load(const std::filesystem::path& model, std::optional<float> threshold,
                                std::optional<float> min_confidence, int threads,
                                const std::string& precision, bool whole_frame,
                                const std::string& mode, const std::filesystem::path& cache) {
  using bcnet::Mode;
  using bcnet::Precision;
  SegmenterOptions options;
  options.model = model;
  options.threshold = threshold;
  options.min_confidence = min_confidence;
  options.threads = threads;
  options.precision = named<Precision>({{"auto", Precision::automatic},
                                        {"f32", Precision::f32},
                                        {"bf16", Precision::bf16},
                                        {"f16", Precision::f16}},
                                       "precision", precision);
  options.whole_frame = whole_frame;
  options.mode =
      named<Mode>({{"latency", Mode::latency}, {"throughput", Mode::throughput}}, "mode", mode);
  options.cache = cache;
  const py::gil_scoped_release unlocked;
  return std::make_unique<Segmenter>(options);
}

/// pixels: uint8 [H,W,3] or [H,W], the pixels of a row side by side.
py::tuple segment(const Segmenter& segmenter, const py::array& pixels, bool bgr, bool probability) {
  const bool gray = pixels.ndim() == 2;
  bcnet::ImageView image;
  image.data = static_cast<const std::uint8_t*>(pixels.data());
  image.height = static_cast<int>(pixels.shape(0));
  image.width = static_cast<int>(pixels.shape(1));
  // Of a single row NumPy promises no stride.
  image.stride = image.height == 1 ? 0 : static_cast<std::size_t>(pixels.strides(0));
  image.format = gray  ? bcnet::PixelFormat::gray8
                 : bgr ? bcnet::PixelFormat::bgr8
                       : bcnet::PixelFormat::rgb8;
  bcnet::Segmentation found;
  {
    const py::gil_scoped_release unlocked;
    bcnet::Workspace workspace;
    segmenter.segment(image, probability, workspace, found);
  }
  const std::vector<py::ssize_t> shape{image.height, image.width};
  py::list regions;
  for (const bcnet::Polyp& polyp : found.regions) {
    regions.append(to_tuple(polyp));
  }
  const py::object map = probability ? py::object(to_array(std::move(found.probability), shape))
                                     : py::object(py::none());
  return py::make_tuple(to_array(std::move(found.mask), shape), map, regions, found.milliseconds);
}

py::dict info(const Segmenter& segmenter) {
  const bcnet::ModelInfo& model = segmenter.model_info();
  using namespace py::literals;
  return py::dict("file"_a = model.file, "engine"_a = model.engine, "parallel"_a = model.parallel,
                  "input_width"_a = model.input_width, "input_height"_a = model.input_height,
                  "threshold"_a = model.threshold, "temperature"_a = model.temperature,
                  "min_confidence"_a = model.min_confidence, "trained_on"_a = model.trained_on,
                  "license"_a = model.license, "warnings"_a = model.warnings);
}

const char* kind_name(bcnet::ErrorKind kind) {
  switch (kind) {
    case bcnet::ErrorKind::io:
      return "io";
    case bcnet::ErrorKind::usage:
      return "usage";
    case bcnet::ErrorKind::data:
      return "data";
    case bcnet::ErrorKind::model:
      return "model";
    case bcnet::ErrorKind::interrupted:
      return "interrupted";
  }
  return "io";
}

void raise(const bcnet::Error& error) {
  const py::module_ errors = py::module_::import("bcnet._errors");
  const bool missing = error.reason() == bcnet::ErrorReason::not_found;
  const bool argument =
      error.kind() == bcnet::ErrorKind::usage || error.kind() == bcnet::ErrorKind::data;
  const py::object type = errors.attr(missing    ? "ModelNotFoundError"
                                      : argument ? "ArgumentError"
                                                 : "Error");
  const py::object exception = type(error.what(), kind_name(error.kind()));
  PyErr_SetObject(type.ptr(), exception.ptr());
}

}  // namespace

PYBIND11_MODULE(bindings, module) {
  py::register_exception_translator([](std::exception_ptr thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const bcnet::Error& error) {
      raise(error);
    }
  });
  py::class_<Segmenter>(module, "Segmenter")
      .def(py::init(&load), py::arg("model"), py::arg("threshold"), py::arg("min_confidence"),
           py::arg("threads"), py::arg("precision"), py::arg("whole_frame"), py::arg("mode"),
           py::arg("cache"))
      .def("segment", &segment, py::arg("pixels"), py::arg("bgr"), py::arg("probability"))
      .def("info", &info);
}
