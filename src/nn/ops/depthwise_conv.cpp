#include "nn/ops/depthwise_conv.h"

#include <ATen/Parallel.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "nn/ops/elements.h"
#include "nn/ops/kernel_choice.h"
#include "nn/ops/norm_rows.h"

namespace bcnet::nn {

namespace {

DepthwiseShape shape_of(const torch::Tensor& x, const torch::Tensor& weight,
                        const DepthwiseOptions& o) {
  const auto k = weight.size(2);
  const auto out = [&](std::int64_t size) {
    return (size + o.pad_before + o.pad_after - k) / o.stride + 1;
  };
  return {x.size(1), x.size(2), x.size(3),    out(x.size(2)), out(x.size(3)),
          k,         o.stride,  o.pad_before, o.pad_before};
}

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

/// A batch norm and its activation for the convolution behind it; statistics undefined: none.
NormBefore norm_before(const torch::Tensor& statistics, const Activation& activation) {
  if (!statistics.defined()) {
    return {};
  }
  const NormStatistics norm(statistics);
  return {norm.scale(), norm.offset(), static_cast<float>(activation.low),
          static_cast<float>(activation.high)};
}

/// x → the convolution's result; adds its sums around shift where there is one.
torch::Tensor convolve(const torch::Tensor& x, const DepthwiseShape& shape,
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

/// The gradients of a convolution.
struct Gradients {
  torch::Tensor x, weight;
  std::vector<double> sums;  ///< of x's and of x's times (x - mean); empty without a mean
};

Gradients convolve_backward(const torch::Tensor& x, const DepthwiseShape& shape,
                            const NormBefore& before, const torch::Tensor& weight,
                            const torch::Tensor& y, const torch::Tensor& grad_y,
                            const NormAfter& after, const float* mean, bool needs_x,
                            bool needs_weight) {
  const auto taps = by_tap(weight);
  const Bands bands(x.size(0), shape.height);
  Gradients found;
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

void save_options(torch::autograd::AutogradContext& context, const DepthwiseOptions& options) {
  context.saved_data["stride"] = options.stride;
  context.saved_data["pad_before"] = options.pad_before;
  context.saved_data["pad_after"] = options.pad_after;
}

DepthwiseOptions saved_options(torch::autograd::AutogradContext& context) {
  return {context.saved_data["stride"].toInt(), context.saved_data["pad_before"].toInt(),
          context.saved_data["pad_after"].toInt()};
}

torch::Tensor as_kernels_want(const torch::Tensor& gradient, const torch::Tensor& x) {
  return gradient.to(x.scalar_type()).contiguous(torch::MemoryFormat::ChannelsLast);
}

struct DepthwiseFunction : torch::autograd::Function<DepthwiseFunction> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight, const DepthwiseOptions& options) {
    RECORD_FUNCTION("bcnet::depthwise_conv2d", std::vector<c10::IValue>({x, weight}));
    context->save_for_backward({x, weight});
    save_options(*context, options);
    std::vector<double> none;
    return convolve(x, shape_of(x, weight, options), {}, weight, nullptr, none);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const auto& weight = saved[1];
    const auto found =
        convolve_backward(x, shape_of(x, weight, saved_options(*context)), {}, weight, {},
                          as_kernels_want(gradients[0], x), {}, nullptr,
                          context->needs_input_grad(0), context->needs_input_grad(1));
    return {found.x, found.weight, {}};
  }
};

struct NormDepthwiseNormFunction : torch::autograd::Function<NormDepthwiseNormFunction> {
  // before_weight and before_bias are empty where before is not there: undefined they may not be.
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& before_weight, const torch::Tensor& before_bias,
                               const std::optional<NormBuffers>& before,
                               const torch::Tensor& weight, const DepthwiseOptions& options,
                               const torch::Tensor& after_weight, const torch::Tensor& after_bias,
                               const NormBuffers& after) {
    RECORD_FUNCTION("bcnet::depthwise_conv2d", std::vector<c10::IValue>({x, weight}));
    torch::Tensor before_values;
    if (before) {
      RECORD_FUNCTION("bcnet::batch_norm_act", std::vector<c10::IValue>({x}));
      const auto shift = shift_of(*before);
      before_values = statistics_of(norm_sums(x, shift), shift, values_of_channel(x), before_weight,
                                    before_bias, *before)
                          .tensor;
    }
    const auto shift = shift_of(after);
    std::vector<double> sums;
    const auto y = convolve(x, shape_of(x, weight, options),
                            norm_before(before_values, after.activation), weight, &shift, sums);
    context->saved_data["low"] = after.activation.low;
    context->saved_data["high"] = after.activation.high;
    save_options(*context, options);
    {
      RECORD_FUNCTION("bcnet::batch_norm_act", std::vector<c10::IValue>({y}));
      const auto statistics =
          statistics_of(sums, shift, values_of_channel(y), after_weight, after_bias, after);
      context->save_for_backward({x, before_values, weight, y, statistics.tensor});
      return norm_apply(y, statistics, after.activation);
    }
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const auto& before_values = saved[1];
    const auto& weight = saved[2];
    const auto& y = saved[3];
    const NormStatistics statistics(saved[4]);
    const Activation activation{context->saved_data["low"].toDouble(),
                                context->saved_data["high"].toDouble()};
    const auto grad = as_kernels_want(gradients[0], x);
    std::vector<double> sums;
    {
      RECORD_FUNCTION("bcnet::batch_norm_act_backward", std::vector<c10::IValue>({y}));
      sums = norm_backward_sums(y, grad, statistics, activation);
    }
    const NormGradients after(sums, values_of_channel(y), statistics);
    const auto shape = shape_of(x, weight, saved_options(*context));
    const NormAfter behind{statistics.scale(),
                           statistics.offset(),
                           after.slope.data(),
                           after.level.data(),
                           static_cast<float>(activation.low),
                           static_cast<float>(activation.high)};
    const float* mean = before_values.defined() ? NormStatistics(before_values).mean() : nullptr;
    const auto found =
        convolve_backward(x, shape, norm_before(before_values, activation), weight, y, grad, behind,
                          mean, context->needs_input_grad(0) || mean != nullptr, true);
    if (mean == nullptr) {
      return {found.x, {}, {}, {}, found.weight, {}, after.weight, after.bias, {}};
    }
    RECORD_FUNCTION("bcnet::batch_norm_act_backward", std::vector<c10::IValue>({x}));
    const NormStatistics first(before_values);
    const NormGradients before(found.sums, values_of_channel(x), first);
    // found.x is 0 already where the activation held x back.
    norm_backward_apply(x, found.x, first, {}, before, found.x);
    return {found.x, before.weight, before.bias, {}, found.weight,
            {},      after.weight,  after.bias,  {}};
  }
};

}  // namespace

bool depthwise_conv2d_fits(const torch::Tensor& x, const torch::Tensor& weight) {
  return fits_kernels(x) && (weight.size(2) == 3 || weight.size(2) == 5) &&
         weight.size(2) == weight.size(3) && weight.size(1) == 1;
}

torch::Tensor depthwise_conv2d(const torch::Tensor& x, const torch::Tensor& weight,
                               const DepthwiseOptions& options) {
  return DepthwiseFunction::apply(x, weight, options);
}

torch::Tensor norm_depthwise_norm(const torch::Tensor& x, torch::nn::BatchNorm2d* before,
                                  const torch::Tensor& weight, const DepthwiseOptions& options,
                                  torch::nn::BatchNorm2d& after, const Activation& activation) {
  std::optional<NormBuffers> buffers;
  auto before_weight = torch::empty({0});
  auto before_bias = before_weight;
  if (before != nullptr) {
    buffers = begin_batch(*before, activation);
    before_weight = (*before)->weight;
    before_bias = (*before)->bias;
  }
  return NormDepthwiseNormFunction::apply(x, before_weight, before_bias, buffers, weight, options,
                                          after->weight, after->bias,
                                          begin_batch(after, activation));
}

}  // namespace bcnet::nn
