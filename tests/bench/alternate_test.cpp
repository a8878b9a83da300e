#include "bench/alternate.h"

#include <gtest/gtest.h>

#include <memory>

#include "core/model_description.h"
#include "infer/engine.h"
#include "infer/make_segmenter.h"

namespace bcnet::bench {
namespace {

/// Writes down who runs when.
class NotingEngine : public infer::Engine {
 public:
  NotingEngine(char name, std::string& notes) : name_(name), notes_(notes) {}
  const ModelDescription& description() const override { return description_; }
  std::string name() const override { return {name_}; }
  void run(const std::uint8_t* /*rgb*/, int /*batch*/, int height, int width,
           float* logits) override {
    notes_ += name_;
    std::fill(logits, logits + static_cast<std::ptrdiff_t>(height) * width, 0.0F);
  }

 private:
  ModelDescription description_;
  char name_;
  std::string& notes_;
};

TEST(Alternate, EachRoundAnotherIsFirst) {
  std::string notes;
  std::vector<Segmenter> segmenters;
  for (const char name : {'a', 'b', 'c'}) {
    segmenters.push_back(infer::make_segmenter(std::make_shared<NotingEngine>(name, notes), {}));
  }
  const std::vector<cv::Mat> images{cv::Mat(8, 8, CV_8UC3, cv::Scalar::all(0)),
                                    cv::Mat(8, 16, CV_8UC3, cv::Scalar::all(9))};
  const auto spreads = alternate_inference({&segmenters[0], &segmenters[1], &segmenters[2]}, images,
                                           3, /*observer=*/nullptr);
  EXPECT_EQ(notes, "abcbcacababc");
  ASSERT_EQ(spreads.size(), 3U);
  for (const Spread& spread : spreads) {
    EXPECT_GT(spread.median, 0);
    EXPECT_LE(spread.least, spread.median);
  }
}

}  // namespace
}  // namespace bcnet::bench
