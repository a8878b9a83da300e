#include "cli/doctor_torch.h"

#include <ATen/Context.h>
#include <ATen/Version.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <torch/torch.h>
#include <torch/version.h>

#include <exception>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "core/error.h"
#include "core/world.h"
#include "nn/backbones/backbone.h"
#include "nn/backbones/pretrained_file.h"
#include "nn/device.h"
#include "nn/ops/kernel_choice.h"
#include "nn/process_group.h"

namespace bcnet::cli {

namespace {

/// What multiplies matrices: "MKL" where it is built into LibTorch, else the file of the BLAS
/// that the process calls. Debian's libblas.so.3 is a link to whichever BLAS is installed.
std::string blas_library() {
  if (at::hasMKL()) {
    return "MKL";
  }
  void* symbol = dlsym(RTLD_DEFAULT, "sgemm_");
  Dl_info info{};
  if (symbol == nullptr || dladdr(symbol, &info) == 0) {
    return "unknown";
  }
  std::error_code error;
  const auto file = std::filesystem::canonical(info.dli_fname, error);
  return error ? info.dli_fname : file.string();
}

std::string join(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

bool is_fast(const std::string& blas) {
  for (const char* name : {"MKL", "openblas", "mkl", "blis", "torch"}) {
    if (blas.find(name) != std::string::npos) {
      return true;
    }
  }
  return false;
}

/// One step of a small convolution: what training stands on.
void check_gradient(DoctorReport& report) {
  Check check{"training", CheckStatus::ok, "a convolution and its gradient are computed", {}};
  try {
    torch::nn::Conv2d layer(torch::nn::Conv2dOptions(3, 4, 3));
    layer(torch::ones({1, 3, 8, 8})).sum().backward();
    // Each weight is used once for each of the 6x6 outputs of an input of ones.
    if (!layer->weight.grad().eq(36.0).all().item<bool>()) {
      throw Error(ErrorKind::io, "a convolution's gradient is wrong");
    }
  } catch (const std::exception& error) {
    const std::string message = error.what();
    check.status = CheckStatus::problem;
    check.found = "LibTorch fails: " + message.substr(0, message.find('\n'));
    check.advice = "install LibTorch and its BLAS again (scripts/install-deps)";
  }
  report.facts["libtorch"]["works"] = check.status == CheckStatus::ok;
  report.checks.push_back(check);
}

/// Which instructions the training operators of our own use here, and which type is fast with them.
void check_kernels(DoctorReport& report) {
  Json& facts = report.facts["libtorch"];
  facts["kernels"] = nullptr;
  Check check{"kernels", CheckStatus::ok, {}, {}};
  try {
    const std::string name = nn::chosen_kernels().name;
    const bool fast = nn::fast_bfloat16(torch::Device(torch::kCPU));
    const std::string best = nn::available_kernels().back().name;
    facts["kernels"] = name;
    check.found = fmt::format("training uses {}; --precision auto takes {}", name,
                              fast ? "bfloat16" : "float32");
    if (name != best) {
      check.status = CheckStatus::note;
      check.advice =
          fmt::format("this CPU has {}: BCNET_KERNELS or ATEN_CPU_CAPABILITY holds it back", best);
    }
  } catch (const Error& error) {
    check.status = CheckStatus::problem;
    check.found = error.what();
    check.advice = "unset BCNET_KERNELS, or set it to one of these";
  }
  report.checks.push_back(check);
}

void check_cuda(DoctorReport& report) {
  const bool built = at::show_config().find("CUDA Runtime") != std::string::npos;
  const auto devices = torch::cuda::device_count();
  report.facts["libtorch"]["cuda_built"] = built;
  report.facts["libtorch"]["cuda_devices"] = devices;
  Check check{"CUDA", CheckStatus::ok, fmt::format("{} device(s)", devices), {}};
  if (!built) {
    check.status = CheckStatus::note;
    check.found = "this LibTorch is built without it";
    check.advice =
        "training runs on the CPU; for a GPU build with a CUDA LibTorch by "
        "-DCMAKE_PREFIX_PATH=/path/to/libtorch";
  } else if (devices == 0) {
    check.status = CheckStatus::note;
    check.found = "built in, no device found";
    check.advice = "look at nvidia-smi and CUDA_VISIBLE_DEVICES";
  }
  report.checks.push_back(check);
}

/// What `train --world env` would do here.
void check_world(DoctorReport& report) {
  report.facts["libtorch"]["gloo"] = nn::has_gloo();
  report.facts["libtorch"]["nccl"] = nn::has_nccl();
  report.facts["world"] = nullptr;
  Check check{"processes", CheckStatus::ok, {}, {}};
  check.found = nn::has_gloo() ? fmt::format("train --world env speaks by Gloo{}",
                                             nn::has_nccl() ? ", and by NCCL between GPUs" : "")
                               : "training takes one process: this build has no Gloo";
  if (!nn::has_gloo()) {
    check.status = CheckStatus::note;
    check.advice = "for several processes build with libgloo-dev and a LibTorch that has Gloo";
  }
  try {
    if (const auto world = world_of()) {
      report.facts["world"] = {{"launcher", world->launcher}, {"rank", world->rank},
                               {"size", world->size},         {"local_rank", world->local_rank},
                               {"address", world->address},   {"port", world->port}};
      check.found += fmt::format("; {} says: process {} of {}, GPU {} of this host, met on {}:{}",
                                 world->launcher, world->rank, world->size, world->local_rank,
                                 world->address, world->port);
    }
  } catch (const Error& error) {
    check.status = CheckStatus::note;
    check.advice = fmt::format("train --world env would fail: {}", error.what());
  }
  report.checks.push_back(check);
}

}  // namespace

void check_torch(DoctorReport& report) {
  const std::string blas = blas_library();
  const bool fast = is_fast(blas);
  const int before = torch::get_num_threads();
  nn::set_torch_threads(0);
  Json& facts = report.facts["libtorch"];
  facts["version"] = TORCH_VERSION;
  facts["blas"] = blas;
  facts["threads_by_default"] = before;
  facts["threads"] = torch::get_num_threads();
  report.checks.push_back(
      {"LibTorch", fast ? CheckStatus::ok : CheckStatus::note,
       fmt::format("{}, BLAS {}, {} thread(s) (its own default: {})", TORCH_VERSION, blas,
                   torch::get_num_threads(), before),
       fast ? "" : "this BLAS is several times slower: install libopenblas0-pthread"});
  check_kernels(report);
  check_gradient(report);
  check_cuda(report);
  check_world(report);
}

void check_backbones(DoctorReport& report) {
  Json& facts = report.facts["backbones"];
  std::vector<std::string> found;
  std::vector<std::string> missing;
  for (const std::string& name : nn::backbone_names()) {
    const auto file = nn::find_backbone_file(name);
    facts[name] = file ? Json(file->string()) : Json(nullptr);
    (file ? found : missing).push_back(name);
  }
  Check check{"backbones",
              missing.empty() ? CheckStatus::ok : CheckStatus::note,
              fmt::format("ImageNet weights of {}", found.empty() ? "none" : join(found)),
              {}};
  if (!missing.empty()) {
    check.found += "; not of " + join(missing);
    check.advice =
        "training begins from random weights without them: scripts/fetch-backbones gets those of "
        "EfficientNet-Lite; for files of your own set BCNET_BACKBONES to their folder";
  }
  report.checks.push_back(check);
}

}  // namespace bcnet::cli
