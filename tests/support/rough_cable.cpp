#include "support/rough_cable.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <map>
#include <random>
#include <system_error>
#include <utility>
#include <vector>

namespace bcnet::test {
namespace {

using Clock = std::chrono::steady_clock;

struct Frame {
  int to;
  std::vector<char> bytes;
};

int checked(int result, const std::string& what) {
  if (result < 0) {
    throw std::system_error(errno, std::generic_category(), what);
  }
  return result;
}

/// The file of a new TAP device. The calling thread is in its namespace afterwards.
int open_tap(const RoughCable::End& end) {
  const std::string path = "/var/run/netns/" + end.network_namespace;
  const int network = checked(::open(path.c_str(), O_RDONLY | O_CLOEXEC), path);
  const int entered = ::setns(network, CLONE_NEWNET);
  ::close(network);
  checked(entered, path);
  const int tap = checked(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), "/dev/net/tun");
  ifreq request{};
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  end.device.copy(request.ifr_name, IFNAMSIZ - 1);
  if (::ioctl(tap, TUNSETIFF, &request) < 0) {
    const std::system_error error(errno, std::generic_category(), "TAP device " + end.device);
    ::close(tap);
    throw error;
  }
  return tap;
}

}  // namespace

RoughCable::RoughCable(const std::array<End, 2>& ends, const Options& options) : options_(options) {
  std::exception_ptr problem;
  // A thread of its own: a namespace is a thread's.
  std::thread([&] {
    try {
      for (std::size_t i = 0; i < ends.size(); ++i) {
        ends_[i] = open_tap(ends[i]);
      }
    } catch (const std::system_error&) {
      problem = std::current_exception();
    }
  }).join();
  if (problem) {
    for (const int end : ends_) {
      if (end >= 0) {
        ::close(end);
      }
    }
    std::rethrow_exception(problem);
  }
  thread_ = std::thread([this] { carry(); });
}

RoughCable::~RoughCable() {
  ended_ = true;
  thread_.join();
  for (const int end : ends_) {
    ::close(end);
  }
}

void RoughCable::carry() {
  std::mt19937 random(options_.seed);
  std::bernoulli_distribution is_lost(options_.loss);
  std::uniform_int_distribution<std::int64_t> jitter(-options_.jitter.count(),
                                                     options_.jitter.count());
  std::multimap<Clock::time_point, Frame> under_way;
  std::vector<char> buffer(65536);
  while (!ended_) {
    // Whole milliseconds up: poll knows nothing finer, and would spin below one.
    auto wait = std::chrono::milliseconds(50);  // until ended_ is looked at again
    if (!under_way.empty()) {
      const auto next =
          std::chrono::ceil<std::chrono::milliseconds>(under_way.begin()->first - Clock::now());
      wait = std::clamp(next, std::chrono::milliseconds(0), wait);
    }
    std::array<pollfd, 2> ready{{{ends_[0], POLLIN, 0}, {ends_[1], POLLIN, 0}}};
    ::poll(ready.data(), ready.size(), static_cast<int>(wait.count()));
    for (const int from : {0, 1}) {
      // A device that is not up yet gives an error: nothing to carry.
      for (ssize_t size; (size = ::read(ends_[from], buffer.data(), buffer.size())) > 0;) {
        if (is_lost(random)) {
          ++lost_;
          continue;
        }
        const auto delay = options_.delay + std::chrono::microseconds(jitter(random));
        under_way.emplace(Clock::now() + delay,
                          Frame{1 - from, {buffer.data(), buffer.data() + size}});
      }
    }
    while (!under_way.empty() && under_way.begin()->first <= Clock::now()) {
      const Frame& frame = under_way.begin()->second;
      // One that the other end does not take is lost, as on a cable.
      const ssize_t written = ::write(ends_[frame.to], frame.bytes.data(), frame.bytes.size());
      ++(written < 0 ? lost_ : carried_);
      under_way.erase(under_way.begin());
    }
  }
}

}  // namespace bcnet::test
