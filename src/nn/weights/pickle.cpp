#include "nn/weights/pickle.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

#include "core/error.h"

// The opcodes are those of Python's pickletools.py. Memo and stack are as there: a value that
// is put into the memo is the same object wherever it is fetched again.

namespace bcnet::nn::pickle {

namespace {

enum Opcode : unsigned char {
  kMark = '(',
  kStop = '.',
  kPop = '0',
  kBinBytes = 'B',
  kShortBinBytes = 'C',
  kPopMark = '1',
  kDup = '2',
  kBinFloat = 'G',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kNone = 'N',
  kBinPersId = 'Q',
  kReduce = 'R',
  kBinString = 'T',
  kShortBinString = 'U',
  kBinUnicode = 'X',
  kEmptyList = ']',
  kAppend = 'a',
  kBuild = 'b',
  kGlobal = 'c',
  kAppends = 'e',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kSetItem = 's',
  kTuple = 't',
  kSetItems = 'u',
  kEmptyTuple = ')',
  kEmptyDict = '}',
  kProto = 0x80,
  kNewObject = 0x81,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8a,
  kShortBinUnicode = 0x8c,
  kEmptySet = 0x8f,
  kAddItems = 0x90,
  kFrozenSet = 0x91,
  kNewObjectWithNames = 0x92,
  kStackGlobal = 0x93,
  kMemoize = 0x94,
  kFrame = 0x95,
};

struct StorageClass {
  const char* name;
  torch::ScalarType type;
};
constexpr std::array<StorageClass, 10> storage_classes{{
    {"torch.DoubleStorage", torch::kFloat64},
    {"torch.FloatStorage", torch::kFloat32},
    {"torch.HalfStorage", torch::kFloat16},
    {"torch.BFloat16Storage", torch::kBFloat16},
    {"torch.LongStorage", torch::kInt64},
    {"torch.IntStorage", torch::kInt32},
    {"torch.ShortStorage", torch::kInt16},
    {"torch.CharStorage", torch::kInt8},
    {"torch.ByteStorage", torch::kUInt8},
    {"torch.BoolStorage", torch::kBool},
}};

constexpr const char* ordered_dict = "collections.OrderedDict";
constexpr const char* rebuild_tensor = "torch._utils._rebuild_tensor";
constexpr const char* rebuild_tensor_v2 = "torch._utils._rebuild_tensor_v2";
constexpr const char* rebuild_parameter = "torch._utils._rebuild_parameter";
constexpr std::array<const char*, 4> callables{ordered_dict, rebuild_tensor, rebuild_tensor_v2,
                                               rebuild_parameter};

// Modules whose functions run commands or code, or reach others that do.
constexpr std::array<std::string_view, 19> refused_modules{
    "os",     "posix",     "nt",    "subprocess", "sys",    "pty",    "runpy",
    "shutil", "importlib", "code",  "codeop",     "ctypes", "socket", "webbrowser",
    "pickle", "operator",  "types", "commands",   "bdb"};
// All that files name of Python's built-in functions: the rest of them are eval and its like.
constexpr std::array<std::string_view, 12> harmless_builtins{
    "set",  "frozenset", "slice", "complex", "bytearray", "list",
    "dict", "tuple",     "int",   "float",   "str",       "object"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

/// Whether what the global names may stay unknown.
bool is_harmless(std::string_view module, std::string_view name) {
  const auto plain = [](std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
    });
  };
  if (!plain(module) || !plain(name) || name.find('.') != std::string_view::npos) {
    return false;
  }
  const auto package = module.substr(0, module.find('.'));
  if (package == "builtins" || package == "__builtin__") {
    return contains(harmless_builtins, name);
  }
  return !contains(refused_modules, package);
}

// Far above any network's: they keep a hostile file from growing in memory. A weight file's pickle
// has about ten values for each tensor.
constexpr std::size_t max_memory = std::size_t{256} << 20;
constexpr std::size_t memo_entry = 64;  // bytes, of a std::map
constexpr std::size_t max_dimensions = 64;
constexpr std::size_t max_key = 64;

// A name from the file, shortened to what a message has room for.
std::string in_one_line(std::string_view text) {
  constexpr std::size_t longest = 100;
  std::string result;
  for (const char c : text.substr(0, longest)) {
    result += std::isprint(static_cast<unsigned char>(c)) != 0 ? c : '?';
  }
  return text.size() > longest ? result + "..." : result;
}

}  // namespace

const char* kind_name(Kind kind) noexcept {
  switch (kind) {
    case Kind::none:
      return "None";
    case Kind::boolean:
      return "bool";
    case Kind::integer:
    case Kind::big_integer:
      return "int";
    case Kind::real:
      return "float";
    case Kind::text:
      return "str";
    case Kind::tuple:
      return "tuple";
    case Kind::list:
      return "list";
    case Kind::dict:
      return "dict";
    case Kind::callable:
      return "function";
    case Kind::type:
      return "storage class";
    case Kind::storage:
      return "storage";
    case Kind::tensor:
      return "tensor";
    case Kind::foreign:
      return "object";
    case Kind::mark:
      return "mark";
  }
  return "?";
}

