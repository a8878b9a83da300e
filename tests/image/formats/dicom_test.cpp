// DICOM as images and as masks.
#include <dcmtk/config/osconfig.h>
// behind the one above
#include <dcmtk/dcmdata/dcrleerg.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmjpeg/djencode.h>
#include <dcmtk/dcmjpeg/djrploss.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "image/codec.h"
#include "image/format_module.h"
#include "image/prediction.h"
#include "support/dicom_file.h"
#include "support/error_of.h"
#include "support/npy_file.h"
#include "support/temporary_folder.h"

namespace bcnet {
namespace {

using test::bytes_of;
using test::dicom;
using test::DicomForm;
using test::error_of;
using testing::AllOf;
using testing::HasSubstr;

class Dicom : public ::testing::Test {
 protected:
  cv::Mat image(const DicomForm& form, const std::string& pixels) const {
    test::write_text(path_, dicom(form, pixels));
    return decode_image(path_);
  }
  MaskValues mask(const DicomForm& form, const std::string& pixels) const {
    test::write_text(path_, dicom(form, pixels));
    return decode_mask_values(path_);
  }
  std::string refused(const DicomForm& form, const std::string& pixels) const {
    test::write_text(path_, dicom(form, pixels));
    return refused();
  }
  std::string refused(const DecodeOptions& options = {}) const {
    const std::string message = error_of(ErrorKind::data, [&] { decode_image(path_, options); });
    EXPECT_EQ(error_of(ErrorKind::data, [&] { decode_mask_values(path_, options); }), message);
    EXPECT_THAT(message, HasSubstr("a.dcm: "));
    return message;
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "a.dcm";
  /// 6x4, rising along the rows.
  const std::string rising_ = [] {
    std::string values;
    for (int i = 0; i < 24; ++i) {
      values += static_cast<char>(10 * i);
    }
    return values;
  }();
};

TEST_F(Dicom, GreyIsReadAsItIs) {
  const cv::Mat picture = image({}, rising_);
  ASSERT_EQ(picture.size(), cv::Size(6, 4));
  ASSERT_EQ(picture.type(), CV_8UC3);
  EXPECT_EQ(picture.at<cv::Vec3b>(3, 5), cv::Vec3b(230, 230, 230));
  const MaskValues numbers = mask({}, rising_);
  ASSERT_EQ(numbers.grey.type(), CV_8UC1);
  EXPECT_EQ(numbers.grey.at<std::uint8_t>(1, 2), 80);
  EXPECT_EQ(numbers.full, 255);
  EXPECT_TRUE(numbers.lossless);
  EXPECT_NEAR(decode_prediction(path_).at<double>(1, 2), 80.0 / 255, 1e-12);
}

TEST_F(Dicom, FilesWithoutExtensionAreToldByTheirContent) {
  const std::filesystem::path path = folder_ / "IM000001";
  test::write_text(path, dicom({}, rising_));
  EXPECT_EQ(module_format(path), ModuleFormat::dicom);
  EXPECT_EQ(decode_image(path).at<cv::Vec3b>(3, 5)[0], 230);
  test::write_text(path, "DICM");
  EXPECT_EQ(module_format(path), std::nullopt);
  EXPECT_EQ(module_format(folder_.path()), std::nullopt);
}

TEST_F(Dicom, WhiteAsZeroIsTurnedRound) {
  DicomForm form;
  form.photometric = "MONOCHROME1";
  EXPECT_EQ(image(form, rising_).at<cv::Vec3b>(3, 5)[0], 25);
  EXPECT_EQ(mask(form, rising_).grey.at<std::uint8_t>(3, 5), 25);
  form.bits_stored = 4;
  form.rows = form.columns = 2;
  EXPECT_EQ(mask(form, std::string("\0\1\2\xF", 4)).grey.at<std::uint8_t>(0, 1), 14);
}

DicomForm wide(int bits = 12) {
  DicomForm form;
  form.rows = form.columns = 2;
  form.bits_allocated = 16;
  form.bits_stored = bits;
  return form;
}

TEST_F(Dicom, WindowsOrTheRangeSayWhatIsBlackAndWhite) {
  DicomForm form = wide();
  const std::string values = bytes_of(std::vector<std::uint16_t>{100, 200, 300, 1100});
  cv::Mat shown = image(form, values);
  EXPECT_EQ(shown.at<cv::Vec3b>(0, 0)[0], 0);
  EXPECT_EQ(shown.at<cv::Vec3b>(1, 1)[0], 255);
  form.window_centre = "200";
  form.window_width = "201";
  shown = image(form, values);
  EXPECT_EQ(shown.at<cv::Vec3b>(0, 0)[0], 0);
  EXPECT_NEAR(shown.at<cv::Vec3b>(0, 1)[0], 128, 1);
  EXPECT_EQ(shown.at<cv::Vec3b>(1, 0)[0], 255);
  // A mask's numbers have no window.
  EXPECT_EQ(mask(form, values).grey.at<std::uint16_t>(1, 1), 1100);
  EXPECT_EQ(mask(form, values).full, 4095);
}

TEST_F(Dicom, SlopeAndInterceptAreApplied) {
  DicomForm form = wide(16);
  form.slope = "2";
  form.intercept = "10";
  const std::string values = bytes_of(std::vector<std::uint16_t>{0, 1, 2, 300});
  EXPECT_EQ(mask(form, values).grey.at<std::uint16_t>(1, 1), 610);
  form.slope = "0.5";
  form.intercept = "0";
  EXPECT_EQ(mask(form, values).grey.at<double>(0, 1), 0.5);
  form.intercept = "-1024";
  form.slope = "1";
  EXPECT_EQ(mask(form, values).grey.at<double>(0, 0), -1024);
  form.slope = "x";
  EXPECT_THAT(error_of(ErrorKind::data, [&] { mask(form, values); }), HasSubstr("is no number"));
}

TEST_F(Dicom, NumbersWithSignAreRead) {
  DicomForm form = wide(16);
  form.is_signed = 1;
  const std::string values = bytes_of(std::vector<std::int16_t>{0, 1, 2, 3});
  EXPECT_EQ(mask(form, values).grey.at<std::uint8_t>(1, 1), 3);
  EXPECT_EQ(mask(form, bytes_of(std::vector<std::int16_t>{0, -1, 2, 3})).grey.at<double>(0, 1), -1);
}

TEST_F(Dicom, BitsAreNumbers) {
  DicomForm form;
  form.columns = 8;
  form.rows = 2;
  form.bits_allocated = form.bits_stored = 1;
  const MaskValues values = mask(form, "\x05\x80");  // the first pixel in the lowest bit
  EXPECT_EQ(values.full, 1);
  EXPECT_EQ(values.grey.at<std::uint8_t>(0, 0), 1);
  EXPECT_EQ(values.grey.at<std::uint8_t>(0, 1), 0);
  EXPECT_EQ(values.grey.at<std::uint8_t>(0, 2), 1);
  EXPECT_EQ(values.grey.at<std::uint8_t>(1, 7), 1);
  EXPECT_EQ(decode_image(path_).at<cv::Vec3b>(1, 7)[0], 255);
}

TEST_F(Dicom, ColoursAreByPixelOrByPlane) {
  DicomForm form;
  form.samples = 3;
  form.photometric = "RGB";
  form.columns = 2;
  form.rows = 1;
  const cv::Vec3b second(40, 50, 60);
  EXPECT_EQ(image(form, "\x0a\x14\x1e\x28\x32\x3c").at<cv::Vec3b>(0, 1), second);
  EXPECT_EQ(decode_mask_values(path_).grey.at<std::uint8_t>(0, 1), 60);
  form.planar = 1;
  EXPECT_EQ(image(form, "\x0a\x28\x14\x32\x1e\x3c").at<cv::Vec3b>(0, 1), second);
  form.planar = 0;
  form.photometric = "YBR_FULL";  // grey of 90 and red
  const cv::Vec3b red = image(form, "\x5a\x80\x80\x4c\x55\xff").at<cv::Vec3b>(0, 1);
  EXPECT_GT(red[0], 250);
  EXPECT_LT(red[1] + red[2], 10);
  form.photometric = "YBR_FULL_422";
  const cv::Vec3b grey = image(form, "\x5a\x5a\x80\x80").at<cv::Vec3b>(0, 1);
  EXPECT_NEAR(grey[0], 90, 1);
  EXPECT_NEAR(grey[1], 90, 1);
}

TEST_F(Dicom, PalettesAreColoursInImagesAndIndicesInMasks) {
  DicomForm form;
  form.photometric = "PALETTE COLOR";
  form.rows = form.columns = 2;
  form.red = {0xFFFF, 0x8000, 0};
  form.green = {0xFFFF, 0, 0x4000};
  form.blue = {0xFFFF, 0, 0};
  const std::string indices("\0\1\2\1", 4);
  const cv::Vec3b colour = image(form, indices).at<cv::Vec3b>(0, 1);
  EXPECT_NEAR(colour[0], 128, 1);
  EXPECT_EQ(colour[1], 0);
  const MaskValues values = mask(form, indices);
  EXPECT_TRUE(values.indexed);
  EXPECT_EQ(values.grey.at<std::uint8_t>(1, 0), 2);
  EXPECT_EQ(values.shown[0], 255);
  EXPECT_NEAR(values.shown[2], 64, 1);
}

/// The same file, packed as a syntax has it.
void repack(const std::filesystem::path& path, E_TransferSyntax syntax,
            const DcmRepresentationParameter* how = nullptr) {
  DcmRLEEncoderRegistration::registerCodecs();
  DJEncoderRegistration::registerCodecs();
  DcmFileFormat file;
  ASSERT_TRUE(file.loadFile(path.c_str()).good());
  file.loadAllDataIntoMemory();
  ASSERT_TRUE(file.getDataset()->chooseRepresentation(syntax, how).good());
  ASSERT_TRUE(file.saveFile(path.c_str(), syntax).good());
}

TEST_F(Dicom, PackedFilesAreRead) {
  for (const E_TransferSyntax syntax : {EXS_LittleEndianImplicit, EXS_BigEndianExplicit,
                                        EXS_RLELossless, EXS_JPEGProcess14SV1, EXS_JPEGProcess14}) {
    test::write_text(path_, dicom({}, rising_));
    repack(path_, syntax);
    const MaskValues values = decode_mask_values(path_);
    EXPECT_EQ(values.grey.at<std::uint8_t>(3, 5), 230) << syntax;
    EXPECT_TRUE(values.lossless);
    EXPECT_EQ(decode_image(path_).at<cv::Vec3b>(3, 5)[0], 230) << syntax;
  }
  DicomForm form;
  form.rows = form.columns = 16;
  form.samples = 3;
  form.photometric = "RGB";
  std::string red;
  for (int i = 0; i < 256; ++i) {
    red += std::string("\xc8\x1e\x1e", 3);
  }
  test::write_text(path_, dicom(form, red));
  const DJ_RPLossy good(95);
  repack(path_, EXS_JPEGProcess1, &good);
  const cv::Vec3b pixel = decode_image(path_).at<cv::Vec3b>(8, 8);
  EXPECT_NEAR(pixel[0], 200, 6);
  EXPECT_NEAR(pixel[1], 30, 6);
  EXPECT_FALSE(decode_mask_values(path_).lossless);
}

TEST_F(Dicom, WhatIsPackedOtherwiseIsRefusedWithAWayOut) {
  DicomForm form;
  form.syntax = "1.2.840.10008.1.2.4.90";
  EXPECT_THAT(refused(form, rising_),
              AllOf(HasSubstr("packed as JPEG 2000"), HasSubstr("gdcmconv --raw")));
  form.syntax = "1.2.840.10008.1.2.4.80";
  EXPECT_THAT(refused(form, rising_), HasSubstr("packed as JPEG-LS"));
  form.syntax = "1.2.840.10008.1.2.1.99";
  EXPECT_THAT(refused(form, rising_), HasSubstr("packed as Deflated"));
  form.syntax = "1.2.3.4.5.6";
  EXPECT_THAT(refused(form, rising_), HasSubstr("packed as 1.2.3.4.5.6"));
}

TEST_F(Dicom, SeveralFramesAreRefusedByTheirNumber) {
  DicomForm form;
  form.frames = "12";
  EXPECT_THAT(refused(form, std::string(12 * 24, '\0')),
              HasSubstr("holds 12 frames, one is allowed"));
  form.frames = "1";
  EXPECT_EQ(image(form, rising_).rows, 4);
  for (const char* none : {"0", "-3", "many"}) {
    form.frames = none;
    EXPECT_THAT(refused(form, rising_), HasSubstr("number of frames is none"));
  }
}

TEST_F(Dicom, BadFilesAreRefused) {
  test::write_text(path_, "");
  EXPECT_THAT(refused(), HasSubstr("is empty"));
  test::write_text(path_, std::string(1000, 'x'));
  EXPECT_THAT(refused(), HasSubstr("is no file of DICOM's Part 10"));
  DicomForm form;
  form.with_pixels = false;
  EXPECT_THAT(refused(form, {}), HasSubstr("without a picture of the modality ES"));
  EXPECT_THAT(refused({}, rising_.substr(2)), HasSubstr("cut short: 22 bytes of pixels, 24"));
  form = {};
  form.rows = 0;
  EXPECT_THAT(refused(form, rising_), HasSubstr("has no size"));
  form.rows = form.columns = 65535;
  EXPECT_THAT(refused(form, rising_), HasSubstr("is 65535x65535 pixels, allowed are 100000000"));
  form = {};
  form.samples = 4;
  EXPECT_THAT(refused(form, rising_), HasSubstr("4 samples of 8 bits"));
  form = {};
  form.bits_allocated = 64;
  EXPECT_THAT(refused(form, rising_), HasSubstr("1 samples of 64 bits"));
  form = {};
  form.photometric = "NONSENSE";
  test::write_text(path_, dicom(form, rising_));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { decode_image(path_); }), HasSubstr("a.dcm: "));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { decode_mask_values(path_); }), HasSubstr("a.dcm: "));
  DecodeOptions few;
  few.max_pixels = 10;
  test::write_text(path_, dicom({}, rising_));
  EXPECT_THAT(refused(few), HasSubstr("is 6x4 pixels, allowed are 10 in all"));
  few = {};
  few.max_bytes = 300;
  EXPECT_THAT(refused(few), HasSubstr("bytes, allowed are 300"));
  std::filesystem::remove(path_);
  EXPECT_THAT(refused(), HasSubstr("No such file"));
}

