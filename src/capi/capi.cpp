#include <fmt/format.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bcnet/bcnet.h"
#include "bcnet/segmenter.h"
#include "capi/adopt.h"
#include "capi/handles.h"
#include "core/version.h"

namespace bcnet::capi {

namespace {

/// What a bcnet_result stands for.
struct Result {
  std::atomic_flag in_use = ATOMIC_FLAG_INIT;
  bool filled = false;
  Workspace workspace;
  Segmentation found;
  std::vector<bcnet_point> corners;  ///< of all outlines, one after another
};

// Never destroyed: a program may end with handles open and threads at work.
auto& segmenters() {
  static auto& handles = *new Handles<bcnet_segmenter, Segmenter>;
  return handles;
}

auto& results() {
  static auto& handles = *new Handles<bcnet_result, Result>;
  return handles;
}

std::string& last_error() {
  thread_local std::string message;
  return message;
}

bcnet_status fail(bcnet_status status, const char* message) noexcept {
  try {
    last_error() = message;
  } catch (...) {  // no memory for it: the status says it
    last_error().clear();
  }
  return status;
}

bcnet_status status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return BCNET_BAD_USAGE;
    case ErrorKind::data:
      return BCNET_BAD_DATA;
    case ErrorKind::model:
      return BCNET_BAD_MODEL;
    case ErrorKind::interrupted:
      return BCNET_INTERRUPTED;
    case ErrorKind::io:
      break;
  }
  return BCNET_FAILED;
}

/// Runs action; what it throws becomes a status and the thread's last error.
template <typename Action>
bcnet_status guarded(Action action) noexcept {
  try {
    last_error().clear();
    action();
    return BCNET_OK;
  } catch (const Error& error) {
    return fail(status_of(error.kind()), error.what());
  } catch (const std::bad_alloc&) {
    return fail(BCNET_FAILED, "out of memory");
  } catch (const std::exception& error) {
    return fail(BCNET_FAILED, error.what());
  } catch (...) {
    return fail(BCNET_FAILED, "failed for an unknown reason");
  }
}

Error usage(const std::string& message) { return {ErrorKind::usage, message}; }

template <typename Item>
std::shared_ptr<Item> open_item(std::shared_ptr<Item> item, const char* name) {
  if (!item) {
    throw usage(fmt::format("{}: no open handle: it is null, closed or was never one", name));
  }
  return item;
}

template <typename Pointer>
void check_pointer(Pointer* pointer, const char* name) {
  if (pointer == nullptr) {
    throw usage(fmt::format("{}: a null pointer", name));
  }
}

/// A struct that the caller made: of the size that this version knows.
template <typename Struct>
void check_struct(const Struct* given, const char* name) {
  check_pointer(given, name);
  if (given->struct_size != sizeof(Struct)) {
    throw usage(
        fmt::format("{}: struct_size: found {}, {} is expected: its _INIT macro sets it, and the "
                    "program must be compiled for this version, {}",
                    name, given->struct_size, sizeof(Struct), version()));
  }
}

/// value as an Enum whose values are 0 to last.
template <typename Enum>
Enum checked(std::int32_t value, Enum last, const char* name) {
  if (value < 0 || value > static_cast<std::int32_t>(last)) {
    throw usage(fmt::format("{}: found {}, 0 to {} are allowed", name, value,
                            static_cast<std::int32_t>(last)));
  }
  return static_cast<Enum>(value);
}