class Machine::Run {
 public:
  Run(Machine& machine, std::string_view bytes, std::size_t& position)
      : machine_(machine), bytes_(bytes), position_(position) {}

  const Value& run() {
    for (;;) {
      const auto opcode = static_cast<unsigned char>(take(1).front());
      if (opcode == kStop) {
        return *pop();
      }
      step(opcode);
    }
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::model,
                fmt::format("{}: pickle: {} (byte {})", machine_.file_, what, position_));
  }

  // --- bytes ---

  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size() - position_) {
      fail("the file is cut short");
    }
    const auto part = bytes_.substr(position_, count);
    position_ += count;
    return part;
  }

  // An unsigned little-endian number.
  std::uint64_t take_number(std::size_t count) {
    std::uint64_t number = 0;
    std::memcpy(&number, take(count).data(), count);
    return number;
  }

  std::string_view take_line() {
    const auto end = bytes_.find('\n', position_);
    if (end == std::string_view::npos) {
      fail("the file is cut short");
    }
    const auto line = take(end - position_);
    take(1);
    return line;
  }

  // --- stack ---

  /// Counts what is about to be kept.
  void charge(std::size_t bytes) {
    machine_.memory_ += bytes;
    if (machine_.memory_ > max_memory) {
      fail(fmt::format("would take more than {} MB of memory", max_memory >> 20));
    }
  }

  Value* make(Kind kind) {
    charge(sizeof(Value));
    auto& values = machine_.values_;
    values.emplace_back();
    values.back().kind = kind;
    return &values.back();
  }

  void push(Value* value) {
    // What the stack grows to is not given back: taken as it is seen, it cannot be counted twice.
    if (stack_.size() == deepest_) {
      charge(sizeof(Value*));
      ++deepest_;
    }
    stack_.push_back(value);
  }
  void push_integer(Kind kind, std::int64_t number) {
    push(make(kind));
    stack_.back()->integer = number;
  }
  void push_text(Kind kind, std::string_view text) {
    charge(text.size());
    push(make(kind));
    stack_.back()->text = text;
  }

  Value* top() const {
    if (stack_.empty() || stack_.back()->kind == Kind::mark) {
      fail("takes a value that is not there");
    }
    return stack_.back();
  }

  Value* pop() {
    Value* value = top();
    stack_.pop_back();
    return value;
  }

  const Value* pop(Kind kind, const char* what) {
    const Value* value = pop();
    require(*value, kind, what);
    return value;
  }

  std::vector<const Value*> pop_to_mark() {
    auto mark = stack_.size();
    do {
      if (mark == 0) {
        fail("takes values to a mark that is not there");
      }
      --mark;
    } while (stack_[mark]->kind != Kind::mark);
    const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(mark);
    std::vector<const Value*> values(first + 1, stack_.end());
    charge(values.size() * sizeof(Value*));
    stack_.erase(first, stack_.end());
    return values;
  }

  void push_tuple(std::size_t count) {
    charge(count * sizeof(Value*));
    Value* tuple = make(Kind::tuple);
    tuple->items.resize(count);
    for (std::size_t i = count; i-- > 0;) {
      tuple->items[i] = pop();
    }
    push(tuple);
  }

  /// The top of the stack, or nullptr where it is foreign and takes whatever is done to it.
  Value* top_unless_foreign(Kind kind, const char* what) const {
    Value* value = top();
    if (value->kind == Kind::foreign) {
      return nullptr;
    }
    require(*value, kind, what);
    return value;
  }

  void require(const Value& value, Kind kind, const char* what) const {
    if (value.kind != kind) {
      fail(
          fmt::format("{}: found {}, allowed is {}", what, kind_name(value.kind), kind_name(kind)));
    }
  }

  void put(std::uint64_t index) {
    if (memo_.count(index) == 0) {
      charge(memo_entry);
    }
    memo_[index] = top();
  }

  void fetch(std::uint64_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) {
      fail(fmt::format("takes memo {}, which was not put", index));
    }
    push(found->second);
  }

  // --- opcodes ---

  void step(unsigned char opcode) {
    switch (opcode) {
      case kProto: {
        const auto protocol = take_number(1);
        if (protocol < 2 || protocol > 5) {
          fail(fmt::format("protocol: found {}, allowed is 2..5", protocol));
        }
        return;
      }
      case kFrame:
        take(8);
        return;

      case kMark:
        push(make(Kind::mark));
        return;
      case kPop:
        pop();
        return;
      case kPopMark:
        pop_to_mark();
        return;
      case kDup:
        push(top());
        return;

      case kNone:
        push(make(Kind::none));
        return;
      case kNewTrue:
        push_integer(Kind::boolean, 1);
        return;
      case kNewFalse:
        push_integer(Kind::boolean, 0);
        return;
      case kBinInt:
        push_integer(Kind::integer, static_cast<std::int32_t>(take_number(4)));
        return;
      case kBinInt1:
        push_integer(Kind::integer, static_cast<std::int64_t>(take_number(1)));
        return;
      case kBinInt2:
        push_integer(Kind::integer, static_cast<std::int64_t>(take_number(2)));
        return;
      case kLong1:
        push_long(take(take_number(1)));
        return;
      // No weight depends on it: only that it is a number is kept.
      case kBinFloat:
        take(8), push(make(Kind::real));
        return;
      case kShortBinBytes:
        take(take_number(1)), push_text(Kind::foreign, "bytes");
        return;
      case kBinBytes:
        take(take_number(4)), push_text(Kind::foreign, "bytes");
        return;
      case kShortBinString:
      case kShortBinUnicode:
        push_text(Kind::text, take(take_number(1)));
        return;
      case kBinString:
      case kBinUnicode:
        push_text(Kind::text, take(take_number(4)));
        return;

      case kEmptyTuple:
        push(make(Kind::tuple));
        return;
      case kTuple1:
        push_tuple(1);
        return;
      case kTuple2:
        push_tuple(2);
        return;
      case kTuple3:
        push_tuple(3);
        return;
      case kTuple: {
        Value* tuple = make(Kind::tuple);
        tuple->items = pop_to_mark();
        push(tuple);
        return;
      }
      case kEmptyList:
        push(make(Kind::list));
        return;
      case kAppend:
        append({pop()});
        return;
      case kAppends:
        append(pop_to_mark());
        return;
      case kEmptySet:
        push_text(Kind::foreign, "set");
        return;
      case kAddItems:
        pop_to_mark();
        require(*top(), Kind::foreign, "object added to");
        return;
      case kFrozenSet:
        pop_to_mark();
        push_text(Kind::foreign, "frozenset");
        return;
      case kEmptyDict:
        push(make(Kind::dict));
        return;
      case kSetItem: {
        const Value* value = pop();
        const Value* key = pop();
        set_items({key, value});
        return;
      }
      case kSetItems:
        set_items(pop_to_mark());
        return;

      case kBinPut:
        put(take_number(1));
        return;
      case kLongBinPut:
        put(take_number(4));
        return;
      case kMemoize:
        put(memo_.size());
        return;
      case kBinGet:
        fetch(take_number(1));
        return;
      case kLongBinGet:
        fetch(take_number(4));
        return;

      case kGlobal: {
        const auto module = take_line();
        const auto name = take_line();
        push_global(module, name);
        return;
      }
      case kStackGlobal: {
        const auto name = pop(Kind::text, "name of a global")->text;
        const auto module = pop(Kind::text, "module of a global")->text;
        push_global(module, name);
        return;
      }
      case kBinPersId:
        push_storage();
        return;
      case kReduce:
        reduce();
        return;
      case kBuild:
        // An OrderedDict's own attributes: the _metadata of a state dict.
        pop();
        top_unless_foreign(Kind::dict, "object given a state");
        return;
      case kNewObject:
        new_object(1);
        return;
      case kNewObjectWithNames:
        new_object(2);
        return;
      default:
        fail(fmt::format("opcode 0x{:02x} is not allowed", opcode));
    }
  }

  void push_long(std::string_view bytes) {
    if (bytes.size() > sizeof(std::int64_t)) {
      push_text(Kind::big_integer, bytes);
      return;
    }
    const bool negative = !bytes.empty() && (static_cast<unsigned char>(bytes.back()) & 0x80U) != 0;
    std::int64_t number = negative ? -1 : 0;
    std::memcpy(&number, bytes.data(), bytes.size());
    push_integer(Kind::integer, number);
  }

  void append(const std::vector<const Value*>& values) {
    Value* list = top_unless_foreign(Kind::list, "object appended to");
    if (list == nullptr) {
      return;
    }
    charge(values.size() * sizeof(Value*));
    list->items.insert(list->items.end(), values.begin(), values.end());
  }

  void set_items(const std::vector<const Value*>& values) {
    Value* dict = top_unless_foreign(Kind::dict, "object whose items are set");
    if (values.size() % 2 != 0) {
      fail("sets a key without a value");
    }
    if (dict == nullptr) {
      return;
    }
    charge(values.size() * sizeof(Value*));
    for (std::size_t i = 0; i < values.size(); i += 2) {
      dict->entries.emplace_back(values[i], values[i + 1]);
    }
  }

  void push_global(std::string_view module, std::string_view name) {
    const std::string full = fmt::format("{}.{}", module, name);
    for (const char* callable : callables) {
      if (full == callable) {
        push_text(Kind::callable, full);
        return;
      }
    }
    for (const auto& storage_class : storage_classes) {
      if (full == storage_class.name) {
        push(make(Kind::type));
        stack_.back()->scalar_type = storage_class.type;
        return;
      }
    }
    if (!is_harmless(module, name)) {
      fail(fmt::format("names {}, which is refused: allowed are tensors in plain containers",
                       in_one_line(full)));
    }
    push_text(Kind::foreign, in_one_line(full));
  }

  // ("storage", class, key, device, elements), and of old versions a view, always None.
  void push_storage() {
    const Value* id = pop(Kind::tuple, "persistent id");
    const auto& items = id->items;
    if (items.size() < 5 || items.size() > 6 || items[0]->kind != Kind::text ||
        items[0]->text != "storage") {
      fail("a persistent id is not that of a storage");
    }
    require(*items[1], Kind::type, "storage's class");
    require(*items[2], Kind::text, "storage's key");
    require(*items[4], Kind::integer, "storage's size");
    if (items.size() == 6) {
      require(*items[5], Kind::none, "storage's view");
    }
    const StorageRef storage{items[2]->text, items[1]->scalar_type, items[4]->integer};
    if (storage.key.size() > max_key) {
      fail(fmt::format("storage's key is longer than {}", max_key));
    }
    charge(sizeof(StorageRef) + 3 * max_key + memo_entry);
    const auto& known = machine_.storages_.emplace(storage.key, storage).first->second;
    if (known.type != storage.type || known.elements != storage.elements) {
      fail(fmt::format("storage '{}' is named with two types or sizes", in_one_line(storage.key)));
    }
    push(make(Kind::storage));
    stack_.back()->storage = storage;
  }

  void reduce() {
    const Value* arguments = pop(Kind::tuple, "arguments");
    const Value* callable = pop();
    if (callable->kind == Kind::foreign) {
      push_text(Kind::foreign, callable->text);
      return;
    }
    require(*callable, Kind::callable, "object called");
    const auto& items = arguments->items;
    if (callable->text == ordered_dict) {
      if (!items.empty()) {
        fail(std::string(ordered_dict) + ": found arguments, allowed are none");
      }
      push(make(Kind::dict));
    } else if (callable->text == rebuild_parameter) {
      // (tensor, requires_grad, hooks)
      if (items.empty()) {
        fail(callable->text + " without arguments");
      }
      require(*items[0], Kind::tensor, "parameter's data");
      const TensorRef& data = items[0]->tensor;
      charge((data.sizes.size() + data.strides.size()) * sizeof(std::int64_t) + max_key);
      push(make(Kind::tensor));
      stack_.back()->tensor = data;
    } else {
      push_tensor(callable->text, items);
    }
  }

  // A class and the arguments of its __new__: known ones are not made in this way.
  void new_object(int arguments) {
    for (int i = 0; i < arguments; ++i) {
      pop();
    }
    push_text(Kind::foreign, pop(Kind::foreign, "class of an object")->text);
  }

  // (storage, offset, sizes, strides), and of v2 requires_grad, hooks and metadata.
  void push_tensor(const std::string& callable, const std::vector<const Value*>& items) {
    if (items.size() < 4) {
      fail(fmt::format("{}: found {} arguments, at least 4 are needed", callable, items.size()));
    }
    require(*items[0], Kind::storage, "tensor's storage");
    require(*items[1], Kind::integer, "tensor's offset");
    Value* tensor = make(Kind::tensor);
    tensor->tensor = {items[0]->storage, items[1]->integer, integers(*items[2], "tensor's sizes"),
                      integers(*items[3], "tensor's strides")};
    charge((tensor->tensor.sizes.size() + tensor->tensor.strides.size()) * sizeof(std::int64_t) +
           max_key);
    push(tensor);
  }

  std::vector<std::int64_t> integers(const Value& tuple, const char* what) const {
    require(tuple, Kind::tuple, what);
    if (tuple.items.size() > max_dimensions) {
      fail(fmt::format("{}: found {}, allowed are at most {}", what, tuple.items.size(),
                       max_dimensions));
    }
    std::vector<std::int64_t> numbers;
    for (const Value* item : tuple.items) {
      require(*item, Kind::integer, what);
      numbers.push_back(item->integer);
    }
    return numbers;
  }

  Machine& machine_;
  std::string_view bytes_;
  std::size_t& position_;
  std::vector<Value*> stack_;
  std::size_t deepest_ = 0;
  std::map<std::uint64_t, Value*> memo_;
};

const Value& Machine::run(std::string_view bytes, std::size_t& position) {
  return Run(*this, bytes, position).run();
}

}  // namespace bcnet::nn::pickle
