#pragma once

#include "cli/doctor_report.h"

namespace bcnet::cli {

/// LibTorch: version, BLAS, threads, CUDA, the kernels of our own beside it, and whether it
/// computes a gradient.
void check_torch(DoctorReport& report);

/// ImageNet weights of each backbone: found or not.
void check_backbones(DoctorReport& report);

}  // namespace bcnet::cli
