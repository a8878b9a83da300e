#pragma once

#include <cstdint>

/// Loops over plain memory behind the operators of this folder, compiled once for each
/// instruction set (kernel_choice.h picks). No header here may bring inline functions of other
/// libraries: the linker could keep the copy that was compiled for the wrong instruction set.
namespace bcnet::nn {

/// A depthwise convolution of channels-last images. Sizes in pixels.
struct DepthwiseShape {
  std::int64_t channels, height, width, out_height, out_width;
  std::int64_t kernel, stride;  ///< side 3 or 5; 1 or 2
  std::int64_t pad_top, pad_left;
};

/// A batch norm's reach over rows of channels-last memory: element type, channels, and the
/// range that its activation clamps to (±infinity for none).
struct NormShape {
  std::int64_t channels;
  float low, high;
};

/// What a depthwise convolution reads in place of x: clamp(x * scale + offset), the batch norm and
/// activation before it. scale null: x itself.
struct NormBefore {
  const float* scale;
  const float* offset;
  float low, high;
};

/// What the gradient of a depthwise convolution's y is made of: of the gradient behind the batch
/// norm and activation after it, g where low < y * scale + offset < high, else 0, it is
/// g * scale + y * slope + level. scale null: that gradient itself.
struct NormAfter {
  const float* scale;
  const float* offset;
  const float* slope;
  const float* level;
  float low, high;
};

/// Two sums for each channel that a kernel adds to; first null: it doesn't.
struct ChannelSums {
  const float* middle;  ///< what is taken from each value before
  float* first;
  float* second;
};

/// One AdamW step's constants (Loshchilov and Hutter, ICLR 2019, algorithm 2).
struct AdamWStep {
  float learning_rate, decay;  ///< decay: weight decay times learning rate
  float beta1, beta2, epsilon;
  float correction1, correction2;  ///< 1 - βᵗ
  float gradient_scale;            ///< gradients are multiplied by it first (clipping)
};

template <typename T>
struct TypedKernels {
  /// Rows begin..end of one image's y. x: [H,W,C], w: [k*k,C] float, y: [H',W',C]. Adds
  /// Σ(y - middle) and Σ(y - middle)². scratch: depthwise_scratch() floats, as below.
  void (*depthwise_forward)(const DepthwiseShape&, std::int64_t begin, std::int64_t end, const T* x,
                            const NormBefore&, const float* w, T* y, const ChannelSums&,
                            float* scratch);
  /// Rows begin..end of one image's grad_x, 0 where before's activation held x back; null: none.
  /// Adds Σ grad_x and Σ grad_x (x - middle). grad_w: [k*k,C], overwritten by what these rows
  /// of x add to the gradient; null: none. y may be null where after.scale is.
  void (*depthwise_backward)(const DepthwiseShape&, std::int64_t begin, std::int64_t end,
                             const T* x, const NormBefore& before, const float* w, const T* y,
                             const T* grad_y, const NormAfter& after, T* grad_x, const ChannelSums&,
                             float* grad_w, float* scratch);

  /// x: [rows,C]; adds Σ(x - shift) and Σ(x - shift)² of each channel.
  void (*norm_sums)(const NormShape&, std::int64_t rows, const T* x, const float* shift, float* sum,
                    float* squares);
  /// y = clamp(x * scale + offset)
  void (*norm_apply)(const NormShape&, std::int64_t rows, const T* x, const float* scale,
                     const float* offset, T* y);
  /// g = grad_y where the activation let x pass; adds Σg and Σ g (x - mean).
  void (*norm_backward_sums)(const NormShape&, std::int64_t rows, const T* x, const T* grad_y,
                             const float* scale, const float* offset, const float* mean, float* sum,
                             float* product);
  /// grad_x = g * scale + x * slope + level; grad_x may be grad_y.
  void (*norm_backward_apply)(const NormShape&, std::int64_t rows, const T* x, const T* grad_y,
                              const float* scale, const float* offset, const float* slope,
                              const float* level, T* grad_x);
};

/// Matrix products over rows of float pixels, for 1×1 convolutions.
struct PointwiseKernels {
  /// The matrix [inner,outer] at w, by its steps, as multiply wants it; packed:
  /// pointwise_packed() floats.
  void (*pack)(std::int64_t inner, std::int64_t outer, const float* w, std::int64_t inner_step,
               std::int64_t outer_step, float* packed);
  /// y [rows,outer] = x [rows,inner] · packed
  void (*multiply)(std::int64_t rows, std::int64_t inner, std::int64_t outer, const float* x,
                   const float* packed, float* y);
  /// sum [narrow,wide] += aᵀ · b. a: [rows,narrow], b: [rows,wide], at most pointwise_rows of them.
  void (*add_products)(std::int64_t rows, std::int64_t narrow, std::int64_t wide, const float* a,
                       const float* b, float* sum);
};

struct Kernels {
  TypedKernels<float> f32;
  TypedKernels<std::uint16_t> bf16;  ///< the upper half of a float
  /// One parameter tensor of n elements and its two moments, in one pass.
  void (*adamw)(const AdamWStep&, std::int64_t n, const float* gradient, float* mean,
                float* variance, float* parameter);
  PointwiseKernels pointwise;
};

/// Rows that are worked on at once: the second cache holds them, and the way of a sum through
/// memory is worth it.
constexpr std::int64_t pointwise_rows = 192;

/// Floats of a packed matrix.
constexpr std::int64_t pointwise_packed(std::int64_t inner, std::int64_t outer) {
  return inner * (outer + 16);
}

/// Floats of scratch memory that a depthwise kernel needs.
constexpr std::int64_t depthwise_scratch(const DepthwiseShape& s) {
  const auto columns = s.width + s.out_width * s.stride + 4 * s.kernel;
  return (3 * s.kernel * s.kernel + (s.kernel + 1) * columns + 3) * (s.channels + 16) +
         2 * columns * 16;
}

}  // namespace bcnet::nn
