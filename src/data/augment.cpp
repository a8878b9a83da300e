#include "data/augment.h"

#include <algorithm>
#include <array>

#include "data/augment/geometry.h"
#include "data/augment/mixing.h"
#include "data/augment/occlusion.h"
#include "data/augment/pixels.h"

namespace bcnet::data {

cv::Mat join_mask(const cv::Mat& image, const cv::Mat& mask) {
  cv::Mat joined(image.size(), CV_8UC4);
  const std::array<cv::Mat, 2> parts{image, mask};
  constexpr std::array<int, 8> from_to{0, 0, 1, 1, 2, 2, 3, 3};
  cv::mixChannels(parts.data(), parts.size(), &joined, 1, from_to.data(), 4);
  return joined;
}

namespace {

/// On a grid of an eighth: a look before the whole is made.
bool shows_polyp(const cv::Mat& pixels, const Geometry& geometry, cv::Size size) {
  constexpr int coarser = 8;
  const cv::Size grid(std::max(1, size.width / coarser), std::max(1, size.height / coarser));
  cv::Mat seen, mask;
  apply_geometry(pixels, geometry, grid, {{}, grid}, seen);
  cv::extractChannel(seen, mask, 3);
  return cv::countNonZero(mask) > 0;
}

/// Another zoom into the pair, to where no pixel of its mask is; out stays where a few tries
/// find none.
void look_away(const cv::Mat& pixels, const AugmentOptions& options, const SampleKey& key,
               SplitMix64& random, cv::Mat& out) {
  AugmentOptions closer = options;
  closer.scale_low = options.negative_scale_low;
  closer.scale_high = options.negative_scale_high;
  closer.crop = 1;
  const double aspect = static_cast<double>(out.cols) / out.rows;
  cv::Mat window(out.size(), out.type()), mask;
  constexpr int tries = 12;
  for (int i = 0; i < tries; ++i) {
    const Geometry geometry = draw_geometry(closer, aspect, key, random);
    if (shows_polyp(pixels, geometry, out.size())) {
      continue;
    }
    apply_geometry(pixels, geometry, closer, random, window);
    cv::extractChannel(window, mask, 3);
    if (cv::countNonZero(mask) == 0) {
      window.copyTo(out);
      return;
    }
  }
}

}  // namespace

void augment(const cv::Mat& pixels, int width, int height, const AugmentOptions& options,
             std::uint64_t seed, std::uint64_t epoch, std::uint64_t index, cv::Mat& out,
             const Donors& donors) {
  const SampleKey key{seed, epoch, index};
  // Makes a change with its probability, from its own stream.
  const auto perhaps = [&](double probability, Change change, const auto& make) {
    SplitMix64 own = stream(key, change);
    if (own.chance(probability)) {
      make(own);
    }
  };
  out.create(height, width, CV_8UC4);
  SplitMix64 random = stream(key, Change::first);
  const double aspect = static_cast<double>(width) / height;
  const Geometry geometry = draw_geometry(options, aspect, key, random);
  apply_geometry(pixels, geometry, options, random, out);
  perhaps(options.negative, Change::negative,
          [&](SplitMix64& own) { look_away(pixels, options, key, own, out); });

  perhaps(options.cutmix, Change::cutmix,
          [&](SplitMix64& own) { mix_rectangle(options, key, donors, own, out); });
  perhaps(options.paste, Change::paste,
          [&](SplitMix64& own) { paste_polyp(options, key, donors, own, out); });

  perhaps(options.style, Change::style,
          [&](SplitMix64& own) { take_colours(key, donors, own, out); });

  // In the order in which light, lens, sensor and screen make them.
  if (options.brightness > 0 || options.contrast > 0 || options.saturation > 0) {
    change_color(options, random, out);
  }
  if (options.hue > 0 || options.gamma > 0 || options.white_balance > 0) {
    change_camera(options, stream(key, Change::color), out);
  }
  perhaps(options.glare, Change::glare, [&](SplitMix64& own) { add_glare(options, own, out); });
  perhaps(options.highlights, Change::highlights,
          [&](SplitMix64& own) { add_highlights(options, own, out); });
  if (random.chance(options.blur)) {
    blur(options, random, out);
  }
  perhaps(options.motion_blur, Change::motion_blur,
          [&](SplitMix64& own) { blur_motion(options, own, out); });
  perhaps(options.noise, Change::noise, [&](SplitMix64& own) { add_noise(options, own, out); });
  perhaps(options.jpeg, Change::jpeg, [&](SplitMix64& own) { compress(options, own, out); });
  perhaps(options.dropout, Change::dropout,
          [&](SplitMix64& own) { drop_rectangles(options, own, out); });
  perhaps(options.box, Change::box, [&](SplitMix64& own) { add_box(options, own, out); });
}

}  // namespace bcnet::data
