#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bcnet/api.h"
#include "bcnet/error.h"

namespace bcnet {

/// Order of the 8-bit channels of a pixel in memory; or 4:2:0 as decoders and cameras give it: a
/// plane of luma, and chroma of half its width and height, rounded up, U and V in turn in one plane
/// (nv12) or in a plane each (i420).
enum class PixelFormat { rgb8, bgr8, rgba8, bgra8, gray8, nv12, i420 };

/// The colours that luma and chroma stand for: ITU-R BT.709 (HD), BT.601 (standard definition),
/// BT.2020 (of which not the form with constant luminance).
enum class YuvMatrix { bt709, bt601, bt2020 };

/// An image that the caller owns. It is only read, and only during the call it is given to.
struct ImageView {
  const std::uint8_t* data = nullptr;      ///< first pixel of the top row; of 4:2:0 its luma
  int width = 0;                           ///< pixels, at least 1
  int height = 0;                          ///< pixels, at least 1
  std::size_t stride = 0;                  ///< bytes from one row to the next; 0: rows lie tight
  PixelFormat format = PixelFormat::rgb8;  ///< of all its pixels

  /// Of nv12 and i420, the plane of chroma, for i420 that of U. Null: it lies stride x height bytes
  /// behind data.
  const std::uint8_t* chroma = nullptr;
  const std::uint8_t* chroma_v = nullptr;  ///< of i420, V's; null: it lies right behind U's
  std::size_t chroma_stride = 0;  ///< as stride, of chroma; 0: nv12 has stride, i420 half of it
  YuvMatrix matrix = YuvMatrix::bt709;  ///< of nv12 and i420
  bool full_range = false;              ///< of nv12 and i420: 0..255, not 16..235 and 16..240
};

/// Numbers in which the network is computed.
enum class Precision {
  automatic,  ///< bf16 where the CPU computes it natively, else f32
  f32,
  bf16,
  f16,
};

/// What the threads are spent on.
enum class Mode {
  latency,     ///< one image as soon as possible: all threads work on it
  throughput,  ///< many images: each thread works on its own, ModelInfo::parallel at a time
};

/// How a Segmenter is made.
struct SegmenterOptions {
  /// An ONNX file that `bcnet export` or `bcnet quantize` wrote. Empty: $BCNET_MODEL, or else the
  /// shipped model, found beside the library.
  std::filesystem::path model;
  std::string device = "cpu";  ///< the runtime half knows "cpu" alone
  int threads = 0;             ///< of the network; 0: the cores in the process's affinity mask
  Precision precision = Precision::automatic;  ///< numbers of the network
  Mode mode = Mode::latency;                   ///< what the threads are spent on
  std::optional<float> threshold;  ///< on the probability, in (0,1); the model's own unless given
  bool probability = false;        ///< fill Segmentation::probability
  /// Regions of a lower Polyp::confidence are left out of mask and regions; in [0,1), the model's
  /// own (ModelInfo::min_confidence) unless given.
  std::optional<float> min_confidence;
  /// Look at all of an image. Otherwise the dark border around what an endoscope shows, with its
  /// text and small pictures, is cut off before the network and has no polyp, unless the model was
  /// trained on whole images (recipe key field_of_view).
  bool whole_frame = false;
  /// Folder that keeps compiled models, so that the next start is fast; empty: none are kept.
  std::filesystem::path cache;
  /// The bytes of such a file, where it is in memory already; they are read while the Segmenter is
  /// made and not after. model is then its name in messages.
  std::optional<std::string_view> model_bytes;
};

/// A corner of an outline: the centre of pixel (x, y) of the image.
struct Point {
  int x = 0;  ///< column, from 0 at the left
  int y = 0;  ///< row, from 0 at the top
};

/// Pixels x..x+width-1 and y..y+height-1 of the image.
struct Box {
  int x = 0;       ///< leftmost column
  int y = 0;       ///< topmost row
  int width = 0;   ///< columns
  int height = 0;  ///< rows
};

/// One connected region of the mask.
struct Polyp {
  std::vector<Point> polygon;  ///< its outer outline
  Box box;                     ///< around all its pixels
  double area_percent = 0;     ///< of the image, 0..100
  double confidence = 0;       ///< how likely it is a polyp, 0..1, see ModelInfo::region_slope
};

/// What was found in one image; everything is in that image's own pixels.
struct Segmentation {
  int width = 0;                   ///< of the image, pixels
  int height = 0;                  ///< the same
  std::vector<std::uint8_t> mask;  ///< width·height, row by row: 255 polyp, 0 background
  std::vector<float> probability;  ///< width·height, 0..1; empty unless asked for
  std::vector<Polyp> regions;      ///< the largest first
  double milliseconds = 0;         ///< that segment() took
};

/// What a model file says of itself.
struct ModelInfo {
  std::string file;          ///< its path, or the name that was given with its bytes
  std::string engine;        ///< what runs it: name, version, precision, threads
  int parallel = 1;          ///< threads that should call segment() at a time, see Mode
  std::string architecture;  ///< JSON
  int input_width = 0;       ///< pixels that the network sees; images of any size are resized
  int input_height = 0;      ///< the same
  float threshold = 0;       ///< in use: the caller's, or else the model's
  float temperature = 1;     ///< probability = sigmoid(logits / temperature), see `bcnet calibrate`
  float min_confidence = 0;  ///< in use: the caller's, or else the model's
  /// Polyp::confidence = sigmoid(region_slope · logit(mean probability of its pixels) +
  /// region_intercept), fitted by `bcnet calibrate`; 1 and 0: the mean itself.
  float region_slope = 1;
  float region_intercept = 0;  ///< see region_slope
  std::string metrics;         ///< JSON
  std::string trained_on;      ///< data sets
  std::string recipe_sha256;   ///< of the recipe that it was trained by
  std::string commit;          ///< of the program that trained it
  std::string license;         ///< of the weights
  /// What its user should know of it on this CPU, a line each; mostly nothing. The library itself
  /// prints nothing.
  std::string warnings;
};

class Segmenter;

namespace infer {  // not for applications: what the library is made of
class Engine;
class FrameSteps;
struct Frame;
Segmenter make_segmenter(std::shared_ptr<Engine> engine, const SegmenterOptions& options);
}  // namespace infer

/// The memory that segment() works in. Whoever keeps it and the Segmentation for the next image of
/// the same size takes no new memory for pixels, logits, mask and probabilities. One call at a
/// time.
class BCNET_API Workspace {
 public:
  Workspace();
  ~Workspace();
  /// What was moved from is as new.
  Workspace(Workspace&&) noexcept;
  /// The same.
  Workspace& operator=(Workspace&&) noexcept;
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

