#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace bcnet::test {

/// A file of NIfTI-1, put together by the standard's table of the header.
struct NiftiForm {
  std::vector<int> dim = {6, 4, 1};
  int datatype = 2;  ///< 2: uint8, 4: int16, 16: float32, 128: RGB
  int bits = 8;
  float slope = 0;
  float intercept = 0;
  float cal_min = 0;
  float cal_max = 0;
  int sform = 0;  ///< 0: no orientation, else the signs of x and y
  std::array<float, 3> row_x = {-1, 0, 0};
  std::array<float, 3> row_y = {0, -1, 0};
  std::array<float, 3> row_z = {0, 0, 1};
  float offset = 352;
  const char* magic = "n+1";
  bool big_endian = false;  ///< the header alone: values are the caller's
};

inline std::string nifti(const NiftiForm& form, const std::string& values) {
  std::string bytes(352, '\0');
  const auto put = [&](std::size_t at, auto value) {
    std::memcpy(bytes.data() + at, &value, sizeof value);
    if (form.big_endian) {
      std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                   bytes.begin() + static_cast<std::ptrdiff_t>(at + sizeof value));
    }
  };
  put(0, std::int32_t{348});
  put(40, static_cast<std::int16_t>(form.dim.size()));
  for (std::size_t i = 0; i < 7; ++i) {
    put(42 + 2 * i, static_cast<std::int16_t>(i < form.dim.size() ? form.dim[i] : 1));
    put(80 + 4 * i, 1.0F);
  }
  put(70, static_cast<std::int16_t>(form.datatype));
  put(72, static_cast<std::int16_t>(form.bits));
  put(76, 1.0F);
  put(108, form.offset);
  put(112, form.slope);
  put(116, form.intercept);
  put(124, form.cal_max);
  put(128, form.cal_min);
  put(254, static_cast<std::int16_t>(form.sform));
  for (std::size_t i = 0; i < 3; ++i) {
    put(280 + 4 * i, form.row_x[i]);
    put(296 + 4 * i, form.row_y[i]);
    put(312 + 4 * i, form.row_z[i]);
  }
  std::memcpy(bytes.data() + 344, form.magic,
              std::min<std::size_t>(4, std::strlen(form.magic) + 1));
  return bytes + values;
}

}  // namespace bcnet::test
