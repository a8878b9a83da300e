#ifndef BCNET_BCNET_H
#define BCNET_BCNET_H

/**
 * @file
 * Finds polyps in images, from C (C99) and whatever calls C.
 *
 *     bcnet_segmenter* segmenter = NULL;
 *     bcnet_result* result = NULL;
 *     if (bcnet_segmenter_open(NULL, &segmenter) || bcnet_result_open(&result)) {
 *       fprintf(stderr, "%s\n", bcnet_last_error());
 *     }
 *     bcnet_frame frame = BCNET_FRAME_INIT;
 *     frame.data = pixels;
 *     frame.width = 1920;
 *     frame.height = 1080;
 *     frame.format = BCNET_BGR8;
 *     bcnet_segment(segmenter, &frame, 0, result);
 *
 * Every function that can fail gives a bcnet_status, and no exception leaves it. A handle that is
 * null, closed or of another kind is an error and not a crash. Every struct begins with its own
 * size, which the _INIT macros set: the library knows by it what the program was compiled for.
 * Strings are UTF-8.
 */

#include <stddef.h>
#include <stdint.h>

#include "bcnet/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a call came to. 1 to 4 are the program's exit codes. */
typedef enum bcnet_status {
  BCNET_OK = 0,           /**< nothing went wrong */
  BCNET_FAILED = 1,       /**< for a reason outside the data: memory, the system */
  BCNET_BAD_USAGE = 2,    /**< an argument, an option, a handle */
  BCNET_BAD_DATA = 3,     /**< the frame */
  BCNET_BAD_MODEL = 4,    /**< the model file */
  BCNET_INTERRUPTED = 130 /**< by a signal */
} bcnet_status;

/** What went wrong in this thread's last call, in one line that may name files; "" where nothing
 * did. Holds until the thread's next call. */
BCNET_API const char* bcnet_last_error(void);

/** The library's version, "0.1.0". */
BCNET_API const char* bcnet_version(void);

/* ---- A model ---------------------------------------------------------------------------- */

/** Any number of threads may use one at the same time. Closing one that is in use in another thread
 * lets that call finish. */
typedef struct bcnet_segmenter bcnet_segmenter;

/** Numbers in which the network is computed. */
enum {
  BCNET_AUTO = 0, /**< bf16 where the CPU computes it natively, else f32 */
  BCNET_F32 = 1,  /**< 32-bit floats */
  BCNET_BF16 = 2, /**< bfloat16 */
  BCNET_F16 = 3   /**< 16-bit floats */
};

/** What the threads are spent on. */
enum {
  BCNET_LATENCY = 0, /**< one image as soon as possible */
  BCNET_THROUGHPUT =
      1 /**< each thread on an image of its own, bcnet_info.parallel callers at a time */
};

/** How a model is opened. */
typedef struct bcnet_options {
  size_t struct_size; /**< sizeof this struct, as its _INIT macro sets it */
  const char* model;  /**< path of an ONNX file; NULL: $BCNET_MODEL, or else the shipped model */
  const void* model_data; /**< or its bytes, read only while it is opened; model then is its name */
  size_t model_size;      /**< bytes of model_data */
  int32_t threads;        /**< of the network; 0: the cores that the process may use */
  int32_t precision;      /**< BCNET_AUTO, ... */
  int32_t mode;           /**< BCNET_LATENCY or BCNET_THROUGHPUT */
  int32_t whole_frame;    /**< 1: look at all of an image; 0: unless the model was trained so, not
                               at the dark border */
  float threshold;        /**< on the probability, in (0,1); negative: the model's own */
  float min_confidence;   /**< regions below it are left out; in [0,1); negative: the model's own */
  const char* cache;      /**< folder that keeps compiled models; NULL: none are kept */
} bcnet_options;

/** All defaults. */
#define BCNET_OPTIONS_INIT \
  { sizeof(bcnet_options), NULL, NULL, 0, 0, BCNET_AUTO, BCNET_LATENCY, 0, -1.0F, -1.0F, NULL }

/** Loads and compiles a model, which takes a tenth of a second or more: keep it. options: NULL for
 * all defaults. *segmenter: NULL where it fails. */
BCNET_API bcnet_status bcnet_segmenter_open(const bcnet_options* options,
                                            bcnet_segmenter** segmenter);

/** Closes a model. NULL is nothing to close, and no error. */
BCNET_API bcnet_status bcnet_segmenter_close(bcnet_segmenter* segmenter);

/** What a model is. Its strings hold until the segmenter is closed. */
typedef struct bcnet_info {
  size_t struct_size;     /**< sizeof this struct, as its _INIT macro sets it */
  const char* file;       /**< of the model */
  const char* engine;     /**< what runs it: name, version, precision, threads */
  const char* trained_on; /**< data sets */
  const char* license;    /**< of the weights */
  int32_t parallel;       /**< threads that should call at a time, see BCNET_THROUGHPUT */
  int32_t input_width;    /**< pixels that the network sees; frames of any size are resized */
  int32_t input_height;   /**< the same */
  float threshold;        /**< in use: the caller's, or else the model's */
  float min_confidence;   /**< the same */
  const char* warnings; /**< what its user should know of it on this CPU, a line each; mostly "" */
} bcnet_info;

/** An empty one, to be filled. */
#define BCNET_INFO_INIT \
  { sizeof(bcnet_info), NULL, NULL, NULL, NULL, 0, 0, 0, 0.0F, 0.0F, NULL }