 private:
  friend class Segmenter;
  std::unique_ptr<infer::Frame> frame_;
};

/// Finds polyps in images with one model.
///
///     bcnet::SegmenterOptions options;
///     options.model = "bcnet.onnx";
///     const bcnet::Segmenter segmenter(options);
///     const bcnet::ImageView image{pixels, 1920, 1080, 0, bcnet::PixelFormat::bgr8};
///     for (const bcnet::Polyp& polyp : segmenter.segment(image).regions) { ... }
///
/// Loading takes a tenth of a second or more: keep the object. It can be moved, and any number
/// of threads may call its const members at the same time. Of one that was moved from they throw
/// Error(usage).
class BCNET_API Segmenter {
 public:
  /// Loads and compiles the model. Throws Error(model) where the file is none, damaged or
  /// without a description, Error(usage) for an option out of range.
  explicit Segmenter(const SegmenterOptions& options);
  ~Segmenter();
  /// What was moved from holds no model until another is assigned to it.
  Segmenter(Segmenter&&) noexcept;
  /// The same.
  Segmenter& operator=(Segmenter&&) noexcept;
  Segmenter(const Segmenter&) = delete;
  Segmenter& operator=(const Segmenter&) = delete;

  /// Throws Error(data) for a view that is no image (no pixels, a stride shorter than a row),
  /// Error(model) where the network's output isn't finite.
  Segmentation segment(const ImageView& image) const;

  /// The same with a result of width x height pixels, where image is a smaller copy of a picture
  /// of that size: a decoder's own reduced output, which costs less than the whole. Throws
  /// Error(usage) for a size below 1x1.
  Segmentation segment(const ImageView& image, int width, int height) const;

  /// The same as the first into memory that is kept. probability: fill Segmentation::probability,
  /// whatever the options say.
  void segment(const ImageView& image, bool probability, Workspace& workspace,
               Segmentation& result) const;

  /// What the model says of itself, and what is in use.
  const ModelInfo& model_info() const;

 private:
  friend Segmenter infer::make_segmenter(std::shared_ptr<infer::Engine>, const SegmenterOptions&);
  explicit Segmenter(std::unique_ptr<infer::FrameSteps> steps);
  const infer::FrameSteps& loaded() const;

  std::unique_ptr<infer::FrameSteps> steps_;
};

}  // namespace bcnet
