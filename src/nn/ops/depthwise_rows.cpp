#include "nn/ops/depthwise_rows.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>

#include "nn/ops/elements.h"
#include "nn/ops/kernel_choice.h"

namespace bcnet::nn {

namespace {

/// Pieces of work: bands of rows of every image. A band is high enough that the rows it shares
/// with its neighbours don't matter.
struct Bands {
  Bands(std::int64_t images, std::int64_t all_rows)
      : height(std::max<std::int64_t>(all_rows / 2, std::min<std::int64_t>(all_rows, 24))),
        each((all_rows + height - 1) / height),
        count(images * each),
        rows(all_rows) {}
  std::int64_t height, each, count, rows;
};

/// Memory for a kernel, aligned to a cache line.
class Scratch {
 public:
  explicit Scratch(std::int64_t floats) : memory_(static_cast<std::size_t>(floats) + line) {}
  float* data() {
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
    return memory_.data() + (line - address / sizeof(float) % line) % line;
  }

 private:
  static constexpr std::size_t line = 16;  // floats
  std::vector<float> memory_;
};

/// Calls body(band, image, first row, end of rows, scratch) for every band.
template <typename Body>
void for_each_band(const Bands& bands, const DepthwiseShape& shape, const Body& body) {
  at::parallel_for(0, bands.count, 1, [&](std::int64_t begin, std::int64_t end) {
    Scratch scratch(depthwise_scratch(shape));
    for (auto i = begin; i < end; ++i) {
      const auto first = i % bands.each * bands.height;
      body(i, i / bands.each, first, std::min(first + bands.height, bands.rows), scratch.data());
    }
  });
}

/// [C,1,k,k] → [k*k,C], as the kernels want it.
torch::Tensor by_tap(const torch::Tensor& weight) {
  return weight.detach().to(torch::kFloat32).flatten(1).t().contiguous();
}

}  // namespace

DepthwiseShape depthwise_shape(const torch::Tensor& x, const torch::Tensor& weight,
                               const DepthwiseOptions& o) {
  const auto k = weight.size(2);
  const auto out = [&](std::int64_t size) {
    return (size + o.pad_before + o.pad_after - k) / o.stride + 1;
  };
  return {x.size(1), x.size(2), x.size(3),    out(x.size(2)), out(x.size(3)),
          k,         o.stride,  o.pad_before, o.pad_before};
}

NormBefore norm_before(const torch::Tensor& statistics, const Activation& activation) {
  if (!statistics.defined()) {
    return {};
  }
  const NormStatistics norm(statistics);
  return {norm.scale(), norm.offset(), static_cast<float>(activation.low),
          static_cast<float>(activation.high)};
}

NormAfter norm_after(const NormStatistics& statistics, const NormGradients& gradients,
                     const Activation& activation) {
  return {statistics.scale(),
          statistics.offset(),
          gradients.slope.data(),
          gradients.level.data(),
          static_cast<float>(activation.low),
          static_cast<float>(activation.high)};
}

torch::Tensor depthwise_rows(const torch::Tensor& x, const DepthwiseShape& shape,
                             const NormBefore& before, const torch::Tensor& weight,
                             const std::vector<float>* shift, std::vector<double>& total) {
  const auto taps = by_tap(weight);
  auto y = torch::empty({x.size(0), shape.channels, shape.out_height, shape.out_width}, x.options(),
                        torch::MemoryFormat::ChannelsLast);
  const Bands bands(x.size(0), shape.out_height);
  PieceSums sums(shift != nullptr ? bands.count : 0, shape.channels);
  dispatch_elements(x, [&](auto element) {
    using T = decltype(element);
    for_each_band(bands, shape, [&](auto band, auto image, auto first, auto end, float* scratch) {
      ChannelSums band_sums{};
      if (shift != nullptr) {
        band_sums = {shift->data(), sums.first(band), sums.second(band)};
      }
      typed_kernels<T>().depthwise_forward(
          shape, first, end, elements<T>(x) + image * shape.height * shape.width * shape.channels,
          before, taps.template data_ptr<float>(),
          elements<T>(y) + image * shape.out_height * shape.out_width * shape.channels, band_sums,
          scratch);
    });
  });
  total = sums.total();
  return y;
}

DepthwiseGradients depthwise_rows_backward(const torch::Tensor& x, const DepthwiseShape& shape,
                                           const NormBefore& before, const torch::Tensor& weight,
                                           const torch::Tensor& y, const torch::Tensor& grad_y,
                                           const NormAfter& after, const float* mean, bool needs_x,
                                           bool needs_weight) {
  const auto taps = by_tap(weight);
  const Bands bands(x.size(0), shape.height);
  DepthwiseGradients found;
  torch::Tensor weight_sums;
  if (needs_x) {
    found.x = torch::empty_like(x);
  }
  if (needs_weight) {
    weight_sums =
        torch::empty({bands.count, shape.kernel * shape.kernel, shape.channels}, torch::kFloat32);
  }
  PieceSums sums(mean != nullptr ? bands.count : 0, shape.channels);
  dispatch_elements(x, [&](auto element) {
    using T = decltype(element);
    const auto at = [](const torch::Tensor& t, std::int64_t offset) {
      return t.defined() ? elements<T>(t) + offset : nullptr;
    };
    for_each_band(bands, shape, [&](auto band, auto image, auto first, auto end, float* scratch) {
      const auto in = image * shape.height * shape.width * shape.channels;
      const auto out = image * shape.out_height * shape.out_width * shape.channels;
      ChannelSums band_sums{};
      if (mean != nullptr) {
        band_sums = {mean, sums.first(band), sums.second(band)};
      }
      typed_kernels<T>().depthwise_backward(
          shape, first, end, elements<T>(x) + in, before, taps.template data_ptr<float>(),
          at(y, out), elements<T>(grad_y) + out, after, at(found.x, in), band_sums,
          needs_weight ? weight_sums.template data_ptr<float>() + band * weight_sums.stride(0)
                       : nullptr,
          scratch);
    });
  });
  if (needs_weight) {
    found.weight = weight_sums.sum(0).t().reshape(weight.sizes()).to(weight.scalar_type());
  }
  if (mean != nullptr) {
    found.sums = sums.total();
  }
  return found;
}

}  // namespace bcnet::nn
