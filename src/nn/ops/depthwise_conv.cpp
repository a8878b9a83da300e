#include "nn/ops/depthwise_conv.h"

#include <ATen/Parallel.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <vector>

#include "nn/ops/elements.h"
#include "nn/ops/kernel_choice.h"

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

/// Calls body(band, image, first row, end of rows, scratch) for every band.
template <typename Body>
void for_each_band(const Bands& bands, const DepthwiseShape& shape, const Body& body) {
  at::parallel_for(0, bands.count, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> scratch(static_cast<std::size_t>(depthwise_scratch(shape)));
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

struct DepthwiseFunction : torch::autograd::Function<DepthwiseFunction> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight, std::int64_t stride,
                               std::int64_t pad_before, std::int64_t pad_after) {
    RECORD_FUNCTION("bcnet::depthwise_conv2d", std::vector<c10::IValue>({x, weight}));
    context->save_for_backward({x, weight});
    context->saved_data["stride"] = stride;
    context->saved_data["pad_before"] = pad_before;
    context->saved_data["pad_after"] = pad_after;
    const auto shape = shape_of(x, weight, {stride, pad_before, pad_after});
    const auto taps = by_tap(weight);
    auto y = torch::empty({x.size(0), shape.channels, shape.out_height, shape.out_width},
                          x.options(), torch::MemoryFormat::ChannelsLast);
    dispatch_elements(x, [&](auto element) {
      using T = decltype(element);
      const auto* in = elements<T>(x);
      auto* out = elements<T>(y);
      const Bands bands(x.size(0), shape.out_height);
      for_each_band(bands, shape, [&](auto, auto image, auto first, auto end, float* scratch) {
        typed_kernels<T>().depthwise_forward(
            shape, first, end, in + image * shape.height * shape.width * shape.channels,
            taps.template data_ptr<float>(),
            out + image * shape.out_height * shape.out_width * shape.channels, scratch);
      });
    });
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const auto& weight = saved[1];
    const auto shape =
        shape_of(x, weight,
                 {context->saved_data["stride"].toInt(), context->saved_data["pad_before"].toInt(),
                  context->saved_data["pad_after"].toInt()});
    const auto grad_y =
        gradients[0].to(x.scalar_type()).contiguous(torch::MemoryFormat::ChannelsLast);
    const bool input = context->needs_input_grad(0);
    const bool kernel = context->needs_input_grad(1);
    const auto taps = by_tap(weight);
    auto grad_x = input ? torch::empty_like(x) : torch::Tensor();
    const Bands bands(x.size(0), shape.out_height);
    auto sums = kernel ? torch::empty({bands.count, shape.kernel * shape.kernel, shape.channels},
                                      torch::kFloat32)
                       : torch::Tensor();
    dispatch_elements(x, [&](auto element) {
      using T = decltype(element);
      const auto& k = typed_kernels<T>();
      const auto in = shape.height * shape.width * shape.channels;
      const auto out = shape.out_height * shape.out_width * shape.channels;
      if (input) {
        const Bands input_bands(x.size(0), shape.height);
        for_each_band(
            input_bands, shape, [&](auto, auto image, auto first, auto end, float* scratch) {
              k.depthwise_backward_input(shape, first, end, elements<T>(grad_y) + image * out,
                                         taps.template data_ptr<float>(),
                                         elements<T>(grad_x) + image * in, scratch);
            });
      }
      if (kernel) {
        for_each_band(
            bands, shape, [&](auto band, auto image, auto first, auto end, float* scratch) {
              k.depthwise_backward_weight(
                  shape, first, end, elements<T>(x) + image * in, elements<T>(grad_y) + image * out,
                  sums.template data_ptr<float>() + band * sums.stride(0), scratch);
            });
      }
    });
    auto grad_weight =
        kernel ? sums.sum(0).t().reshape(weight.sizes()).to(weight.scalar_type()) : torch::Tensor();
    return {grad_x, grad_weight, {}, {}, {}};
  }
};

}  // namespace

bool depthwise_conv2d_fits(const torch::Tensor& x, const torch::Tensor& weight) {
  return fits_kernels(x) && (weight.size(2) == 3 || weight.size(2) == 5) &&
         weight.size(2) == weight.size(3) && weight.size(1) == 1;
}

torch::Tensor depthwise_conv2d(const torch::Tensor& x, const torch::Tensor& weight,
                               const DepthwiseOptions& options) {
  return DepthwiseFunction::apply(x, weight, options.stride, options.pad_before, options.pad_after);
}

}  // namespace bcnet::nn
