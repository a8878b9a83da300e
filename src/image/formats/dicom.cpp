// DICOM, one frame in a file, through dcmtk.

#include <dcmtk/config/osconfig.h>
// behind the one above
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmimage/diregist.h>
#include <dcmtk/dcmimgle/dcmimage.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <mutex>
#include <opencv2/imgproc.hpp>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/mapped_file.h"
#include "core/version.h"
#include "image/format_module.h"
#include "image/header.h"

namespace bcnet {

namespace {

namespace fs = std::filesystem;

void set_up_once() {
  static std::once_flag once;
  std::call_once(once, [] {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);  // messages are the program's own
    DcmRLEDecoderRegistration::registerCodecs();
    DJDecoderRegistration::registerCodecs();
  });
}

/// What dcmtk unpacks within the size that the header says. A deflated file could grow to anything,
/// and dcmtk's CharLS (JPEG-LS) would be mixed with another one that OpenCV brings.
bool is_read(E_TransferSyntax syntax) {
  constexpr std::array read{EXS_LittleEndianImplicit, EXS_LittleEndianExplicit,
                            EXS_BigEndianExplicit,    EXS_RLELossless,
                            EXS_JPEGProcess1,         EXS_JPEGProcess2_4,
                            EXS_JPEGProcess14,        EXS_JPEGProcess14SV1};
  return std::find(read.begin(), read.end(), syntax) != read.end();
}

bool is_lossy(E_TransferSyntax syntax) {
  return syntax == EXS_JPEGProcess1 || syntax == EXS_JPEGProcess2_4;
}

/// dcmtk calls itself for every item in an item: a file of nothing else would exhaust the stack.
constexpr int most_items = 2000;

/// The most items that can be open at a time, those of fixed length counted as if they never ended.
int items(const fs::path& path) {
  const MappedFile file(path, ErrorKind::data);
  const std::string_view bytes = file.bytes();
  int open = 0;
  int most = 0;
  // FFFE,E000 begins an item and FFFE,E00D ends it, in either byte order.
  for (std::size_t at = bytes.find('\xFE'); at < bytes.size(); at = bytes.find('\xFE', at + 1)) {
    const std::string_view little = bytes.substr(at, 4);
    const std::string_view big = at > 0 ? bytes.substr(at - 1, 4) : std::string_view();
    const bool begins = little == std::string_view("\xFE\xFF\0\xE0", 4) ||
                        big == std::string_view("\xFF\xFE\xE0\0", 4);
    const bool ends = little == std::string_view("\xFE\xFF\x0D\xE0", 4) ||
                      big == std::string_view("\xFF\xFE\xE0\x0D", 4);
    open += begins ? 1 : ends ? -1 : 0;
    open = std::max(open, 0);
    most = std::max(most, open);
  }
  return most;
}

class Reader {
 public:
  Reader(const fs::path& path, const DecodeOptions& options)
      : path_(path), file_(path.string()), options_(options) {
    set_up_once();
    load();
    check_size();
    unpack();
  }

  cv::Mat read_image() {
    DicomImage image(dataset_, EXS_LittleEndianExplicit);
    require_normal(image);
    if (image.isMonochrome() != 0 && !choose_window(image)) {
      return whole_range();
    }
    return rendered(image);
  }

  MaskValues read_values() {
    const std::string photometric = text(DCM_PhotometricInterpretation);
    MaskValues values;
    if (photometric == "PALETTE COLOR") {
      const cv::Mat colours = read_image();
      // The indices, by what makes grey of them.
      dataset_->putAndInsertString(DCM_PhotometricInterpretation, "MONOCHROME2");
      dataset_->findAndDeleteElement(DCM_RescaleSlope);
      dataset_->findAndDeleteElement(DCM_RescaleIntercept);
      dataset_->findAndDeleteElement(DCM_ModalityLUTSequence);
      values = read_grey(false);
      if (values.grey.depth() == CV_8U) {
        take_palette(colours, values);
      }
    } else if (photometric.rfind("MONOCHROME", 0) == 0) {
      values = read_grey(photometric == "MONOCHROME1");
    } else {
      const cv::Mat image = read_image();
      std::array<cv::Mat, 3> channels;
      cv::split(image, channels.data());
      values.grey = cv::max(cv::max(channels[0], channels[1]), channels[2]);
    }
    values.lossless = lossless_;
    return values;
  }