SegmenterOptions to_options(const bcnet_options& given) {
  SegmenterOptions options;
  if (given.model != nullptr) {
    if (*given.model == '\0' && given.model_data == nullptr) {
      throw usage("options: model: found an empty path, NULL is the shipped model");
    }
    options.model = given.model;
  }
  if ((given.model_data == nullptr) != (given.model_size == 0)) {
    throw usage("options: model_data and model_size go together: one of them is given alone");
  }
  if (given.model_data != nullptr) {
    options.model_bytes =
        std::string_view(static_cast<const char*>(given.model_data), given.model_size);
  }
  options.threads = given.threads;
  options.precision = checked(given.precision, Precision::f16, "options: precision");
  options.mode = checked(given.mode, Mode::throughput, "options: mode");
  options.whole_frame = checked(given.whole_frame, 1, "options: whole_frame") == 1;
  if (!(given.threshold < 0)) {  // NaN is refused where it is used
    options.threshold = given.threshold;
  }
  if (!(given.min_confidence < 0)) {
    options.min_confidence = given.min_confidence;
  }
  if (given.cache != nullptr) {
    options.cache = given.cache;
  }
  return options;
}

ImageView to_view(const bcnet_frame& frame) {
  const auto refused = [](const std::string& message) { return Error(ErrorKind::data, message); };
  for (const auto& [name, stride] :
       {std::pair("stride", frame.stride), std::pair("chroma_stride", frame.chroma_stride)}) {
    if (stride < 0) {
      throw refused(fmt::format("frame: {}: found {}, 0 or more is allowed", name, stride));
    }
  }
  const auto check_choice = [&](const char* name, std::int32_t value, std::int32_t last) {
    if (value < 0 || value > last) {
      throw refused(fmt::format("frame: {}: found {}, 0 to {} are allowed", name, value, last));
    }
  };
  check_choice("format", frame.format, BCNET_I420);
  check_choice("matrix", frame.matrix, BCNET_BT2020);
  check_choice("full_range", frame.full_range, 1);
  ImageView view{static_cast<const std::uint8_t*>(frame.data), frame.width, frame.height,
                 static_cast<std::size_t>(frame.stride), static_cast<PixelFormat>(frame.format)};
  view.chroma = static_cast<const std::uint8_t*>(frame.chroma);
  view.chroma_v = static_cast<const std::uint8_t*>(frame.chroma_v);
  view.chroma_stride = static_cast<std::size_t>(frame.chroma_stride);
  view.matrix = static_cast<YuvMatrix>(frame.matrix);
  view.full_range = frame.full_range == 1;
  return view;
}

static_assert(BCNET_F32 == static_cast<int>(Precision::f32) &&
              BCNET_F16 == static_cast<int>(Precision::f16));
static_assert(BCNET_THROUGHPUT == static_cast<int>(Mode::throughput));
static_assert(BCNET_BGR8 == static_cast<int>(PixelFormat::bgr8) &&
              BCNET_RGBA8 == static_cast<int>(PixelFormat::rgba8) &&
              BCNET_GRAY8 == static_cast<int>(PixelFormat::gray8) &&
              BCNET_NV12 == static_cast<int>(PixelFormat::nv12) &&
              BCNET_I420 == static_cast<int>(PixelFormat::i420));
static_assert(BCNET_BT601 == static_cast<int>(YuvMatrix::bt601) &&
              BCNET_BT2020 == static_cast<int>(YuvMatrix::bt2020));

/// A result that this call alone uses.
class Use {
 public:
  explicit Use(bcnet_result* handle) : result_(open_item(results().find(handle), "result")) {
    if (result_->in_use.test_and_set(std::memory_order_acquire)) {
      throw usage("result: in use by another call");
    }
  }
  ~Use() { result_->in_use.clear(std::memory_order_release); }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

  Result& operator*() const { return *result_; }
  Result* operator->() const { return result_.get(); }

 private:
  std::shared_ptr<Result> result_;
};

void collect_corners(Result& result) {
  result.corners.clear();
  for (const Polyp& polyp : result.found.regions) {
    for (const Point& corner : polyp.polygon) {
      result.corners.push_back({corner.x, corner.y});
    }
  }
}

}  // namespace

bcnet_segmenter* adopt(Segmenter segmenter) {
  return segmenters().add(std::make_shared<Segmenter>(std::move(segmenter)));
}

}  // namespace bcnet::capi

using namespace bcnet;
using namespace bcnet::capi;

