// For AddressSanitizer: OpenCV keeps its tables of Lab to the end of a program, and its frames
// cannot be followed, so that no suppression can name them. Made here, before the tests, they do
// not count.
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>

#include <opencv2/imgproc.hpp>

namespace {

[[maybe_unused]] const bool made = [] {
  const __lsan::ScopedDisabler not_counted;
  cv::Mat pixel(1, 1, CV_8UC3, cv::Scalar::all(0));
  cv::cvtColor(pixel, pixel, cv::COLOR_RGB2Lab);
  return true;
}();

}  // namespace
#endif
