#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace bcnet {

struct ClaimTimes {
  std::chrono::milliseconds beat = std::chrono::seconds(5);
  /// Without a beat for so long, its holder counts as dead.
  std::chrono::milliseconds silence = std::chrono::seconds(60);
};

/// A piece of work that this process has for itself, until this is destroyed. A thread says again
/// and again that it lives.
class Claim {
 public:
  /// The file that says so, made by whoever calls.
  Claim(std::filesystem::path file, std::filesystem::path next, ClaimTimes times);
  ~Claim();
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

  /// Another process has taken it over, since this one was not heard of for too long.
  bool lost() const { return lost_; }

 private:
  void write(const char* state);
  void run();

  const std::filesystem::path file_;
  const std::filesystem::path next_;  ///< what whoever takes it over makes
  const ClaimTimes times_;
  std::uint64_t beats_ = 0;
  std::atomic<bool> lost_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ends_ = false;  ///< under mutex_
  std::thread thread_;
};

/// Pieces of work that processes of any number of hosts share out to themselves, by files in a
/// folder that all see. A claim is a file "NAME.1", made so that one process alone can make it
/// (O_EXCL). Its holder writes into it how often it has done so; who sees that stand still, by its
/// own clock, makes "NAME.2", and so on: the highest number has the work, and of those who would
/// take it over one makes the file. No lock of the file system is needed, no clock of another host,
/// and nothing is removed that somebody may be looking at.
class ClaimFolder {
 public:
  /// Made where it is missing. Throws Error(io).
  explicit ClaimFolder(std::filesystem::path path, ClaimTimes times = {});

  /// Null where another process has it. One that is gone has it no more: known at once of a process
  /// of this host, of another after it was seen to stand still for silence, by calls from time to
  /// time. Throws Error(io).
  std::unique_ptr<Claim> take(const std::string& name);

  /// Takes it as soon as it may, or gives null once its holder was seen to live: at most silence
  /// and a little from now.
  std::unique_ptr<Claim> take_or_see(const std::string& name);

  /// Whether its holder was seen to live since take or this looked first. False too where nobody
  /// has it.
  bool lives(const std::string& name);

  /// "host a, process 17"; empty where nobody has it.
  std::string holder(const std::string& name) const;

 private:
  struct Seen {
    std::string bytes;
    std::chrono::steady_clock::time_point since;
    bool changed = false;  ///< after the first look
  };
  enum class State { unknown, living, gone };
  State look(const std::filesystem::path& file);
  std::filesystem::path file(const std::string& name, int number) const;
  int highest(const std::string& name) const;  ///< 0: none

  std::filesystem::path path_;
  ClaimTimes times_;
  std::map<std::filesystem::path, Seen> seen_;
};

}  // namespace bcnet
