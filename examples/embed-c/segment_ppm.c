/* segment_ppm MODEL.onnx IMAGE.ppm MASK.pgm
 *
 * Outlines polyps from C, with bcnet's library and nothing else. MODEL may be "", which is the
 * shipped model. */

#include <bcnet/bcnet.h>
#include <stdio.h>
#include <stdlib.h>

/* Reads a binary PPM (P6) with 8 bits a channel and no comments; NULL where it is none. */
static uint8_t* read_ppm(const char* path, int* width, int* height) {
  uint8_t* pixels = NULL;
  int most = 0;
  FILE* in = fopen(path, "rb");
  if (in == NULL) {
    return NULL;
  }
  if (fscanf(in, "P6 %d %d %d", width, height, &most) == 3 && fgetc(in) != EOF && most == 255 &&
      *width > 0 && *width <= 16384 && *height > 0 && *height <= 16384) {
    const size_t size = (size_t)3 * (size_t)*width * (size_t)*height;
    pixels = malloc(size);
    if (pixels != NULL && fread(pixels, 1, size, in) != size) {
      free(pixels);
      pixels = NULL;
    }
  }
  fclose(in);
  return pixels;
}

static int write_pgm(const char* path, const bcnet_view* found) {
  const size_t size = (size_t)found->width * (size_t)found->height;
  FILE* out = fopen(path, "wb");
  int good = out != NULL;
  if (good) {
    good = fprintf(out, "P5\n%d %d\n255\n", (int)found->width, (int)found->height) > 0 &&
           fwrite(found->mask, 1, size, out) == size;
    good = fclose(out) == 0 && good;
  }
  return good;
}

/* Prints what is in a result and writes its mask. */
static bcnet_status show(bcnet_result* result, const char* mask_path) {
  bcnet_view found = BCNET_VIEW_INIT;
  bcnet_status status = bcnet_result_view(result, &found);
  size_t i;
  for (i = 0; status == BCNET_OK && i < found.region_count; ++i) {
    bcnet_region polyp = BCNET_REGION_INIT;
    status = bcnet_result_region(result, i, &polyp);
    if (status == BCNET_OK) {
      printf("polyp at %d,%d, %dx%d pixels, %.1f%% of the image, confidence %.2f, %lu corners\n",
             (int)polyp.x, (int)polyp.y, (int)polyp.width, (int)polyp.height, polyp.area_percent,
             polyp.confidence, (unsigned long)polyp.polygon_size);
    }
  }
  if (status == BCNET_OK && !write_pgm(mask_path, &found)) {
    fprintf(stderr, "%s: cannot be written\n", mask_path);
    return BCNET_FAILED;
  }
  return status;
}

int main(int argc, char** argv) {
  bcnet_segmenter* segmenter = NULL;
  bcnet_result* result = NULL;
  bcnet_options options = BCNET_OPTIONS_INIT;
  bcnet_frame frame = BCNET_FRAME_INIT;
  bcnet_status status;
  uint8_t* pixels;
  int width = 0;
  int height = 0;

  if (argc != 4) {
    fprintf(stderr, "usage: segment_ppm MODEL.onnx IMAGE.ppm MASK.pgm\n");
    return 2;
  }
  pixels = read_ppm(argv[2], &width, &height);
  if (pixels == NULL) {
    fprintf(stderr, "%s: not a binary PPM of 8 bits\n", argv[2]);
    return 3;
  }
  options.model = argv[1][0] == '\0' ? NULL : argv[1];
  frame.data = pixels;
  frame.width = width;
  frame.height = height;
  frame.format = BCNET_RGB8;

  status = bcnet_segmenter_open(&options, &segmenter);
  if (status == BCNET_OK) {
    status = bcnet_result_open(&result); /* keep both for the next frame */
  }
  if (status == BCNET_OK) {
    status = bcnet_segment(segmenter, &frame, 0, result);
  }
  if (status == BCNET_OK) {
    status = show(result, argv[3]);
  }
  if (bcnet_last_error()[0] != '\0') {
    fprintf(stderr, "%s\n", bcnet_last_error());
  }
  bcnet_result_close(result);
  bcnet_segmenter_close(segmenter);
  free(pixels);
  return (int)status;
}
