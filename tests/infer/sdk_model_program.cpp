// Prints which model an application gets that names none.

#include <bcnet/segmenter.h>

#include <cstdio>

int main() {
  try {
    const bcnet::Segmenter segmenter(bcnet::SegmenterOptions{});
    std::printf("%s\n", segmenter.model_info().file.c_str());
    return 0;
  } catch (const bcnet::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