/** Fills info. */
BCNET_API bcnet_status bcnet_segmenter_info(bcnet_segmenter* segmenter, bcnet_info* info);

/* ---- A frame ---------------------------------------------------------------------------- */

/** Order of the 8-bit channels of a pixel in memory. */
enum {
  BCNET_RGB8 = 0,  /**< 3 bytes */
  BCNET_BGR8 = 1,  /**< 3 bytes */
  BCNET_RGBA8 = 2, /**< 4 bytes; alpha is not looked at */
  BCNET_BGRA8 = 3, /**< 4 bytes; alpha is not looked at */
  BCNET_GRAY8 = 4, /**< 1 byte */
  BCNET_NV12 = 5,  /**< 4:2:0: a plane of luma, one of U and V in turn */
  BCNET_I420 = 6   /**< 4:2:0: a plane of luma, one of U, one of V */
};

/** The colours that luma and chroma stand for. */
enum {
  BCNET_BT709 = 0, /**< HD */
  BCNET_BT601 = 1, /**< standard definition */
  BCNET_BT2020 = 2 /**< without constant luminance */
};

/** An image that the caller owns. It is only read, and only during the call it is given to. */
typedef struct bcnet_frame {
  size_t struct_size;      /**< sizeof this struct, as its _INIT macro sets it */
  const void* data;        /**< first pixel of the top row */
  int32_t width;           /**< pixels, at least 1 */
  int32_t height;          /**< pixels, at least 1 */
  ptrdiff_t stride;        /**< bytes from one row to the next; 0: rows lie tight */
  int32_t format;          /**< BCNET_RGB8, ... */
  const void* chroma;      /**< of 4:2:0: U and V, or U; NULL: stride * height bytes behind data */
  const void* chroma_v;    /**< of BCNET_I420: V; NULL: right behind U */
  ptrdiff_t chroma_stride; /**< as stride; 0: for BCNET_NV12 stride, for BCNET_I420 half of it */
  int32_t matrix;          /**< of 4:2:0: BCNET_BT709, ... */
  int32_t full_range;      /**< of 4:2:0: 1 for 0..255, 0 for 16..235 and 16..240 */
} bcnet_frame;

/** Without pixels; set data, width, height and format. */
#define BCNET_FRAME_INIT \
  { sizeof(bcnet_frame), NULL, 0, 0, 0, BCNET_RGB8, NULL, NULL, 0, BCNET_BT709, 0 }

/* ---- What was found --------------------------------------------------------------------- */

/** What was found in a frame. Memory that a result takes is used again for the next frame of the
 * same size. One call at a time: a second one meanwhile is BCNET_BAD_USAGE. */
typedef struct bcnet_result bcnet_result;

/** Makes an empty result. */
BCNET_API bcnet_status bcnet_result_open(bcnet_result** result);
/** Closes a result. NULL is nothing to close, and no error. */
BCNET_API bcnet_status bcnet_result_close(bcnet_result* result);

/** Flags of bcnet_segment. */
enum { BCNET_PROBABILITY = 1 /**< fill bcnet_view.probability */ };

/** Segments a frame. flags: 0 or BCNET_PROBABILITY. Where it fails the result is empty. */
BCNET_API bcnet_status bcnet_segment(bcnet_segmenter* segmenter, const bcnet_frame* frame,
                                     uint32_t flags, bcnet_result* result);

/** What is in a result. */
typedef struct bcnet_view {
  size_t struct_size;       /**< sizeof this struct, as its _INIT macro sets it */
  int32_t width;            /**< of the frame; 0 before the first one */
  int32_t height;           /**< the same */
  const uint8_t* mask;      /**< width * height bytes, row by row: 255 polyp, 0 background */
  const float* probability; /**< width * height, 0..1; NULL unless asked for */
  size_t region_count;      /**< see bcnet_result_region */
  double milliseconds;      /**< that bcnet_segment took */
} bcnet_view;

/** An empty one, to be filled. */
#define BCNET_VIEW_INIT \
  { sizeof(bcnet_view), 0, 0, NULL, NULL, 0, 0.0 }

/** Shows what is in a result, without a copy: it holds until the result is used again or closed. */
BCNET_API bcnet_status bcnet_result_view(bcnet_result* result, bcnet_view* view);

/** A corner of an outline: the centre of pixel (x, y). */
typedef struct bcnet_point {
  int32_t x; /**< column, from 0 at the left */
  int32_t y; /**< row, from 0 at the top */
} bcnet_point;

/** One connected region of the mask. */
typedef struct bcnet_region {
  size_t struct_size;         /**< sizeof this struct, as its _INIT macro sets it */
  const bcnet_point* polygon; /**< its outer outline; holds as bcnet_view does */
  size_t polygon_size;        /**< corners */
  int32_t x;                  /**< its box: columns x..x+width-1, rows y..y+height-1 */
  int32_t y;                  /**< its box */
  int32_t width;              /**< its box */
  int32_t height;             /**< its box */
  double area_percent;        /**< of the frame, 0..100 */
  double confidence;          /**< how likely it is a polyp, 0..1 */
} bcnet_region;

/** An empty one, to be filled. */
#define BCNET_REGION_INIT \
  { sizeof(bcnet_region), NULL, 0, 0, 0, 0, 0, 0.0, 0.0 }

/** Region number index, the largest is 0; BCNET_BAD_USAGE from region_count on. */
BCNET_API bcnet_status bcnet_result_region(bcnet_result* result, size_t index,
                                           bcnet_region* region);

#ifdef __cplusplus
}
#endif

#endif
