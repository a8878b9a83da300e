#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bcnet::test {

/// A file of DICOM's Part 10 in Explicit VR Little Endian, put together by the standard's rules.
struct DicomForm {
  int columns = 6;
  int rows = 4;
  int samples = 1;
  int bits_allocated = 8;
  int bits_stored = 8;
  int is_signed = 0;
  int planar = 0;
  std::string photometric = "MONOCHROME2";
  std::string frames = {};  ///< as text; none: the element is not there
  std::string window_centre = {};
  std::string window_width = {};
  std::string slope = {};
  std::string intercept = {};
  std::vector<std::uint16_t> red = {};  ///< a palette; green and blue are of the same size
  std::vector<std::uint16_t> green = {};
  std::vector<std::uint16_t> blue = {};
  std::string syntax = "1.2.840.10008.1.2.1";
  bool with_pixels = true;
};

inline std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) {
    text += static_cast<char>(value >> (8 * i) & 0xFF);
  }
  return text;
}

/// One element: long lengths where the representation has them.
inline std::string element(unsigned group, unsigned number, const std::string& kind,
                           std::string value) {
  if (value.size() % 2 == 1) {
    value += kind == "UI" || kind[0] == 'O' ? '\0' : ' ';
  }
  const bool is_long = kind == "OB" || kind == "OW" || kind == "SQ" || kind == "UN";
  return little(group, 2) + little(number, 2) + kind +
         (is_long ? little(0, 2) + little(value.size(), 4) : little(value.size(), 2)) + value;
}

inline std::string dicom(const DicomForm& form, const std::string& pixels) {
  const std::string kind = "1.2.840.10008.5.1.4.1.1.7";  // secondary capture
  const std::string meta = element(2, 1, "OB", std::string("\0\1", 2)) + element(2, 2, "UI", kind) +
                           element(2, 3, "UI", "1.2.3.4") + element(2, 0x10, "UI", form.syntax);
  const auto number = [](int value) { return little(static_cast<std::uint64_t>(value), 2); };
  std::string data = element(8, 0x16, "UI", kind) + element(8, 0x18, "UI", "1.2.3.4") +
                     element(8, 0x60, "CS", "ES") + element(0x28, 2, "US", number(form.samples)) +
                     element(0x28, 4, "CS", form.photometric);
  if (form.samples > 1) {
    data += element(0x28, 6, "US", number(form.planar));
  }
  if (!form.frames.empty()) {
    data += element(0x28, 8, "IS", form.frames);
  }
  data += element(0x28, 0x10, "US", number(form.rows)) +
          element(0x28, 0x11, "US", number(form.columns)) +
          element(0x28, 0x100, "US", number(form.bits_allocated)) +
          element(0x28, 0x101, "US", number(form.bits_stored)) +
          element(0x28, 0x102, "US", number(form.bits_stored - 1)) +
          element(0x28, 0x103, "US", number(form.is_signed));
  const auto text = [&](unsigned at, const std::string& value) {
    data += value.empty() ? "" : element(0x28, at, "DS", value);
  };
  text(0x1050, form.window_centre);
  text(0x1051, form.window_width);
  text(0x1052, form.intercept);
  text(0x1053, form.slope);
  if (!form.red.empty()) {
    for (unsigned colour = 0; colour < 3; ++colour) {
      data += element(0x28, 0x1101 + colour, "US",
                      number(static_cast<int>(form.red.size())) + number(0) + number(16));
    }
    unsigned at = 0x1201;
    for (const auto* colour : {&form.red, &form.green, &form.blue}) {
      std::string values;
      for (const std::uint16_t value : *colour) {
        values += little(value, 2);
      }
      data += element(0x28, at++, "OW", values);
    }
  }
  if (form.with_pixels) {
    data += element(0x7FE0, 0x10, form.bits_allocated > 8 ? "OW" : "OB", pixels);
  }
  return std::string(128, '\0') + "DICM" + element(2, 0, "UL", little(meta.size(), 4)) + meta +
         data;
}

}  // namespace bcnet::test
