# Builds the runtime half for 64-bit ARM: Debian's cross compiler, a folder of Debian's arm64
# libraries and OpenVINO's wheel (scripts/install-deps --arm64), and the emulator that runs what
# was built.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

set(bcnet_arm64 "${CMAKE_CURRENT_LIST_DIR}/../build/deps/arm64")
set(CMAKE_SYSROOT "${bcnet_arm64}/root")
set(OpenVINO_DIR "${bcnet_arm64}/openvino/openvino/cmake")
# A common board's core (Raspberry Pi 4). With the vectors of any length (SVE) that the emulator
# has by default, OpenVINO 2026.4.1 computes other numbers.
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -cpu cortex-a72 -L "${CMAKE_SYSROOT}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
