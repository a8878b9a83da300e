// DICOM and NIfTI through the program: data sets, conversion, predictions, images.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <string>

#include "image/codec.h"
#include "support/dicom_file.h"
#include "support/nifti_file.h"
#include "support/program.h"
#include "support/temporary_folder.h"

namespace bcnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr int width = 64;
constexpr int height = 48;
const cv::Rect polyp{10, 8, 20, 15};

/// A red picture with a brighter polyp, samples of a pixel one after another.
std::string colours(int shade) {
  std::string values;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool inside = polyp.contains({x, y});
      values += static_cast<char>(inside ? 230 : 100 + shade + x);
      values += static_cast<char>(inside ? 120 : 40 + y);
      values += static_cast<char>(60 + shade);
    }
  }
  return values;
}

std::string labels(char number, const cv::Rect& place = polyp) {
  std::string values(width * height, '\0');
  for (int y = place.y; y < place.br().y; ++y) {
    for (int x = place.x; x < place.br().x; ++x) {
      values[static_cast<std::size_t>(y * width + x)] = number;
    }
  }
  return values;
}

std::string picture(int shade) {
  DicomForm form;
  form.samples = 3;
  form.photometric = "RGB";
  form.columns = width;
  form.rows = height;
  return dicom(form, colours(shade));
}

std::string nifti_labels(char number, const cv::Rect& place = polyp) {
  NiftiForm form;
  form.dim = {width, height, 1};
  return nifti(form, labels(number, place));
}