const char* bcnet_last_error() { return last_error().c_str(); }

const char* bcnet_version() { return version(); }

bcnet_status bcnet_segmenter_open(const bcnet_options* options, bcnet_segmenter** segmenter) {
  return guarded([&] {
    check_pointer(segmenter, "segmenter");
    *segmenter = nullptr;
    if (options != nullptr) {
      check_struct(options, "options");
    }
    *segmenter = adopt(Segmenter(options == nullptr ? SegmenterOptions{} : to_options(*options)));
  });
}

bcnet_status bcnet_segmenter_close(bcnet_segmenter* segmenter) {
  return guarded([&] {
    if (segmenter != nullptr) {
      open_item(segmenters().take(segmenter), "segmenter");
    }
  });
}

bcnet_status bcnet_segmenter_info(bcnet_segmenter* segmenter, bcnet_info* info) {
  return guarded([&] {
    const auto open = open_item(segmenters().find(segmenter), "segmenter");
    check_struct(info, "info");
    const ModelInfo& model = open->model_info();
    *info = {sizeof(bcnet_info),       model.file.c_str(),    model.engine.c_str(),
             model.trained_on.c_str(), model.license.c_str(), model.parallel,
             model.input_width,        model.input_height,    model.threshold,
             model.min_confidence,     model.warnings.c_str()};
  });
}

bcnet_status bcnet_result_open(bcnet_result** result) {
  return guarded([&] {
    check_pointer(result, "result");
    *result = nullptr;
    *result = results().add(std::make_shared<Result>());
  });
}

bcnet_status bcnet_result_close(bcnet_result* result) {
  return guarded([&] {
    if (result != nullptr) {
      open_item(results().take(result), "result");
    }
  });
}

bcnet_status bcnet_segment(bcnet_segmenter* segmenter, const bcnet_frame* frame, uint32_t flags,
                           bcnet_result* result) {
  return guarded([&] {
    const Use use(result);
    use->filled = false;
    const auto open = open_item(segmenters().find(segmenter), "segmenter");
    check_struct(frame, "frame");
    if ((flags & ~static_cast<uint32_t>(BCNET_PROBABILITY)) != 0) {
      throw usage(fmt::format("flags: found {}, 0 and {} (BCNET_PROBABILITY) are allowed", flags,
                              static_cast<int>(BCNET_PROBABILITY)));
    }
    open->segment(to_view(*frame), (flags & BCNET_PROBABILITY) != 0, use->workspace, use->found);
    collect_corners(*use);
    use->filled = true;
  });
}

bcnet_status bcnet_result_view(bcnet_result* result, bcnet_view* view) {
  return guarded([&] {
    const Use use(result);
    check_struct(view, "view");
    *view = BCNET_VIEW_INIT;
    if (use->filled) {
      const Segmentation& found = use->found;
      *view = {sizeof(bcnet_view),
               found.width,
               found.height,
               found.mask.data(),
               found.probability.empty() ? nullptr : found.probability.data(),
               found.regions.size(),
               found.milliseconds};
    }
  });
}

bcnet_status bcnet_result_region(bcnet_result* result, size_t index, bcnet_region* region) {
  return guarded([&] {
    const Use use(result);
    check_struct(region, "region");
    const std::vector<Polyp>& regions = use->found.regions;
    const std::size_t count = use->filled ? regions.size() : 0;
    if (index >= count) {
      throw usage(fmt::format("index: found {}, the result has {} region{}", index, count,
                              count == 1 ? "" : "s"));
    }
    std::size_t first = 0;
    for (std::size_t i = 0; i < index; ++i) {
      first += regions[i].polygon.size();
    }
    const Polyp& polyp = regions[index];
    *region = {sizeof(bcnet_region), use->corners.data() + first,
               polyp.polygon.size(), polyp.box.x,
               polyp.box.y,          polyp.box.width,
               polyp.box.height,     polyp.area_percent,
               polyp.confidence};
  });
}
