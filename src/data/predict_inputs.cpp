#include "data/predict_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <system_error>

#include "core/error.h"
#include "image/codec.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

/// A path by which two names of one file or folder are equal; it need not exist.
fs::path identity(const fs::path& path) {
  std::error_code error;
  const fs::path found = fs::weakly_canonical(fs::absolute(path), error);
  return error ? path.lexically_normal() : found;
}

class Walker {
 public:
  Walker(const fs::path& out, const OtherFile& other)
      : out_(out.empty() ? out : identity(out)), other_(other) {}

  void add_file(const fs::path& path, const fs::path& relative) {
    if (seen_.insert(identity(path)).second) {
      found.push_back({path, relative, {}, {}});
    }
  }

  void add_folder(const fs::path& folder) {
    if (identity(folder) == out_) {
      throw Error(ErrorKind::usage,
                  fmt::format("--out: found {}, which is an input; results need another folder",
                              folder.string()));
    }
    input_ = folder;
    if (!walk(folder, {})) {
      add_problem(folder, "holds no images");
    }
  }

  std::vector<PredictInput> found;

 private:
  void add_problem(const fs::path& path, const std::string& problem) {
    found.push_back({path, {}, {}, path.string() + ": " + problem});
  }

  /// False where there is nothing to do or to report in the folder.
  bool walk(const fs::path& folder, const fs::path& relative) {
    const fs::path self = identity(folder);
    // Links to folders are followed, but not round in a circle.
    if (self == out_ || std::find(open_.begin(), open_.end(), self) != open_.end()) {
      return false;
    }
    std::error_code error;
    std::vector<fs::path> names;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      names.push_back(entry->path().filename());
    }
    if (error) {
      add_problem(folder, "folder cannot be read: " + error.message());
      return true;
    }
    std::sort(names.begin(), names.end());
    open_.push_back(self);
    bool any = false;
    for (const fs::path& name : names) {
      if (name.string().front() == '.') {
        continue;
      }
      if (fs::is_directory(folder / name, error)) {
        any = walk(folder / name, relative / name) || any;
      } else if (has_image_extension(name)) {
        add_file(folder / name, relative / name);
        any = true;
      } else if (other_) {
        other_(input_, folder / name);
      }
    }
    open_.pop_back();
    return any;
  }

  fs::path out_;
  const OtherFile& other_;
  fs::path input_;  ///< the folder that is walked
  std::vector<fs::path> open_;
  std::set<fs::path> seen_;
};

/// Gives each image its stem: without extension where that is the only one of its name.
void name_outputs(std::vector<PredictInput>& inputs) {
  for (PredictInput& input : inputs) {
    input.stem = input.relative.parent_path() / image_stem(input.relative);
  }
  for (bool changed = true; changed;) {
    changed = false;
    std::map<fs::path, std::vector<PredictInput*>> owners;
    for (PredictInput& input : inputs) {
      if (input.problem.empty()) {
        owners[input.stem].push_back(&input);
      }
    }
    for (const auto& [stem, same] : owners) {
      if (same.size() < 2) {
        continue;
      }
      for (PredictInput* input : same) {
        changed = changed || input->stem != input->relative;
        input->stem = input->relative;
      }
      if (!changed) {
        throw Error(ErrorKind::usage,
                    fmt::format("{} and {}: both would be written as {}_mask.png; give the folder "
                                "that holds both, or separate --out folders",
                                same[0]->path.string(), same[1]->path.string(), stem.string()));
      }
    }
  }
}

}  // namespace

std::vector<PredictInput> find_predict_inputs(const std::vector<std::string>& inputs,
                                              const fs::path& out, const OtherFile& other) {
  Walker walker(out, other);
  for (const std::string& input : inputs) {
    const fs::path path(input);
    std::error_code error;
    if (fs::is_directory(path, error)) {
      walker.add_folder(path);
    } else {
      walker.add_file(path, path.filename());
    }
  }
  name_outputs(walker.found);
  return std::move(walker.found);
}

}  // namespace bcnet::data
