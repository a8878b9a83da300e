#include "support/program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "support/temporary_folder.h"

namespace bcnet::test {

namespace {

/// In the child: becomes the program.
[[noreturn]] void execute(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) {
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

int code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

ProgramResult run_program(const std::vector<std::string>& command,
                          const std::map<std::string, std::string>& environment) {
  const TemporaryFolder folder;
  const std::string output = (folder / "out").string();
  const std::string error = (folder / "err").string();
  const pid_t child = ::fork();
  if (child == 0) {
    const auto send = [](const std::string& path, int target) {
      const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      ::dup2(descriptor, target);
    };
    send(output, STDOUT_FILENO);
    send(error, STDERR_FILENO);
    for (const auto& [key, value] : environment) {
      ::setenv(key.c_str(), value.c_str(), 1);
    }
    execute(command);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ProgramResult result;
  result.exit_code = code_of(status);
  result.output = read_text(output);
  result.error = read_text(error);
  return result;
}

int interrupt_program(const std::vector<std::string>& command, int signal,
                      const std::function<bool()>& ready) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(::open("/dev/null", O_WRONLY), STDERR_FILENO);
    execute(command);
  }
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (ready()) {
      ::kill(child, signal);
      ::waitpid(child, &status, 0);
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return code_of(status);
}

std::string bcnet_path() { return std::string(BCNET_BINARY_DIR) + "/bin/bcnet"; }

ProgramResult bcnet(const std::vector<std::string>& arguments,
                    const std::map<std::string, std::string>& environment) {
  std::vector<std::string> command{bcnet_path()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run_program(command, environment);
}

}  // namespace bcnet::test
