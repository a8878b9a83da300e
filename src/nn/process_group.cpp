#include "nn/process_group.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/interrupt.h"

// What the LibTorch has, and a header that Debian has in a package of its own.
#if defined(USE_C10D_GLOO) && __has_include(<gloo/context.h>)

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <utility>
#include <vector>

#if defined(USE_C10D_NCCL) && __has_include(<nccl.h>)
#define BCNET_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

namespace bcnet::nn {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds a_while{2000};         // of waiting without a look at interrupts
constexpr milliseconds period{300};           // between two looks of the watch
constexpr std::chrono::seconds rally{4};      // for those that are left to say so
constexpr std::chrono::hours never{24 * 30};  // the watch finds out what Gloo waits for in vain

std::vector<std::uint8_t> bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string key(const char* what, int rank) { return fmt::format("{}/{}", what, rank); }

/// "process 4711 on host": this one among all that run.
std::string name_of_this() {
  char host[256] = "";
  ::gethostname(host, sizeof(host) - 1);
  return fmt::format("process {} on {}", ::getpid(), host);
}

std::string processes(const std::vector<int>& ranks) {
  return fmt::format("process{} {}", ranks.size() == 1 ? "" : "es", fmt::join(ranks, ", "));
}

c10::intrusive_ptr<c10d::TCPStore> connect(const World& world, bool host, milliseconds timeout) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(world.port);
  options.isServer = host;
  options.waitWorkers = false;
  options.timeout = timeout;
  return c10::make_intrusive<c10d::TCPStore>(world.address, options);
}

/// Looks after the other processes on a thread and a connection of its own, whatever the process
/// computes meanwhile. Each tells the first that it lives; the first tells all who is gone.
class Watch {
 public:
  Watch(World world, c10::intrusive_ptr<c10d::TCPStore> store, milliseconds silence)
      : world_(std::move(world)),
        store_(std::move(store)),
        silence_(silence),
        heard_(static_cast<std::size_t>(world_.size), {0, Clock::now()}),
        answered_(Clock::now()) {}

