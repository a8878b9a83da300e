// segment_ppm MODEL.onnx IMAGE.ppm MASK.pgm
//
// Outlines polyps with bcnet's library alone: no image library, no OpenVINO and no LibTorch in
// this program's own code. With OpenCV at hand, bcnet/opencv.h takes a cv::Mat as it is.

#include <bcnet/segmenter.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

namespace {

struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;
};

/// Reads a binary PPM (P6) with 8 bits a channel and no comments.
Image read_ppm(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string magic;
  int most = 0;
  Image image;
  in >> magic >> image.width >> image.height >> most;
  in.get();
  if (!in || magic != "P6" || most != 255 || image.width < 1 || image.height < 1) {
    throw bcnet::Error(bcnet::ErrorKind::data, path + ": not a binary PPM of 8 bits");
  }
  image.rgb.resize(std::size_t{3} * image.width * image.height);
  in.read(reinterpret_cast<char*>(image.rgb.data()),
          static_cast<std::streamsize>(image.rgb.size()));
  if (!in) {
    throw bcnet::Error(bcnet::ErrorKind::data, path + ": cut short");
  }
  return image;
}

void write_pgm(const std::string& path, const bcnet::Segmentation& found) {
  std::ofstream out(path, std::ios::binary);
  out << "P5\n" << found.width << ' ' << found.height << "\n255\n";
  out.write(reinterpret_cast<const char*>(found.mask.data()),
            static_cast<std::streamsize>(found.mask.size()));
  if (!out.flush()) {
    throw bcnet::Error(bcnet::ErrorKind::io, path + ": cannot be written");
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: segment_ppm MODEL.onnx IMAGE.ppm MASK.pgm\n";
    return 2;
  }
  try {
    bcnet::SegmenterOptions options;
    options.model = argv[1];
    const bcnet::Segmenter segmenter(options);
    std::cout << segmenter.model_info().engine << '\n';

    const Image image = read_ppm(argv[2]);
    const bcnet::Segmentation found = segmenter.segment(
        {image.rgb.data(), image.width, image.height, 0, bcnet::PixelFormat::rgb8});
    for (const bcnet::Polyp& polyp : found.regions) {
      std::printf("polyp at %d,%d, %dx%d pixels, %.1f%% of the image, confidence %.2f\n",
                  polyp.box.x, polyp.box.y, polyp.box.width, polyp.box.height, polyp.area_percent,
                  polyp.confidence);
    }
    write_pgm(argv[3], found);
  } catch (const bcnet::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
