# Third-party packages. Debian's package names are in scripts/packages.txt.

find_package(Threads REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(pugixml REQUIRED)
find_package(yaml-cpp REQUIRED)

# Debian keeps OpenCV's CMake files in libopencv-dev, which brings every module and half a
# desktop; the modules used here are looked up by themselves.
find_path(BCNET_OPENCV_INCLUDE_DIR opencv2/core.hpp PATH_SUFFIXES opencv4 REQUIRED)
foreach(module core imgproc imgcodecs features2d calib3d)
  find_library(BCNET_OPENCV_${module} opencv_${module} REQUIRED)
  add_library(bcnet_opencv_${module} INTERFACE)
  add_library(bcnet::opencv_${module} ALIAS bcnet_opencv_${module})
  target_include_directories(bcnet_opencv_${module} SYSTEM INTERFACE $<BUILD_INTERFACE:${BCNET_OPENCV_INCLUDE_DIR}>)
  target_link_libraries(bcnet_opencv_${module} INTERFACE ${BCNET_OPENCV_${module}})
endforeach()

# Beside OpenCV's decoding, which gives colours where a mask's numbers are needed and says nothing
# of scan data that a JPEG lacks.
find_package(JPEG REQUIRED)
find_package(PNG REQUIRED)
find_package(TIFF REQUIRED)

# Debian ships no CMake file for utf8proc.
find_path(UTF8PROC_INCLUDE_DIR utf8proc.h REQUIRED)
find_library(UTF8PROC_LIBRARY utf8proc REQUIRED)
add_library(bcnet_utf8proc INTERFACE)
add_library(bcnet::utf8proc ALIAS bcnet_utf8proc)
target_include_directories(bcnet_utf8proc SYSTEM INTERFACE $<BUILD_INTERFACE:${UTF8PROC_INCLUDE_DIR}>)
target_link_libraries(bcnet_utf8proc INTERFACE ${UTF8PROC_LIBRARY})

# Debian's CMake file for libzip wants the command-line tools of its other packages.
find_path(LIBZIP_INCLUDE_DIR zip.h REQUIRED)
find_library(LIBZIP_LIBRARY zip REQUIRED)
add_library(bcnet_libzip INTERFACE)
add_library(bcnet::libzip ALIAS bcnet_libzip)
target_include_directories(bcnet_libzip SYSTEM INTERFACE $<BUILD_INTERFACE:${LIBZIP_INCLUDE_DIR}>)
target_link_libraries(bcnet_libzip INTERFACE ${LIBZIP_LIBRARY})

# dcmtk's own CMake file wants every library of it.
if(BCNET_MEDICAL)
  find_path(DCMTK_INCLUDE_DIR dcmtk/dcmdata/dctk.h REQUIRED)
  find_path(NIFTI_INCLUDE_DIR nifti1_io.h PATH_SUFFIXES nifti REQUIRED)
  foreach(name dcmtk nifti)
    string(TOUPPER ${name} upper)
    add_library(bcnet_${name}_libraries INTERFACE)
    add_library(bcnet::${name}_libraries ALIAS bcnet_${name}_libraries)
    target_include_directories(bcnet_${name}_libraries SYSTEM INTERFACE
      $<BUILD_INTERFACE:${${upper}_INCLUDE_DIR}>)
  endforeach()
  foreach(part dcmjpeg dcmimage dcmimgle dcmdata oflog ofstd)
    find_library(DCMTK_${part} ${part} REQUIRED)
    target_link_libraries(bcnet_dcmtk_libraries INTERFACE ${DCMTK_${part}})
  endforeach()
  foreach(part niftiio znz)
    find_library(NIFTI_${part} ${part} REQUIRED)
    target_link_libraries(bcnet_nifti_libraries INTERFACE ${NIFTI_${part}})
  endforeach()
endif()

# protozero is header-only and Debian ships no CMake file for it.
find_path(PROTOZERO_INCLUDE_DIR protozero/pbf_reader.hpp REQUIRED)
add_library(bcnet_protozero INTERFACE)
add_library(bcnet::protozero ALIAS bcnet_protozero)
target_include_directories(bcnet_protozero SYSTEM INTERFACE $<BUILD_INTERFACE:${PROTOZERO_INCLUDE_DIR}>)

# Asio and Beast are headers; TLS is OpenSSL's.
find_path(BOOST_BEAST_INCLUDE_DIR boost/beast.hpp REQUIRED)
find_package(OpenSSL REQUIRED)
add_library(bcnet_asio INTERFACE)
add_library(bcnet::asio ALIAS bcnet_asio)
target_include_directories(bcnet_asio SYSTEM INTERFACE $<BUILD_INTERFACE:${BOOST_BEAST_INCLUDE_DIR}>)
target_link_libraries(bcnet_asio INTERFACE OpenSSL::SSL OpenSSL::Crypto Threads::Threads)

# OpenVINO: the wheel that scripts/install-deps unpacks into build/deps, or any other by
# CMAKE_PREFIX_PATH or OpenVINO_DIR.
find_package(OpenVINO REQUIRED COMPONENTS Runtime
  HINTS "${PROJECT_SOURCE_DIR}/build/deps/openvino/openvino/cmake")

# Of FFmpeg's libraries libavdevice, for cameras, is loaded at need: no more than its header is used.
if(BCNET_VIDEO)
  find_path(FFMPEG_INCLUDE_DIR libavformat/avformat.h REQUIRED)
  find_path(FFMPEG_DEVICE_INCLUDE_DIR libavdevice/version.h REQUIRED)
  add_library(bcnet_ffmpeg_libraries INTERFACE)
  add_library(bcnet::ffmpeg_libraries ALIAS bcnet_ffmpeg_libraries)
  target_include_directories(bcnet_ffmpeg_libraries SYSTEM INTERFACE
    $<BUILD_INTERFACE:${FFMPEG_INCLUDE_DIR}> $<BUILD_INTERFACE:${FFMPEG_DEVICE_INCLUDE_DIR}>)
  foreach(part avformat avcodec swscale avutil)
    find_library(FFMPEG_${part} ${part} REQUIRED)
    target_link_libraries(bcnet_ffmpeg_libraries INTERFACE ${FFMPEG_${part}})
  endforeach()
endif()

if(BCNET_WEB)
  if(NOT BCNET_NPM)
    message(FATAL_ERROR "BCNET_WEB: no npm found; -DBCNET_WEB=OFF builds without the page")
  endif()
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
endif()

if(BCNET_TRAIN)
  find_package(Torch REQUIRED)
  add_library(bcnet_torch INTERFACE)
  add_library(bcnet::torch ALIAS bcnet_torch)
  target_link_libraries(bcnet_torch INTERFACE ${TORCH_LIBRARIES})
  target_include_directories(bcnet_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
  # at::parallel_for is a template: where it is compiled without OpenMP, it runs on one thread.
  find_package(OpenMP REQUIRED COMPONENTS CXX)
  target_link_libraries(bcnet_torch INTERFACE OpenMP::OpenMP_CXX)
  # Recent LibTorch brings a fmt of its own that hides, and does not fit, the one spdlog was
  # built with: the system's is put in front.
  get_target_property(BCNET_FMT_INCLUDE_DIR fmt::fmt INTERFACE_INCLUDE_DIRECTORIES)
  file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/system-fmt")
  file(CREATE_LINK "${BCNET_FMT_INCLUDE_DIR}/fmt" "${PROJECT_BINARY_DIR}/system-fmt/fmt" SYMBOLIC)
  target_include_directories(bcnet_torch INTERFACE "${PROJECT_BINARY_DIR}/system-fmt")
  separate_arguments(BCNET_TORCH_FLAGS UNIX_COMMAND "${TORCH_CXX_FLAGS}")
  target_compile_options(bcnet_torch INTERFACE ${BCNET_TORCH_FLAGS})

  # torch/torch.h costs 20-30 s a file: compile it once.
  bcnet_precompile(bcnet_torch_headers HEADERS <torch/torch.h> LINK bcnet::torch)
endif()

if(BCNET_UNITY)
  set(headers
    <algorithm> <array> <filesystem> <functional> <map> <memory> <optional> <set> <string> <vector>
    <fmt/format.h> <fmt/ranges.h> <nlohmann/json.hpp> <opencv2/imgproc.hpp> <spdlog/spdlog.h>)
  set(libraries fmt::fmt nlohmann_json::nlohmann_json spdlog::spdlog bcnet::opencv_imgproc)
  bcnet_precompile(bcnet_headers HEADERS ${headers} LINK ${libraries})
  bcnet_precompile(bcnet_text_headers FLAGS ${BCNET_TEXT_FLAGS}
    HEADERS ${headers} LINK ${libraries})
endif()

if(BCNET_TESTS)
  find_package(GTest REQUIRED)
endif()