  /// Until end_of_watch: a thread of its own.
  void run() {
    try {
      while (!look()) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, period, [&] { return leaving_ || !complaint_.empty(); });
        if (leaving_) {
          return;
        }
      }
      conclude();
    } catch (const std::exception&) {  // of the store, which is the first process's
      decide(world_.rank == 0 ? "process 0 lost its own store" : "process 0 is gone");
    }
  }

  /// True as soon as a process is known to be gone.
  bool alarmed() const { return alarm_ || silent(); }

  /// What all are to say of it; complaint: what this process has noticed, may be empty.
  std::string verdict(const std::string& complaint) {
    std::unique_lock lock(mutex_);
    complaint_ = complaint.empty() ? "a call failed" : complaint;
    changed_.notify_all();
    const auto end = Clock::now() + 4 * rally;
    while (verdict_.empty() && !silent() && Clock::now() < end) {
      changed_.wait_for(lock, period);
    }
    if (!verdict_.empty()) {
      return verdict_;
    }
    return silent()
               ? fmt::format("process 0 has not answered for {} s",
                             std::chrono::duration_cast<std::chrono::seconds>(silence_).count())
               : complaint_;
  }

  /// In the first process: until the others have read the verdict.
  void wait_until_told() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, rally, [&] { return told_; });
  }

  /// The end of a training that went well, or ends alike in all.
  void leave(c10d::Store& store) {
    {
      const std::lock_guard lock(mutex_);
      leaving_ = true;
    }
    changed_.notify_all();
    store.set(key("left", world_.rank), bytes_of("1"));
    if (world_.rank == 0) {  // the others' connections end with it
      const auto end = Clock::now() + rally;
      while (!missing("left").empty() && Clock::now() < end) {
        std::this_thread::sleep_for(milliseconds(10));
      }
    }
  }

 private:
  /// The first process's store answers no more.
  bool silent() const { return world_.rank != 0 && Clock::now() - answered_.load() > silence_; }

  struct Heard {
    std::int64_t beats;
    Clock::time_point when;
  };

  /// Ranks without that key.
  std::vector<int> missing(const char* what) {
    std::vector<int> ranks;
    for (int rank = 0; rank < world_.size; ++rank) {
      if (!store_->check({key(what, rank)})) {
        ranks.push_back(rank);
      }
    }
    return ranks;
  }

  /// One look; true where something is wrong.
  bool look() {
    bool wrong = store_->check({"failed"});
    store_->add(key("beat", world_.rank), 1);
    answered_ = Clock::now();
    if (world_.rank == 0 && !wrong) {
      for (int rank = 1; rank < world_.size; ++rank) {
        Heard& heard = heard_[static_cast<std::size_t>(rank)];
        const auto beats = store_->add(key("beat", rank), 0);
        if (beats != heard.beats) {
          heard = {beats, Clock::now()};
        }
        wrong =
            wrong || (Clock::now() - heard.when > silence_ && !store_->check({key("left", rank)}));
      }
    }
    const std::lock_guard lock(mutex_);
    return wrong || !complaint_.empty();
  }

  /// Finds out, with all that are left, who is gone.
  void conclude() {
    alarm_ = true;
    store_->set(key("alive", world_.rank), bytes_of("1"));
    store_->set("failed", bytes_of("1"));
    if (world_.rank == 0) {
      const auto end = Clock::now() + rally;
      std::vector<int> gone;
      while (!(gone = missing("alive")).empty() && Clock::now() < end) {
        std::this_thread::sleep_for(milliseconds(20));
      }
      std::string found;
      if (gone.empty()) {
        const std::lock_guard lock(mutex_);
        found = "the connection between processes broke: " +
                (complaint_.empty() ? std::string("another's") : complaint_);
      } else {
        found = fmt::format("{} {} gone: killed, ended or cut off", processes(gone),
                            gone.size() == 1 ? "is" : "are");
      }
      store_->set("verdict", bytes_of(found));
      decide(found);
      const auto last = Clock::now() + rally / 2;
      while (missing("read").size() > gone.size() + 1 && Clock::now() < last) {
        std::this_thread::sleep_for(milliseconds(20));
      }
      const std::lock_guard lock(mutex_);
      told_ = true;
      changed_.notify_all();
      return;
    }
    const auto end = Clock::now() + 2 * rally;
    while (!store_->check({"verdict"})) {
      if (Clock::now() > end) {
        throw Error(ErrorKind::io, "no verdict");
      }
      answered_ = Clock::now();
      std::this_thread::sleep_for(milliseconds(20));
    }
    const auto found = store_->get("verdict");
    store_->set(key("read", world_.rank), bytes_of("1"));
    decide({found.begin(), found.end()});
  }

  void decide(const std::string& found) {
    alarm_ = true;
    const std::lock_guard lock(mutex_);
    verdict_ = found;
    changed_.notify_all();
  }

  const World world_;
  const c10::intrusive_ptr<c10d::TCPStore> store_;
  const milliseconds silence_;
  std::vector<Heard> heard_;  ///< of each rank, in the first process
  std::atomic<Clock::time_point> answered_;
  std::atomic<bool> alarm_{false};
  std::mutex mutex_;  ///< of the members below
  std::condition_variable changed_;
  bool leaving_ = false, told_ = false;
  std::string complaint_, verdict_;
};

/// The address of this host from which another one is reached: unlike its name's, which Debian
/// lets be a loopback.
std::optional<std::string> own_address(const World& world) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_DGRAM;
  if (::getaddrinfo(world.address.c_str(), std::to_string(world.port).c_str(), &hints, &found) !=
      0) {
    return {};
  }
  std::optional<std::string> own;
  for (const addrinfo* each = found; each != nullptr && !own; each = each->ai_next) {
    const int descriptor = ::socket(each->ai_family, SOCK_DGRAM, 0);
    if (descriptor < 0) {
      continue;
    }
    sockaddr_storage name{};
    socklen_t length = sizeof(name);
    char text[NI_MAXHOST];
    if (::connect(descriptor, each->ai_addr, each->ai_addrlen) == 0 &&
        ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&name), &length) == 0 &&
        ::getnameinfo(reinterpret_cast<const sockaddr*>(&name), length, text, sizeof(text), nullptr,
                      0, NI_NUMERICHOST) == 0) {
      own = text;
    }
    ::close(descriptor);
  }
  ::freeaddrinfo(found);
  return own;
}

