#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bcnet::nn::pickle {

/// A storage that the pickle names but does not hold: its numbers lie elsewhere in the file.
struct StorageRef {
  std::string key;
  torch::ScalarType type = torch::kFloat32;
  std::int64_t elements = 0;
};

/// A tensor as the pickle describes it: a view of a storage. Nothing is checked against the
/// storage yet.
struct TensorRef {
  StorageRef storage;
  std::int64_t offset = 0;  ///< elements
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> strides;  ///< elements
};

enum class Kind {
  none,
  boolean,
  integer,
  big_integer,  ///< more than 64 bits; text holds its little-endian bytes
  real,
  text,
  tuple,
  list,
  dict,
  callable,  ///< one of the few globals that are allowed, by its full name in text
  type,      ///< a storage class; scalar_type says of what
  storage,
  tensor,
  foreign,  ///< made by a global that is not known; text says which. Nothing of it is kept
  mark,
};

/// One object of the pickle. Values point to each other freely, also in circles; their Machine
/// owns them.
struct Value {
  Kind kind = Kind::none;
  std::int64_t integer = 0;  ///< of boolean as well
  std::string text;
  std::vector<const Value*> items;                             ///< of tuple and list
  std::vector<std::pair<const Value*, const Value*>> entries;  ///< of dict, in order
  torch::ScalarType scalar_type = torch::kFloat32;
  StorageRef storage;
  TensorRef tensor;
};

/// Name of a kind for messages.
const char* kind_name(Kind kind) noexcept;

/// Runs Python pickles (protocols 2 to 5) of tensors, plain values and their containers. A pickle
/// is a program that may name and call any Python function. Here calling is limited to
/// collections.OrderedDict and torch._utils._rebuild_tensor, _rebuild_tensor_v2 and
/// _rebuild_parameter; naming to those and to torch's storage classes. What any other global would
/// make (an argparse.Namespace, an optimiser, a NumPy number) stays a Kind::foreign of its name:
/// nothing is called. A global of a module that runs commands or code, or that is reached through
/// an attribute, is an error that names it, wherever in the pickle it stands: no tool writes such
/// a file. So is a pickle that would take more than 256 MB of memory.
class Machine {
 public:
  /// file is for messages.
  explicit Machine(std::string file) : file_(std::move(file)) {}

  /// Runs one pickle at position in bytes, which is moved behind it. The value lives as long
  /// as the machine. Throws Error(model).
  const Value& run(std::string_view bytes, std::size_t& position);

  /// Every storage that a pickle has named so far, by its key.
  const std::map<std::string, StorageRef>& storages() const { return storages_; }

 private:
  class Run;

  std::string file_;
  std::deque<Value> values_;
  std::map<std::string, StorageRef> storages_;
  std::size_t memory_ = 0;  ///< bytes that all of it takes, about
};

}  // namespace bcnet::nn::pickle
