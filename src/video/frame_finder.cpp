#include "video/frame_finder.h"

#include "image/yuv.h"

namespace bcnet::video {

namespace {

ImageView image_view(const YuvImage& picture) {
  ImageView view{picture.y.data, picture.y.cols, picture.y.rows, picture.y.step, PixelFormat::i420};
  view.chroma = picture.u.data;
  view.chroma_v = picture.v.data;
  view.chroma_stride = picture.u.step;
  view.matrix = picture.matrix;
  view.full_range = picture.full_range;
  return view;
}

track::FieldOptions field_of(const infer::FrameSteps& steps, track::FieldOptions field) {
  field.whole_frame = field.whole_frame || steps.whole_frame();
  return field;
}

}  // namespace

FrameFinder::FrameFinder(const infer::FrameSteps& steps, const FinderOptions& options)
    : steps_(steps), follower_(field_of(steps, options.field)), steady_(steps, options.steady) {}

void FrameFinder::prepare(const VideoFrame& frame, FrameWork& work) {
  const ImageView view = image_view(frame.picture);
  work.field = follower_.next(view, frame.seconds);
  steps_.prepare(view, work.field.box, view.width, view.height, work.frame);
}

void FrameFinder::finish(const VideoFrame& frame, FrameWork& work, Segmentation& found,
                         std::vector<track::Finding>& findings) {
  steady_.finish(work.frame, work.field, frame.number, frame.seconds, found, findings);
}

}  // namespace bcnet::video