std::shared_ptr<::gloo::transport::Device> gloo_device(const World& world) {
  if (const auto interface = environment_variable("GLOO_SOCKET_IFNAME")) {
    return c10d::ProcessGroupGloo::createDeviceForInterface(*interface);
  }
  const auto own = own_address(world);
  return own ? c10d::ProcessGroupGloo::createDeviceForHostname(*own)
             : c10d::ProcessGroupGloo::createDefaultDevice();
}

class ProcessGroup : public Communicator {
 public:
  ProcessGroup(World world, const JoinOptions& options)
      : world_(std::move(world)), store_(meet(options)) {
    watch_ =
        std::make_shared<Watch>(world_, connect(world_, false, options.patience), options.silence);
    std::thread([watch = watch_] { watch->run(); }).detach();
    connect_all(options);
  }

  ~ProcessGroup() override {
    if (lost_) {
      // A thread of theirs may wait for a process that is gone, for as long as it likes.
      gloo_.release();
      store_.release();
      return;
    }
    try {
      watch_->leave(*store_);
    } catch (const std::exception&) {  // the first process went before
      store_.release();
    }
  }

  int rank() const override { return world_.rank; }
  int size() const override { return world_.size; }

  std::vector<std::string> gather(const std::string& bytes) override {
    const auto lengths = gather_tensors(torch::tensor({static_cast<std::int64_t>(bytes.size())}));
    std::int64_t longest = 1;
    for (const auto& length : lengths) {
      longest = std::max(longest, length.item<std::int64_t>());
    }
    auto own = torch::zeros({longest}, torch::kUInt8);
    std::memcpy(own.data_ptr(), bytes.data(), bytes.size());
    std::vector<std::string> all;
    const auto texts = gather_tensors(own);
    for (std::size_t rank = 0; rank < texts.size(); ++rank) {
      all.emplace_back(static_cast<const char*>(texts[rank].data_ptr()),
                       static_cast<std::size_t>(lengths[rank].item<std::int64_t>()));
    }
    return all;
  }

  std::unique_ptr<Pending> begin_sum(torch::Tensor values) override {
    if (values.is_cuda()) {
      return Communicator::begin_sum(values);
    }
    return std::make_unique<Call>(*this, start(values, Reduction::sum));
  }

 protected:
  void reduce(torch::Tensor& values, Reduction reduction) override {
    const torch::NoGradGuard no_grad;
    if (!values.is_cuda()) {
      // A call that is given up may go on: it keeps the values that it was given, which here may be
      // somebody's vector.
      auto own = values.clone();
      Call(*this, start(own, reduction)).wait();
      values.copy_(own);
      return;
    }
#ifdef BCNET_NCCL
    if (!nccl_) {
      nccl_ = c10::make_intrusive<c10d::ProcessGroupNCCL>(
          c10::make_intrusive<c10d::PrefixStore>("nccl", store_), rank(), size());
    }
    std::vector<torch::Tensor> tensors{values};
    c10d::AllreduceOptions options;
    options.reduceOp = reduction == Reduction::sum ? c10d::ReduceOp::SUM : c10d::ReduceOp::MAX;
    guarded([&] { nccl_->allreduce(tensors, options)->wait(); });
#else
    auto here = values.cpu();
    Call(*this, start(here, reduction)).wait();
    values.copy_(here);
#endif
  }

 private:
  using Work = c10::intrusive_ptr<c10d::Work>;

