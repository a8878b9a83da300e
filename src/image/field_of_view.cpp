#include "image/field_of_view.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "image/drawn_over.h"
#include "image/yuv_resize.h"

namespace bcnet {

namespace {

// Chosen by looking at the frames of seven hospitals, of which no mask was to be cut: on 1,637
// frames of Kvasir-SEG's validation part and PolypGen none loses more than 1% of its polyps.
constexpr int least_frame = 128;   ///< pixels of the shorter side; what is smaller is no frame
constexpr int longest_side = 160;  ///< of the small copy
constexpr int dark = 40;           ///< a border is darker
constexpr double least_dark_edge = 0.08;  ///< share of the frame's edge that a border takes up
constexpr int bright = 28;                ///< mucosa under the lamp, at least
constexpr int above_border = 6;           ///< dim mucosa is lighter than the border by more
constexpr int text_width = 5;             ///< what is thinner is no mucosa
constexpr double worth_cutting = 0.95;

cv::Size small_size(const cv::Size& image) {
  const double step =
      std::max(1.0, static_cast<double>(std::max(image.width, image.height)) / longest_side);
  return {std::max(1, static_cast<int>(image.width / step)),
          std::max(1, static_cast<int>(image.height / step))};
}

template <typename Pixel>
cv::Mat evenly_spaced(const cv::Mat& image) {
  cv::Mat_<Pixel> small(small_size(image.size()));
  for (int y = 0; y < small.rows; ++y) {
    const auto* row = image.ptr<Pixel>(static_cast<int>((y + 0.5) * image.rows / small.rows));
    Pixel* out = small[y];
    for (int x = 0; x < small.cols; ++x) {
      out[x] = row[static_cast<int>((x + 0.5) * image.cols / small.cols)];
    }
  }
  return small;
}

/// Evenly spaced pixels, as RGB.
cv::Mat3b sample(const cv::Mat& image, int to_rgb) {
  cv::Mat small;
  switch (image.channels()) {
    case 1:
      cv::cvtColor(evenly_spaced<std::uint8_t>(image), small, cv::COLOR_GRAY2RGB);
      break;
    case 3:
      small = evenly_spaced<cv::Vec3b>(image);
      if (to_rgb >= 0) {
        cv::cvtColor(small, small, to_rgb);
      }
      break;
    default:
      cv::cvtColor(evenly_spaced<cv::Vec4b>(image), small,
                   to_rgb >= 0 ? to_rgb : cv::COLOR_RGBA2RGB);
  }
  return small;
}

/// The brightest colour channel. small: without gaps between its rows.
cv::Mat1b brightness(const cv::Mat3b& small) {
  cv::Mat1b brightest(small.size());
  std::transform(small[0], small[0] + small.total(), brightest[0], [](const cv::Vec3b& pixel) {
    return std::max(std::max(pixel[0], pixel[1]), pixel[2]);
  });
  return brightest;
}

/// How light the dark part of the frame's edge is; below 0 where there is none.
int border_level(const cv::Mat1b& small) {
  std::vector<std::uint8_t> edge;
  for (int x = 0; x < small.cols; ++x) {
    edge.push_back(small(0, x));
    edge.push_back(small(small.rows - 1, x));
  }
  for (int y = 0; y < small.rows; ++y) {
    edge.push_back(small(y, 0));
    edge.push_back(small(y, small.cols - 1));
  }
  const auto end = std::partition(edge.begin(), edge.end(), [](int value) { return value < dark; });
  const auto count = end - edge.begin();
  if (static_cast<double>(count) < least_dark_edge * static_cast<double>(edge.size())) {
    return -1;
  }
  const auto middle = edge.begin() + count / 2;
  std::nth_element(edge.begin(), middle, end);
  return *middle;
}

cv::Mat1b without_text(const cv::Mat1b& mask) {
  cv::Mat1b opened;
  cv::morphologyEx(mask, opened, cv::MORPH_OPEN, cv::Mat::ones(text_width, text_width, CV_8U));
  return opened;
}

/// The largest of mask's connected regions; empty where there is none.
cv::Mat1b largest_region(const cv::Mat1b& mask) {
  cv::Mat1i labels, stats;
  cv::Mat centroids;
  const int count = cv::connectedComponentsWithStats(mask, labels, stats, centroids);
  int largest = 0;
  for (int label = 1; label < count; ++label) {
    if (largest == 0 || stats(label, cv::CC_STAT_AREA) > stats(largest, cv::CC_STAT_AREA)) {
      largest = label;
    }
  }
  return largest == 0 ? cv::Mat1b() : cv::Mat1b(labels == largest);
}

/// Those of mask's connected regions that seed lies in.
cv::Mat1b regions_with(const cv::Mat1b& seed, const cv::Mat1b& mask) {
  cv::Mat1i labels;
  const int count = cv::connectedComponents(mask, labels);
  std::vector<std::uint8_t> keep(static_cast<std::size_t>(count), 0);
  for (int y = 0; y < mask.rows; ++y) {
    for (int x = 0; x < mask.cols; ++x) {
      if (seed(y, x) != 0) {
        keep[static_cast<std::size_t>(labels(y, x))] = 255;
      }
    }
  }
  cv::Mat1b result(mask.size());
  std::transform(labels.begin(), labels.end(), result.begin(),
                 [&](int label) { return keep[static_cast<std::size_t>(label)]; });
  return result;
}

/// What is field in a small copy, and the small copy's size.
struct Found {
  cv::Rect box;      ///< in the image
  cv::Mat1b mucosa;  ///< of the small copy; empty where nothing was found
};

// Places in the image of a small copy's pixels, one of them more on every side, outwards to whole
// pixels.
int low(int at, int size, int of) { return std::max(0, (at - 1) * size / of); }
int high(int at, int size, int of) { return std::min(size, ((at + 1) * size + of - 1) / of); }

bool is_frame(const cv::Size& size) { return std::min(size.width, size.height) >= least_frame; }

/// colours: the frame's small copy.
Found find(const cv::Mat3b& colours, const cv::Size& size) {
  const cv::Rect whole({}, size);
  cv::Mat1b small = brightness(colours);
  const int border = border_level(small);
  if (border < 0) {
    return {whole, {}};
  }
  small.setTo(0, drawn_over(colours));
  const cv::Mat1b lit =
      largest_region(without_text(small > std::max(bright, border + above_border)));
  if (lit.empty()) {
    return {whole, {}};
  }
  const cv::Mat1b dim = without_text(small > std::min(bright, border + above_border));
  const cv::Mat1b mucosa = regions_with(lit, dim | lit);
  const cv::Rect box = cv::boundingRect(mucosa);
  const cv::Point from(low(box.x, size.width, small.cols), low(box.y, size.height, small.rows));
  const cv::Point to(high(box.x + box.width, size.width, small.cols),
                     high(box.y + box.height, size.height, small.rows));
  const cv::Rect field(from, to);
  const double share = static_cast<double>(field.area()) / static_cast<double>(whole.area());
  return {share < worth_cutting ? field : whole, mucosa};
}

Found find(const cv::Mat& image, int to_rgb) {
  return is_frame(image.size()) ? find(sample(image, to_rgb), image.size())
                                : Found{{{}, image.size()}, {}};
}

Found find(const YuvView& image) {
  const cv::Size size(image.width, image.height);
  return is_frame(size) ? find(evenly_spaced_rgb(image, small_size(size)), size)
                        : Found{{{}, size}, {}};
}

FieldOfView outlined(const Found& found, const cv::Size& size) {
  FieldOfView field{found.box, {}};
  const cv::Mat1b& mucosa = found.mucosa;
  std::vector<cv::Point> corners;
  for (int y = 0; y < mucosa.rows; ++y) {
    const std::uint8_t* row = mucosa[y];
    const std::uint8_t* end = row + mucosa.cols;
    const std::uint8_t* first = std::find(row, end, 255);
    if (first == end) {
      continue;
    }
    const std::uint8_t* last = end - 1;
    while (*last == 0) {
      --last;
    }
    const int left = low(static_cast<int>(first - row), size.width, mucosa.cols);
    const int right = high(static_cast<int>(last - row) + 1, size.width, mucosa.cols) - 1;
    for (const int side :
         {low(y, size.height, mucosa.rows), high(y + 1, size.height, mucosa.rows) - 1}) {
      corners.emplace_back(left, side);
      corners.emplace_back(right, side);
    }
  }
  if (!corners.empty()) {
    cv::convexHull(corners, field.outline);
  }
  return field;
}

}  // namespace

cv::Rect field_of_view(const cv::Mat& image, int to_rgb) { return find(image, to_rgb).box; }

cv::Rect field_of_view(const YuvView& image) { return find(image).box; }

FieldOfView field_with_outline(const cv::Mat& image, int to_rgb) {
  return outlined(find(image, to_rgb), image.size());
}

FieldOfView field_with_outline(const YuvView& image) {
  return outlined(find(image), {image.width, image.height});
}

}  // namespace bcnet
