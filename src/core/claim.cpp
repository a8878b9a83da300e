#include "core/claim.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/json.h"

namespace bcnet {

namespace fs = std::filesystem;

namespace {

std::string first_line_of(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

/// Where a process number means one process: this kernel since it started, and a container's
/// processes. Empty where that cannot be told.
std::string home_of_numbers() {
  std::error_code error;
  const fs::path space = fs::read_symlink("/proc/self/ns/pid", error);
  const std::string boot = first_line_of("/proc/sys/kernel/random/boot_id");
  return error || boot.empty() ? std::string() : boot + " " + space.string();
}

/// When a process started, in ticks since the kernel did; empty where there is none of that number,
/// or nothing but its exit code is left of it. Asked of its first thread: an emulator (qemu-user)
/// makes the process's own file up, with another time for each thread that asks.
std::string start_of(long process) {
  const std::string line = first_line_of(fmt::format("/proc/{0}/task/{0}/stat", process));
  const auto name_end = line.rfind(')');  // a name may hold anything
  if (name_end == std::string::npos) {
    return {};
  }
  std::istringstream words(line.substr(name_end + 1));
  std::string word;
  for (int i = 0; i < 20; ++i) {
    words >> word;
    if (i == 0 && (word == "Z" || word == "X")) {
      return {};
    }
  }
  return word;
}

bool is_there(const fs::path& file) {
  std::error_code error;
  return fs::exists(file, error);
}

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Json parsed(const std::string& bytes) {
  Json json = Json::parse(bytes, nullptr, false);
  return json.is_object() ? json : Json::object();
}

}  // namespace

Claim::Claim(fs::path file, fs::path next, ClaimTimes times)
    : file_(std::move(file)), next_(std::move(next)), times_(times) {
  write("held");
  thread_ = std::thread([this] { run(); });
}

Claim::~Claim() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
  if (!lost_) {
    write("given back");
  }
}

/// Opened and closed each time: over a network that is when others see it. A beat that cannot be
/// written is one that is missed.
void Claim::write(const char* state) {
  std::string bytes = json_line({{"state", state},
                                 {"host", host_name()},
                                 {"process", ::getpid()},
                                 {"started", start_of(::getpid())},
                                 {"numbers", home_of_numbers()},
                                 {"beats", ++beats_}});
  constexpr std::size_t length = 512;  // always, so that no reader finds the end of a longer one
  bytes.resize(std::max(length, bytes.size()), ' ');
  bytes.back() = '\n';
  const int descriptor = ::open(file_.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor >= 0) {
    [[maybe_unused]] const auto written = ::pwrite(descriptor, bytes.data(), bytes.size(), 0);
    ::close(descriptor);
  }
}

void Claim::run() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, times_.beat, [this] { return ends_; })) {
    if (is_there(next_)) {
      lost_ = true;
      return;
    }
    write("held");
  }
}

ClaimFolder::ClaimFolder(fs::path path, ClaimTimes times) : path_(std::move(path)), times_(times) {
  make_directories(path_);
}

fs::path ClaimFolder::file(const std::string& name, int number) const {
  return path_ / fmt::format("{}.{}", name, number);
}

int ClaimFolder::highest(const std::string& name) const {
  int number = 0;
  while (is_there(file(name, number + 1))) {
    ++number;
  }
  return number;
}

ClaimFolder::State ClaimFolder::look(const fs::path& file) {
  const std::string bytes = bytes_of(file);
  const Json json = parsed(bytes);
  if (json.value("state", "") == "given back") {
    return State::gone;
  }
  const std::string numbers = home_of_numbers();
  if (!numbers.empty() && json.value("numbers", "") == numbers) {
    return start_of(json.value("process", 0L)) == json.value("started", "") ? State::living
                                                                            : State::gone;
  }
  const auto now = std::chrono::steady_clock::now();
  const auto [found, first] = seen_.try_emplace(file, Seen{bytes, now, false});
  Seen& seen = found->second;
  if (!first && seen.bytes != bytes) {
    seen = {bytes, now, true};
  }
  if (now - seen.since > times_.silence) {
    return State::gone;
  }
  return seen.changed ? State::living : State::unknown;
}

std::unique_ptr<Claim> ClaimFolder::take(const std::string& name) {
  const int number = highest(name);
  if (number > 0 && look(file(name, number)) != State::gone) {
    return nullptr;
  }
  const fs::path own = file(name, number + 1);
  const int descriptor = ::open(own.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) {
    if (errno == EEXIST) {  // another was quicker
      return nullptr;
    }
    throw Error(ErrorKind::io,
                fmt::format("{}: cannot be written: {}", own.string(), std::strerror(errno)));
  }
  ::close(descriptor);
  return std::make_unique<Claim>(own, file(name, number + 2), times_);
}

std::unique_ptr<Claim> ClaimFolder::take_or_see(const std::string& name) {
  while (true) {
    auto claim = take(name);
    if (claim || lives(name)) {
      return claim;
    }
    std::this_thread::sleep_for(times_.beat / 5);
  }
}

bool ClaimFolder::lives(const std::string& name) {
  const int number = highest(name);
  return number > 0 && look(file(name, number)) == State::living;
}

std::string ClaimFolder::holder(const std::string& name) const {
  const int number = highest(name);
  const Json json = number > 0 ? parsed(bytes_of(file(name, number))) : Json::object();
  return json.value("state", "") == "held"
             ? fmt::format("host {}, process {}", json.value("host", "unknown"),
                           json.value("process", 0L))
             : std::string();
}

}  // namespace bcnet