  /// One that is under way.
  class Call : public Pending {
   public:
    Call(ProcessGroup& group, const Work& work) : group_(group), future_(work->getFuture()) {
      future_->addCallback([done = done_](c10::ivalue::Future&) {
        const std::lock_guard lock(done->mutex);
        done->is = true;
        done->changed.notify_all();
      });
    }
    void wait() override {
      std::unique_lock lock(done_->mutex);
      while (!done_->changed.wait_for(lock, period, [&] { return done_->is; })) {
        if (group_.watch_->alarmed()) {
          group_.lose("");
        }
      }
      if (future_->hasError()) {
        group_.lose(first_line(future_->tryRetrieveErrorMessage()));
      }
    }

   private:
    struct Done {
      std::mutex mutex;
      std::condition_variable changed;
      bool is = false;
    };

    ProcessGroup& group_;
    c10::intrusive_ptr<c10::ivalue::Future> future_;
    std::shared_ptr<Done> done_ = std::make_shared<Done>();
  };

  [[noreturn]] void lose(const std::string& complaint) {
    lost_ = true;
    const std::string verdict = watch_->verdict(complaint);
    if (rank() == 0) {
      watch_->wait_until_told();
    }
    throw Error(ErrorKind::io, fmt::format("{}; {} of {} ends; a checkpoint, if there is one, is "
                                           "unharmed: --resume goes on from it",
                                           verdict, processes({rank()}), size()));
  }

  template <typename Action>
  auto guarded(const Action& action) {
    try {
      return action();
    } catch (const std::exception& error) {
      lose(first_line(error.what()));
    }
  }

  Work start(torch::Tensor values, Reduction reduction) {
    std::vector<torch::Tensor> tensors{std::move(values)};
    c10d::AllreduceOptions options;
    options.reduceOp = reduction == Reduction::sum ? c10d::ReduceOp::SUM : c10d::ReduceOp::MAX;
    return guarded([&] { return gloo_->allreduce(tensors, options); });
  }

  std::vector<torch::Tensor> gather_tensors(const torch::Tensor& own) {
    std::vector<std::vector<torch::Tensor>> all(1);
    for (int i = 0; i < size(); ++i) {
      all[0].push_back(torch::empty_like(own));
    }
    std::vector<torch::Tensor> tensors{own};
    const Work work = guarded([&] { return gloo_->allgather(all, tensors); });
    Call(*this, work).wait();
    return all[0];
  }

  static void end_if_interrupted() {
    if (interrupted()) {
      throw Error(ErrorKind::interrupted, "interrupted while the processes were meeting");
    }
  }

  /// The store of the first process, once all have come to it.
  c10::intrusive_ptr<c10d::TCPStore> meet(const JoinOptions& options) const {
    const auto place = fmt::format("{}:{}", world_.address, world_.port);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(options.patience).count();
    const auto end = Clock::now() + options.patience;
    c10::intrusive_ptr<c10d::TCPStore> store;
    while (!store) {
      // In parts: it does not look at interrupts itself.
      const milliseconds part =
          rank() == 0 ? options.patience : std::min(options.patience, a_while);
      try {
        store = connect(world_, rank() == 0, part);
      } catch (const std::exception& error) {
        end_if_interrupted();
        if (rank() == 0) {
          throw Error(ErrorKind::io,
                      fmt::format("cannot listen on {}: {}", place, first_line(error.what())));
        }
        if (Clock::now() >= end) {
          throw Error(ErrorKind::io,
                      fmt::format("process 0 is not to be found on {} within {} s ({})", place,
                                  seconds, first_line(error.what())));
        }
        std::this_thread::sleep_for(period);
      }
    }
    try {
      store->setTimeout(options.patience);
      await_all(*store, place, end, seconds);
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      end_if_interrupted();
      throw Error(ErrorKind::io,
                  fmt::format("what answers on {} is no process 0 of bcnet, or it has ended ({}); "
                              "MASTER_PORT names another port",
                              place, first_line(error.what())));
    }
    return store;
  }