 private:
  [[noreturn]] void refuse(const std::string& problem,
                           ErrorReason reason = ErrorReason::other) const {
    throw image_error(file_, problem, reason);
  }

  std::string text(const DcmTagKey& tag) const {
    OFString value;
    return dataset_->findAndGetOFString(tag, value).good() ? std::string(value.c_str()) : "";
  }

  unsigned number(const DcmTagKey& tag) const {
    Uint16 value = 0;
    return dataset_->findAndGetUint16(tag, value).good() ? value : 0;
  }

  double decimal(const DcmTagKey& tag, double otherwise) const {
    Float64 value = 0;
    if (!dataset_->tagExists(tag)) {
      return otherwise;
    }
    if (dataset_->findAndGetFloat64(tag, value).bad() || !std::isfinite(value)) {
      refuse(fmt::format("is damaged: {} is no number", DcmTag(tag).getTagName()));
    }
    return value;
  }

  void load() {
    require_file_size(path_, options_);
    // The few elements in front first: they say how the others are packed.
    OFString syntax_name;
    content_.loadFile(path_.c_str(), EXS_Unknown, EGL_noChange, DCM_MaxReadLength, ERM_metaOnly);
    if (content_.getMetaInfo()->findAndGetOFString(DCM_TransferSyntaxUID, syntax_name).bad()) {
      refuse(
          "is no file of DICOM's Part 10 (DICM at byte 128, then a transfer syntax); dcmconv "
          "IN.dcm OUT.dcm (dcmtk) makes one of a bare data set",
          ErrorReason::unsupported);
    }
    const DcmXfer syntax(syntax_name.c_str());
    if (!is_read(syntax.getXfer())) {
      refuse(
          fmt::format("is a DICOM file packed as {}, which is not read: unpack it by gdcmconv "
                      "--raw IN.dcm OUT.dcm (Debian's libgdcm-tools), videos by ffmpeg",
                      syntax.getXfer() == EXS_Unknown ? syntax_name.c_str() : syntax.getXferName()),
          ErrorReason::unsupported);
    }
    lossless_ = !is_lossy(syntax.getXfer());
    if (items(path_) > most_items) {
      refuse(fmt::format("is a DICOM file of more than {} items in each other", most_items),
             ErrorReason::too_large);
    }
    const OFCondition loaded = content_.loadFile(path_.c_str(), EXS_Unknown, EGL_noChange,
                                                 DCM_MaxReadLength, ERM_fileOnly);
    if (loaded.bad()) {
      refuse(fmt::format("is a DICOM file that is damaged or cut short ({})", loaded.text()));
    }
    dataset_ = content_.getDataset();
  }

  void check_size() {
    if (!dataset_->tagExists(DCM_PixelData)) {
      refuse(fmt::format("is a DICOM file without a picture{}{}",
                         text(DCM_Modality).empty() ? "" : " of the modality ",
                         text(DCM_Modality)));
    }
    Sint32 frames = 1;
    if (dataset_->tagExists(DCM_NumberOfFrames) &&
        (dataset_->findAndGetSint32(DCM_NumberOfFrames, frames).bad() || frames < 1)) {
      refuse("is damaged: its number of frames is none");
    }
    if (frames > 1) {
      refuse(fmt::format("holds {} frames, one is allowed: dcmj2pnm --all-frames --write-png "
                         "IN.dcm OUT (Debian's dcmtk) writes each as a picture",
                         frames),
             ErrorReason::unsupported);
    }
    columns_ = number(DCM_Columns);
    rows_ = number(DCM_Rows);
    if (columns_ == 0 || rows_ == 0) {
      refuse("DICOM image has no size");
    }
    if (std::uint64_t{columns_} * rows_ > options_.max_pixels) {
      refuse(fmt::format("is {}x{} pixels, allowed are {} in all", columns_, rows_,
                         options_.max_pixels),
             ErrorReason::too_large);
    }
    const unsigned samples = number(DCM_SamplesPerPixel);
    const unsigned bits = number(DCM_BitsAllocated);
    if ((samples != 1 && samples != 3) || (bits != 1 && bits != 8 && bits != 16)) {
      refuse(fmt::format("is a DICOM image of {} samples of {} bits for each pixel, 1 or 3 of 1, 8 "
                         "or 16 are allowed",
                         samples, bits),
             ErrorReason::unsupported);
    }
  }

