// bcnet serve --source: a video for those who watch.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serve/serve_program.h"
#include "support/video_files.h"

namespace bcnet::test {
namespace {

using testing::HasSubstr;

TEST_F(ServeProgram, ShowsASourceToThoseWhoWatch) {
  TinyOnnx model;
  model.description.input_width = 96;
  model.description.input_height = 96;
  tiny_ = model.write(folder_ / "larger.onnx").string();
  check("check_stream.py", {write_video(folder_ / "clip.mp4", {{128, 96}, 10, 20})});
}

TEST_F(ServeProgram, RefusesASourceThatIsNone) {
  const ProgramResult result =
      bcnet({"serve", "--model", tiny_, "--port", "0", "--source", "picture.jpg"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("--source: found 'picture.jpg'"));
}

}  // namespace
}  // namespace bcnet::test
