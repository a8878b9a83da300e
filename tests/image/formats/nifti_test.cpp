// NIfTI as images and as masks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <limits>
#include <string>
#include <vector>

#include "image/codec.h"
#include "image/prediction.h"
#include "support/error_of.h"
#include "support/nifti_file.h"
#include "support/npy_file.h"
#include "support/temporary_folder.h"

namespace bcnet {
namespace {

using test::bytes_of;
using test::error_of;
using test::nifti;
using test::NiftiForm;
using testing::HasSubstr;

class Nifti : public ::testing::Test {
 protected:
  void put(const NiftiForm& form, const std::string& values) const {
    test::write_text(path_, nifti(form, values));
  }
  cv::Mat image(const NiftiForm& form, const std::string& values) const {
    put(form, values);
    return decode_image(path_);
  }
  MaskValues mask(const NiftiForm& form, const std::string& values) const {
    put(form, values);
    return decode_mask_values(path_);
  }
  std::string refused(const NiftiForm& form, const std::string& values) const {
    put(form, values);
    return refused();
  }
  std::string refused(const DecodeOptions& options = {}) const {
    const std::string message = error_of(ErrorKind::data, [&] { decode_image(path_, options); });
    EXPECT_EQ(error_of(ErrorKind::data, [&] { decode_mask_values(path_, options); }), message);
    EXPECT_THAT(message, HasSubstr("a.nii: "));
    return message;
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "a.nii";
  /// 6x4, rising along the rows.
  const std::string rising_ = [] {
    std::string values;
    for (char i = 0; i < 24; ++i) {
      values += i;
    }
    return values;
  }();
};

NiftiForm of_type(int datatype, int bits, std::vector<int> dim = {6, 4, 1}) {
  NiftiForm form;
  form.dim = std::move(dim);
  form.datatype = datatype;
  form.bits = bits;
  return form;
}

TEST_F(Nifti, TheFirstAxisGoesAlongTheRowsAndTheSecondDown) {
  const cv::Mat picture = image({}, rising_);
  ASSERT_EQ(picture.size(), cv::Size(6, 4));
  ASSERT_EQ(picture.type(), CV_8UC3);
  EXPECT_EQ(picture.at<cv::Vec3b>(1, 2), cv::Vec3b(8, 8, 8));
  const cv::Mat numbers = mask({}, rising_).grey;
  ASSERT_EQ(numbers.type(), CV_8UC1);
  EXPECT_EQ(numbers.at<std::uint8_t>(3, 5), 23);
  NiftiForm flat;
  flat.dim = {6, 4};
  EXPECT_EQ(cv::norm(mask(flat, rising_).grey, numbers), 0);
}

TEST_F(Nifti, IsReadCompressed) {
  const std::filesystem::path path = folder_ / "case_0000.nii.gz";
  const std::string bytes = nifti({}, rising_);
  const gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
  EXPECT_EQ(decode_image(path).at<cv::Vec3b>(3, 5), cv::Vec3b(23, 23, 23));
  EXPECT_EQ(decode_mask_values(path).grey.at<std::uint8_t>(3, 5), 23);
  EXPECT_EQ(image_stem(path), "case_0000");
  EXPECT_TRUE(has_image_extension(path));
  EXPECT_FALSE(has_image_extension(folder_ / "case.tar.gz"));
  // Cut short where the values are.
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 12);
  EXPECT_THAT(error_of(ErrorKind::data, [&] { decode_image(path); }),
              HasSubstr("case_0000.nii.gz: "));
}

TEST_F(Nifti, LabelsOfWideIntegersAreNumbers) {
  const std::vector<std::int16_t> labels{0, 1, 2, 1, 0, 0};
  MaskValues values = mask(of_type(4, 16, {3, 2}), bytes_of(labels));
  EXPECT_EQ(values.grey.type(), CV_8UC1);
  EXPECT_EQ(values.grey.at<std::uint8_t>(0, 2), 2);
  values = mask(of_type(768, 32, {3, 2}), bytes_of(std::vector<std::uint32_t>{0, 300, 0, 1, 0, 0}));
  EXPECT_EQ(values.grey.type(), CV_16UC1);
  values = mask(of_type(4, 16, {3, 2}), bytes_of(std::vector<std::int16_t>{0, -1, 0, 1, 0, 0}));
  EXPECT_EQ(values.grey.at<double>(0, 1), -1);
  values = mask(of_type(16, 32, {3, 2}), bytes_of(std::vector<float>{0, 1, 1, 0, 0, 0.5F}));
  EXPECT_EQ(values.grey.at<double>(1, 2), 0.5);
  EXPECT_EQ(decode_prediction(path_).at<double>(0, 1), 1);
  for (const auto& [type, bits] : std::vector<std::pair<int, int>>{
           {256, 8}, {512, 16}, {8, 32}, {1024, 64}, {1280, 64}, {64, 64}}) {
    const std::string one =
        type == 64
            ? bytes_of(std::vector<double>{1})
            : bytes_of(std::vector<std::uint64_t>{1}).substr(0, static_cast<std::size_t>(bits / 8));
    const cv::Mat found = mask(of_type(type, bits, {1, 1}), one).grey;
    EXPECT_EQ(type == 64 ? found.at<double>(0, 0) : found.at<std::uint8_t>(0, 0), 1) << type;
  }
}

TEST_F(Nifti, SlopeAndInterceptAreApplied) {
  NiftiForm form = of_type(2, 8, {2, 2});
  form.slope = 2;
  form.intercept = 10;
  EXPECT_EQ(mask(form, std::string("\0\1\2\3", 4)).grey.at<std::uint8_t>(1, 1), 16);
  form.slope = 0.5F;
  form.intercept = 0;
  EXPECT_EQ(mask(form, std::string("\0\1\2\3", 4)).grey.at<double>(1, 1), 1.5);
  form.slope = 0;  // none
  form.intercept = 100;
  EXPECT_EQ(mask(form, std::string("\0\1\2\3", 4)).grey.at<std::uint8_t>(1, 1), 3);
  form.slope = std::numeric_limits<float>::infinity();
  EXPECT_THAT(refused(form, std::string(4, '\0')), HasSubstr("slope inf"));
}

TEST_F(Nifti, ImagesAreShownByTheirWindowOrTheirRange) {
  NiftiForm form = of_type(4, 16, {2, 2});
  const std::vector<std::int16_t> values{-100, 0, 100, 1000};
  cv::Mat shown = image(form, bytes_of(values));
  EXPECT_EQ(shown.at<cv::Vec3b>(0, 0)[0], 0);
  EXPECT_EQ(shown.at<cv::Vec3b>(1, 1)[0], 255);
  form.cal_min = 0;
  form.cal_max = 200;
  shown = image(form, bytes_of(values));
  EXPECT_EQ(shown.at<cv::Vec3b>(0, 0)[0], 0);
  EXPECT_NEAR(shown.at<cv::Vec3b>(1, 0)[0], 127.5, 0.5);
  EXPECT_EQ(shown.at<cv::Vec3b>(1, 1)[0], 255);
  shown = image(of_type(16, 32, {2, 2}), bytes_of(std::vector<float>{0, 0.2F, 0.4F, 0.8F}));
  EXPECT_EQ(shown.at<cv::Vec3b>(1, 1)[0], 204);
  shown = image(of_type(16, 32, {2, 2}), bytes_of(std::vector<float>{3, 20, 40, 80}));
  EXPECT_EQ(shown.at<cv::Vec3b>(1, 1)[0], 80);
  shown = image(of_type(4, 16, {1, 1}), bytes_of(std::vector<std::int16_t>{-5}));
  EXPECT_EQ(shown.at<cv::Vec3b>(0, 0)[0], 0);
}

TEST_F(Nifti, ColoursArePackedOrInPlanes) {
  const cv::Vec3b second(40, 50, 60);
  EXPECT_EQ(image(of_type(128, 24, {2, 1}), std::string("\x0a\x14\x1e\x28\x32\x3c", 6))
                .at<cv::Vec3b>(0, 1),
            second);
  EXPECT_EQ(decode_mask_values(path_).grey.at<std::uint8_t>(0, 1), 60);
  EXPECT_EQ(image(of_type(2, 8, {2, 1, 1, 1, 3}), std::string("\x0a\x28\x14\x32\x1e\x3c", 6))
                .at<cv::Vec3b>(0, 1),
            second);
}

TEST_F(Nifti, TheOtherByteOrderIsRead) {
  NiftiForm form = of_type(4, 16, {3, 1});
  form.big_endian = true;
  EXPECT_EQ(mask(form, std::string("\0\0\0\1\1\2", 6)).grey.at<std::uint16_t>(0, 2), 258);
}

TEST_F(Nifti, OrientationsOfPicturesAreTakenAndOthersRefused) {
  NiftiForm form;
  form.sform = 1;
  const cv::Mat numbers = mask({}, rising_).grey;
  EXPECT_EQ(cv::norm(mask(form, rising_).grey, numbers), 0);  // as ITK
  form.row_x = {1, 0, 0};
  form.row_y = {0, 1, 0};
  EXPECT_EQ(cv::norm(mask(form, rising_).grey, numbers), 0);  // as NumPy
  const char* message = "rows and columns are not those of a picture";
  form.row_x = {-1, 0, 0};
  EXPECT_THAT(refused(form, rising_), HasSubstr(message));  // mirrored
  form.row_x = {0, 1, 0};
  form.row_y = {1, 0, 0};
  EXPECT_THAT(refused(form, rising_), HasSubstr(message));  // on its side
  form.row_x = {0.7F, 0.7F, 0};
  form.row_y = {-0.7F, 0.7F, 0};
  EXPECT_THAT(refused(form, rising_), HasSubstr(message));
  form.row_x = {std::numeric_limits<float>::quiet_NaN(), 0, 0};
  form.row_y = {0, -1, 0};
  EXPECT_THAT(refused(form, rising_), HasSubstr(message));
}

TEST_F(Nifti, VolumesAreRefusedByTheirNumberOfSlices) {
  NiftiForm form;
  form.dim = {6, 2, 2};
  EXPECT_THAT(refused(form, rising_), HasSubstr("holds 2 slices or frames (6x2x2)"));
  form.dim = {2, 2, 2, 3};
  EXPECT_THAT(refused(form, rising_), HasSubstr("holds 6 slices or frames (2x2x2x3)"));
  form.dim = {1, 6, 4};
  EXPECT_THAT(refused(form, rising_), HasSubstr("holds 4 slices"));
  form.dim = {64, 64, 16384, 16384, 256, 16384, 16384};  // 2^64 of them
  EXPECT_THAT(refused(form, rising_), HasSubstr("holds 18446744073709551616 slices"));
  form.dim = {1, 24, 1};
  EXPECT_THAT(refused(form, rising_), HasSubstr("which axis goes along the rows"));
}

TEST_F(Nifti, BadFilesAreRefused) {
  test::write_text(path_, "");
  EXPECT_THAT(refused(), HasSubstr("is empty"));
  test::write_text(path_, std::string(1000, 'x'));
  EXPECT_THAT(refused(), HasSubstr("is no NIfTI-1 image"));
  for (const std::size_t size : {4U, 200U, 347U}) {
    test::write_text(path_, nifti({}, rising_).substr(0, size));
    EXPECT_THAT(refused(), HasSubstr("cut short in its header"));
  }
  EXPECT_THAT(refused({}, rising_.substr(1)), HasSubstr("cut short: 23 bytes of values, 24"));
  NiftiForm form;
  form.magic = "ni1";
  EXPECT_THAT(refused(form, rising_), HasSubstr("pairs of .hdr and .img are not read"));
  form = {};
  form.dim = {6, 0, 1};
  EXPECT_THAT(refused(form, rising_), HasSubstr("a.nii: "));
  form.dim = {32767, 32767};
  EXPECT_THAT(refused(form, rising_), HasSubstr("is 32767x32767 pixels, allowed are 100000000"));
  form.dim = {32767, 1, 32767, 32767, 1, 32767};
  EXPECT_THAT(refused(form, rising_), HasSubstr("slices or frames"));
  for (const float offset : {10.0F, 1e30F, std::numeric_limits<float>::quiet_NaN()}) {
    form = {};
    form.offset = offset;
    EXPECT_THAT(refused(form, rising_), HasSubstr("its values begin at byte"));
  }
  EXPECT_THAT(refused(of_type(32, 64), std::string(192, '\0')), HasSubstr("COMPLEX64"));
  EXPECT_THAT(refused(of_type(9999, 8), rising_), HasSubstr("values of the type"));
  EXPECT_THAT(refused(of_type(16, 32, {1, 1}),
                      bytes_of(std::vector<float>{std::numeric_limits<float>::infinity()})),
              HasSubstr("values that are no numbers"));
  DecodeOptions few;
  few.max_pixels = 10;
  put({}, rising_);
  EXPECT_THAT(refused(few), HasSubstr("is 6x4 pixels, allowed are 10 in all"));
  few = {};
  few.max_bytes = 300;
  EXPECT_THAT(refused(few), HasSubstr("holds 376 bytes, allowed are 300"));
  put(of_type(64, 64, {6, 4}), std::string(24 * 8, '\0'));
  few.max_bytes = 600;
  EXPECT_EQ(decode_image(path_, few).rows, 4);
  few.max_bytes = 190;
  const std::filesystem::path packed = folder_ / "b.nii.gz";
  const gzFile file = gzopen(packed.c_str(), "wb");
  const std::string bytes = test::read_text(path_);
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
  EXPECT_THAT(error_of(ErrorKind::data, [&] { decode_image(packed, few); }),
              HasSubstr("unpacks to 192 bytes, allowed are 190"));
  std::filesystem::remove(path_);
  EXPECT_THAT(refused(), HasSubstr("No such file"));
}

}  // namespace
}  // namespace bcnet
