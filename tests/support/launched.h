#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "support/free_port.h"
#include "support/program.h"
#include "support/temporary_folder.h"

namespace bcnet::test {

/// The same program several times, as torchrun starts it on one host.
class Launched {
 public:
  using Words = std::function<std::vector<std::string>(int)>;

  /// words: of each rank. address: of the first one. before: words in front of each rank's program,
  /// which run it elsewhere.
  Launched(int size, const Words& words, const std::vector<int>& started,
           const std::string& address = "127.0.0.1", const Words& before = {}) {
    const int port = free_port();
    for (const int rank : started) {
      const pid_t child = ::fork();
      if (child == 0) {
        for (const auto& [key, value] :
             std::map<std::string, std::string>{{"RANK", std::to_string(rank)},
                                                {"WORLD_SIZE", std::to_string(size)},
                                                {"LOCAL_RANK", std::to_string(rank)},
                                                {"LOCAL_WORLD_SIZE", std::to_string(size)},
                                                {"MASTER_ADDR", address},
                                                {"MASTER_PORT", std::to_string(port)}}) {
          ::setenv(key.c_str(), value.c_str(), 1);
        }
        const int error = ::open(error_file(rank).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ::dup2(error, STDERR_FILENO);
        const int output = ::open(output_file(rank).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ::dup2(output, STDOUT_FILENO);
        std::vector<std::string> command = words(rank);
        command.insert(command.begin(), bcnet_path());
        if (before) {
          const std::vector<std::string> front = before(rank);
          command.insert(command.begin(), front.begin(), front.end());
        }
        std::vector<char*> arguments;
        for (std::string& word : command) {
          arguments.push_back(word.data());
        }
        arguments.push_back(nullptr);
        ::execvp(arguments[0], arguments.data());
        ::_exit(127);
      }
      children_[rank] = child;
    }
  }

  ~Launched() {
    for (const auto& [rank, child] : children_) {
      if (codes_.count(rank) == 0) {
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
      }
    }
  }

  /// Whether it handles a signal by now, as /proc says.
  bool catches(int rank, int number) const {
    std::istringstream status(read_text("/proc/" + std::to_string(children_.at(rank)) + "/status"));
    for (std::string line; std::getline(status, line);) {
      if (line.rfind("SigCgt:", 0) == 0) {
        return ((std::stoull(line.substr(7), nullptr, 16) >> (number - 1)) & 1) != 0;
      }
    }
    return false;
  }

  void signal(int rank, int number) { ::kill(children_.at(rank), number); }

  /// Its exit code, once it has ended; 128 + signal where one ended it.
  int code(int rank) {
    if (codes_.count(rank) == 0) {
      int status = 0;
      ::waitpid(children_.at(rank), &status, 0);
      codes_[rank] = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return codes_[rank];
  }

  std::string error(int rank) const { return read_text(error_file(rank)); }
  std::string output(int rank) const { return read_text(output_file(rank)); }

 private:
  std::filesystem::path error_file(int rank) const {
    return folder_ / ("err" + std::to_string(rank));
  }
  std::filesystem::path output_file(int rank) const {
    return folder_ / ("out" + std::to_string(rank));
  }

  TemporaryFolder folder_;
  std::map<int, pid_t> children_;
  std::map<int, int> codes_;
};

inline std::vector<int> ranks_of(int size) {
  std::vector<int> ranks;
  for (int rank = 0; rank < size; ++rank) {
    ranks.push_back(rank);
  }
  return ranks;
}

/// False where it does not come true within two minutes.
inline bool wait_until(const std::function<bool()>& ready) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (!ready()) {
    if (std::chrono::steady_clock::now() > end) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace bcnet::test