  /// Leaves plain samples in the data set, all that the header speaks of.
  void unpack() {
    if (dataset_->chooseRepresentation(EXS_LittleEndianExplicit, nullptr).bad() ||
        !dataset_->canWriteXfer(EXS_LittleEndianExplicit)) {
      refuse("is a DICOM file whose packed picture is damaged");
    }
    DcmElement* pixels = nullptr;
    const std::string photometric = text(DCM_PhotometricInterpretation);
    const bool halved = photometric == "YBR_FULL_422" || photometric == "YBR_PARTIAL_422";
    const std::uint64_t samples = halved ? 2 : number(DCM_SamplesPerPixel);
    const std::uint64_t needed =
        (std::uint64_t{rows_} * columns_ * samples * number(DCM_BitsAllocated) + 7) / 8;
    if (dataset_->findAndGetElement(DCM_PixelData, pixels).bad() || pixels == nullptr ||
        pixels->getLength() < needed) {
      refuse(fmt::format("DICOM image is cut short: {} bytes of pixels, {} are expected for {}x{}",
                         pixels == nullptr ? 0 : pixels->getLength(), needed, columns_, rows_));
    }
  }

  void require_normal(const DicomImage& image) const {
    if (image.getStatus() != EIS_Normal) {
      refuse(fmt::format("is a DICOM image that cannot be decoded: {}",
                         DicomImage::getString(image.getStatus())));
    }
    if (image.getWidth() != columns_ || image.getHeight() != rows_) {
      refuse("is a DICOM image that cannot be decoded: its size is another than it says");
    }
  }

  /// Takes what the file says is black and white; false where it says nothing.
  bool choose_window(DicomImage& image) const {
    image.hideAllOverlays();
    return image.getWindowCount() > 0 ? image.setWindow(0) != 0
           : image.getVoiLutCount() > 0
               ? image.setVoiLut(0) != 0
               : dataset_->tagExists(DCM_ModalityLUTSequence) && image.setMinMaxWindow() != 0;
  }

  /// Grey of up to 8 bits by its full scale, other by its own range.
  cv::Mat whole_range() {
    const MaskValues values = read_grey(text(DCM_PhotometricInterpretation) == "MONOCHROME1");
    double low = 0;
    double high = values.full;
    if (values.full == 0 || values.full > 255) {
      cv::minMaxLoc(values.grey, &low, &high);
    }
    const double scale = high > low ? 255 / (high - low) : 0;
    cv::Mat image;
    values.grey.convertTo(image, CV_8U, scale, -low * scale);
    cv::cvtColor(image, image, cv::COLOR_GRAY2RGB);
    return image;
  }

  cv::Mat rendered(DicomImage& image) const {
    const bool grey = image.isMonochrome() != 0;
    cv::Mat pixels(static_cast<int>(rows_), static_cast<int>(columns_), grey ? CV_8UC1 : CV_8UC3);
    constexpr int bits = 8;
    constexpr int interleaved = 0;
    if (image.getOutputData(pixels.data, pixels.total() * pixels.elemSize(), bits, 0,
                            interleaved) == 0) {
      refuse("is a DICOM image that cannot be decoded");
    }
    if (grey) {
      cv::cvtColor(pixels, pixels, cv::COLOR_GRAY2RGB);
    }
    return pixels;
  }