TEST_F(Dicom, FilesCutShortAnywhereAreRefused) {
  const std::string whole = dicom({}, rising_);
  for (std::size_t size = 1; size < whole.size(); size += 5) {
    test::write_text(path_, whole.substr(0, size));
    EXPECT_THAT(error_of(ErrorKind::data, [&] { decode_image(path_); }), HasSubstr("a.dcm: "))
        << size;
  }
  test::write_text(path_, whole);
  repack(path_, EXS_JPEGProcess14SV1);
  const std::string packed = test::read_text(path_);
  for (std::size_t size = packed.size() - 60; size < packed.size(); size += 4) {
    test::write_text(path_, packed.substr(0, size));
    EXPECT_THAT(error_of(ErrorKind::data, [&] { decode_image(path_); }), HasSubstr("a.dcm: "))
        << size;
  }
}

TEST_F(Dicom, SequencesInSequencesDoNotExhaustTheStack) {
  std::string nested;
  for (int i = 0; i < 200'000; ++i) {  // a sequence of unknown length, in it an item of such
    nested += test::little(0x0040, 2) + test::little(0x0275, 2) + "SQ" + std::string(2, '\0') +
              std::string(4, '\xFF') + test::little(0xFFFE, 2) + test::little(0xE000, 2) +
              std::string(4, '\xFF');
  }
  std::string bytes = dicom({}, rising_);
  const std::size_t pixels = bytes.find(test::little(0x7FE0, 2) + test::little(0x10, 2));
  test::write_text(path_, bytes.insert(pixels, nested));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { decode_image(path_); }),
              HasSubstr("more than 2000 items in each other"));
  // As many as are allowed, on a stack as threads have it; none of them ends.
  bytes = dicom({}, rising_);
  bytes.insert(pixels, nested.substr(0, 2000 * nested.size() / 200'000));
  test::write_text(path_, bytes);
  std::thread([&] { error_of(ErrorKind::data, [&] { decode_image(path_); }); }).join();
}

}  // namespace
}  // namespace bcnet