  /// Until all have come to the store of the first.
  void await_all(c10d::TCPStore& store, const std::string& place, Clock::time_point end,
                 std::int64_t seconds) const {
    const std::string own = name_of_this();
    store.set(key("size", rank()), bytes_of(std::to_string(size())));
    store.set(key("here", rank()), bytes_of(own));
    std::vector<int> missing;
    do {
      end_if_interrupted();
      missing.clear();
      for (int other = 0; other < size(); ++other) {
        if (!store.check({key("here", other)})) {
          missing.push_back(other);
        } else if (const std::string theirs = text_at(store, key("size", other));
                   theirs != std::to_string(size())) {
          refuse_meeting(
              fmt::format("process {} has WORLD_SIZE={}, process {} has {}: all are to "
                          "have the same",
                          other, theirs, rank(), size()));
        }
      }
      if (const std::string who = text_at(store, key("here", rank())); who != own) {
        refuse_meeting(
            fmt::format("{} has RANK={} too: each process is to have its own", who, rank()));
      }
      if (missing.empty()) {
        return;
      }
      std::this_thread::sleep_for(milliseconds(50));
    } while (Clock::now() < end);
    throw Error(ErrorKind::io, fmt::format("{} of {} did not come to {} within {} s",
                                           processes(missing), size(), place, seconds));
  }

  static std::string text_at(c10d::TCPStore& store, const std::string& name) {
    const std::vector<std::uint8_t> bytes = store.get(name);
    return {bytes.begin(), bytes.end()};
  }

  /// The first has the store, in which the others see what is wrong: it stays a moment.
  [[noreturn]] void refuse_meeting(const std::string& message) const {
    if (rank() == 0) {
      std::this_thread::sleep_for(a_while);
    }
    throw Error(ErrorKind::usage, message);
  }

  /// Gloo connects each with each, and waits for one that is gone by now.
  void connect_all(const JoinOptions& options) {
    std::promise<c10::intrusive_ptr<c10d::ProcessGroupGloo>> connected;
    auto group = connected.get_future();
    std::thread([world = world_, store = store_, connected = std::move(connected)]() mutable {
      try {
        auto gloo = c10d::ProcessGroupGloo::Options::create(never);
        gloo->devices.push_back(gloo_device(world));
        gloo->threads = 2;
        connected.set_value(c10::make_intrusive<c10d::ProcessGroupGloo>(
            c10::make_intrusive<c10d::PrefixStore>("gloo", store), world.rank, world.size, gloo));
      } catch (...) {
        connected.set_exception(std::current_exception());
      }
    }).detach();
    const auto end = Clock::now() + options.patience;
    while (group.wait_for(period) != std::future_status::ready) {
      end_if_interrupted();
      if (watch_->alarmed() || Clock::now() > end) {
        lose("processes do not reach each other; GLOO_SOCKET_IFNAME names the network to use");
      }
    }
    guarded([&] { gloo_ = group.get(); });
  }

  World world_;
  c10::intrusive_ptr<c10d::TCPStore> store_;
  std::shared_ptr<Watch> watch_;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo_;
#ifdef BCNET_NCCL
  c10::intrusive_ptr<c10d::ProcessGroupNCCL> nccl_;
#endif
  bool lost_ = false;
};

}  // namespace

bool has_gloo() { return true; }

bool has_nccl() {
#ifdef BCNET_NCCL
  return true;
#else
  return false;
#endif
}

std::unique_ptr<Communicator> join(const World& world, const JoinOptions& options) {
  return std::make_unique<ProcessGroup>(world, options);
}

}  // namespace bcnet::nn

#else

namespace bcnet::nn {

bool has_gloo() { return false; }
bool has_nccl() { return false; }

std::unique_ptr<Communicator> join(const World&, const JoinOptions&) {
  throw Error(ErrorKind::usage,
              "--world: this build has no Gloo: it needs a LibTorch with it and its headers "
              "(libgloo-dev)");
}

}  // namespace bcnet::nn

#endif