class Medical : public testing::Test {
 protected:
  void put(const std::string& name, const std::string& bytes) const {
    fs::create_directories((folder_ / name).parent_path());
    write_text(folder_ / name, bytes);
  }
  /// The same as NAME.gz.
  void put_gz(const std::string& name, const std::string& bytes) const {
    put(name, bytes);
    ASSERT_EQ(run_program({"gzip", "-f", path(name)}).exit_code, 0);
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  void put_set() const {
    for (int i = 0; i < 3; ++i) {
      const std::string name = "case_" + std::to_string(i);
      put("data/images/" + name + ".dcm", picture(20 * i));
      put_gz("data/masks/" + name + ".nii", nifti_labels(static_cast<char>(i > 1 ? 2 : 1)));
    }
  }

  TemporaryFolder folder_;
};

TEST_F(Medical, ADataSetIsCheckedAndConverted) {
  put_set();
  const ProgramResult check = bcnet({"data", "check", "--data", path("data")});
  EXPECT_THAT(check.output + check.error,
              AllOf(HasSubstr("3 pairs"), HasSubstr("every number above 0 is polyp")));
  const ProgramResult convert =
      bcnet({"data", "convert", "--data", path("data"), "--out", path("flat")});
  ASSERT_EQ(convert.exit_code, 0) << convert.error;
  for (int i = 0; i < 3; ++i) {
    const std::string name = "case_" + std::to_string(i);
    const cv::Mat image = decode_image(folder_ / ("flat/images/" + name + ".png"));
    EXPECT_EQ(image.at<cv::Vec3b>(0, 3), cv::Vec3b(static_cast<std::uint8_t>(103 + 20 * i), 40,
                                                   static_cast<std::uint8_t>(60 + 20 * i)));
    EXPECT_EQ(cv::countNonZero(decode_mask(folder_ / ("flat/masks/" + name + ".png"))),
              polyp.area());
  }
}

TEST_F(Medical, NnUNetsRawDataMayBeNifti) {
  for (const char* name : {"polyp_001", "polyp_002"}) {
    NiftiForm form;
    form.dim = {width, height, 1};
    put_gz("raw/imagesTr/" + std::string(name) + "_0000.nii", nifti(form, labels(90)));
    put_gz("raw/labelsTr/" + std::string(name) + ".nii", nifti_labels(1));
  }
  put("raw/dataset.json", "{}");
  const ProgramResult convert =
      bcnet({"data", "convert", "--data", path("raw"), "--out", path("flat")});
  ASSERT_EQ(convert.exit_code, 0) << convert.error;
  EXPECT_EQ(cv::countNonZero(decode_mask(folder_ / "flat/masks/polyp_001_0000.png")), polyp.area());
  // A second channel is named.
  put_gz("raw/imagesTr/polyp_001_0001.nii", nifti_labels(1));
  EXPECT_THAT(bcnet({"data", "check", "--data", path("raw")}).error,
              HasSubstr("is a further channel of an image"));
}

TEST_F(Medical, PredictionsMayBeNifti) {
  put_set();
  for (int i = 0; i < 3; ++i) {
    put_gz("pred/case_" + std::to_string(i) + ".nii", nifti_labels(1));
  }
  const ProgramResult run = bcnet({"eval", "--quiet", "--data", path("data"), "--predictions",
                                   path("pred"), "--json", path("out.json")});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const json result = json::parse(read_text(path("out.json")));
  EXPECT_NEAR(result["mean_dice"].get<double>(), 1, 1e-9);
  EXPECT_EQ(result["prediction_values"], "masks");
}

TEST_F(Medical, BadFilesAreNamedByTheCheck) {
  put_set();
  DicomForm frames;
  frames.frames = "7";
  put("data/images/case_0.dcm", dicom(frames, std::string(7 * 24, '\0')));
  put("data/images/case_1.dcm", picture(0).substr(0, 900));
  const ProgramResult check = bcnet({"data", "check", "--data", path("data")});
  EXPECT_EQ(check.exit_code, 3);
  EXPECT_THAT(check.output + check.error,
              AllOf(HasSubstr("holds 7 frames, one is allowed"), HasSubstr("cut short")));
}

TEST_F(Medical, PredictTakesFilesWithoutExtension) {
  put("IM000001", picture(0));
  const ProgramResult run =
      bcnet({"predict", path("IM000001"), "--out", path("out"), "--quiet", "--model",
             std::string(BCNET_SOURCE_DIR) + "/models/bcnet-int8.onnx"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  EXPECT_EQ(decode_image(folder_ / "out/IM000001_mask.png").size(), cv::Size(width, height));
}

TEST_F(Medical, AnOrdinaryPictureLoadsNoneOfIt) {
  write_jpeg(folder_ / "a.jpg", cv::Mat(height, width, CV_8UC3, cv::Scalar(90, 60, 60)));
  const std::map<std::string, std::string> told{{"LD_DEBUG", "files"},
                                                {"LD_DEBUG_OUTPUT", path("loaded")}};
  const auto loaded = [&](const std::string& image) {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_.path())) {
      if (entry.path().stem() == "loaded") {
        fs::remove(entry.path());
      }
    }
    const ProgramResult run =
        bcnet({"predict", path(image), "--out", path("out"), "--quiet", "--model",
               std::string(BCNET_SOURCE_DIR) + "/models/bcnet-int8.onnx"},
              told);
    EXPECT_EQ(run.exit_code, 0) << run.error;
    std::string files;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_.path())) {
      if (entry.path().stem() == "loaded") {
        files += read_text(entry.path());
      }
    }
    return files;
  };
  EXPECT_THAT(loaded("a.jpg"), AllOf(HasSubstr("libopencv_core"), Not(HasSubstr("libdcm")),
                                     Not(HasSubstr("libniftiio")), Not(HasSubstr("libzip")),
                                     Not(HasSubstr("bcnet-dicom.so"))));
  put("b.dcm", picture(0));
  EXPECT_THAT(loaded("b.dcm"), AllOf(HasSubstr("libdcmdata"), Not(HasSubstr("libniftiio"))));
}

TEST_F(Medical, ALibraryThatIsMissingIsNamed) {
  put_set();
  // What the loader finds first in place of the library: nothing.
  put("empty/libdcmdata.so.17", "");
  put("empty/libniftiio.so.2", "");
  const std::map<std::string, std::string> without{{"LD_LIBRARY_PATH", path("empty")}};
  const ProgramResult check = bcnet({"data", "check", "--data", path("data")}, without);
  EXPECT_EQ(check.exit_code, 3);
  EXPECT_THAT(check.output + check.error, AllOf(HasSubstr("is DICOM: install libdcmtk17"),
                                                HasSubstr("is NIfTI: install libniftiio2")));
}

}  // namespace
}  // namespace bcnet::test