  /// turned: white is the lowest number.
  MaskValues read_grey(bool turned) {
    const double slope = decimal(DCM_RescaleSlope, 1);
    const double intercept = decimal(DCM_RescaleIntercept, 0);
    if (dataset_->tagExists(DCM_ModalityLUTSequence)) {
      refuse(
          "is a DICOM image whose numbers stand for others by a table, which is not read in a "
          "mask");
    }
    DicomImage image(dataset_, EXS_LittleEndianExplicit, CIF_IgnoreModalityTransformation);
    require_normal(image);
    const DiPixel* stored = image.getInterData();
    const std::size_t count = std::size_t{rows_} * columns_;
    if (stored == nullptr || stored->getData() == nullptr || stored->getCount() < count) {
      refuse("is a DICOM image that cannot be decoded");
    }
    const int rows = static_cast<int>(rows_);
    const int columns = static_cast<int>(columns_);
    void* data = const_cast<void*>(stored->getData());  // cv::Mat knows no const memory
    cv::Mat numbers;
    switch (stored->getRepresentation()) {
      case EPR_Uint8:
        cv::Mat(rows, columns, CV_8UC1, data).convertTo(numbers, CV_64F);
        break;
      case EPR_Sint8:
        cv::Mat(rows, columns, CV_8SC1, data).convertTo(numbers, CV_64F);
        break;
      case EPR_Uint16:
        cv::Mat(rows, columns, CV_16UC1, data).convertTo(numbers, CV_64F);
        break;
      case EPR_Sint16:
        cv::Mat(rows, columns, CV_16SC1, data).convertTo(numbers, CV_64F);
        break;
      default:
        refuse("is a DICOM image of samples that are not read in a mask", ErrorReason::unsupported);
    }
    const bool is_signed = number(DCM_PixelRepresentation) == 1;
    const double full = std::ldexp(1.0, static_cast<int>(number(DCM_BitsStored))) - 1;
    if (turned) {
      numbers = (is_signed ? -1 : full) - numbers;
    }
    MaskValues values;
    values.grey = numbers * slope + intercept;
    double low = 0;
    double high = 0;
    cv::minMaxLoc(values.grey, &low, &high);
    const bool plain = !is_signed && slope == 1 && intercept == 0;
    const bool whole = slope == std::floor(slope) && intercept == std::floor(intercept);
    if (plain) {
      values.full = full;
      values.grey.convertTo(values.grey, full <= 255 ? CV_8U : CV_16U);
    } else if (whole && low >= 0 && high <= 65535) {
      values.grey.convertTo(values.grey, high <= 255 ? CV_8U : CV_16U);
    }
    return values;
  }

  /// colours: the picture that the palette makes of the indices.
  static void take_palette(const cv::Mat& colours, MaskValues& values) {
    values.indexed = true;
    values.full = 255;
    values.shown.assign(256, 0);
    for (int y = 0; y < colours.rows; ++y) {
      for (int x = 0; x < colours.cols; ++x) {
        const auto& colour = colours.at<cv::Vec3b>(y, x);
        values.shown[values.grey.at<std::uint8_t>(y, x)] =
            std::max({colour[0], colour[1], colour[2]});
      }
    }
  }

  const fs::path& path_;
  std::string file_;
  const DecodeOptions& options_;
  DcmFileFormat content_;
  DcmDataset* dataset_ = nullptr;
  bool lossless_ = true;
  unsigned columns_ = 0;
  unsigned rows_ = 0;
};

cv::Mat read_image(const fs::path& path, const DecodeOptions& options) {
  return Reader(path, options).read_image();
}

MaskValues read_values(const fs::path& path, const DecodeOptions& options) {
  return Reader(path, options).read_values();
}

}  // namespace

}  // namespace bcnet

/// The one symbol of the shared library that image/format_module.cpp loads.
extern "C" __attribute__((visibility("default"))) const bcnet::PictureModule*
bcnet_format_module() {
  static const bcnet::PictureModule module{bcnet::version(), bcnet::read_image, bcnet::read_values};
  return &module;
}
