#pragma once

#include <torch/csrc/jit/ir/ir.h>
#include <torch/torch.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "export/trace.h"
#include "onnx/model.h"

namespace bcnet::onnx {

/// One value for each trace, in their order.
template <typename T>
using Samples = std::vector<T>;

template <typename T>
bool all_equal(const Samples<T>& samples) {
  for (const T& sample : samples) {
    if (!(sample == samples.front())) {
      return false;
    }
  }
  return true;
}

/// A tensor's or a target's axes, each with one size for each trace.
using Shape = std::vector<Samples<std::int64_t>>;

/// The same node of every trace.
class TracedNode {
 public:
  explicit TracedNode(Samples<const torch::jit::Node*> nodes) : nodes_(std::move(nodes)) {}

  std::string kind() const { return nodes_.front()->kind().toQualString(); }
  std::size_t inputs() const { return nodes_.front()->inputs().size(); }
  std::size_t outputs() const { return nodes_.front()->outputs().size(); }
  /// The value of the first trace stands for those of all.
  const torch::jit::Value* input(std::size_t i) const { return nodes_.front()->inputs()[i]; }
  const torch::jit::Value* output(std::size_t i = 0) const { return nodes_.front()->outputs()[i]; }

  Shape input_shape(std::size_t i) const;
  Shape output_shape(std::size_t i = 0) const;
  /// Axes of input i.
  std::int64_t rank(std::size_t i) const {
    return static_cast<std::int64_t>(input_shape(i).size());
  }

  // Arguments. Each throws Error(model) naming operator and position where it is something else.
  bool is_none(std::size_t i) const;
  bool is_scalar(std::size_t i) const;
  Samples<double> scalars(std::size_t i) const;
  /// The same in every trace.
  double scalar(std::size_t i) const;
  std::int64_t integer(std::size_t i) const;
  bool boolean(std::size_t i) const;
  std::string text(std::size_t i) const;
  std::vector<std::int64_t> integers(std::size_t i) const;
  /// Argument i as an axis of input 0, counted from the front.
  std::int64_t axis(std::size_t i) const;
  std::vector<std::int64_t> axes(std::size_t i) const;

  [[noreturn]] void fail(const std::string& what) const;

 private:
  Samples<c10::IValue> constants(std::size_t i) const;
  std::int64_t wrap(std::int64_t axis) const;

  Samples<const torch::jit::Node*> nodes_;
};

/// A tensor to be split along an axis, before the pieces are known.
struct Cut {
  std::string value;  ///< of ONNX
  std::int64_t axis = 0;
};

/// Builds the ONNX graph: knows which ONNX value stands for which traced one, makes unique
/// names, and writes sizes that depend on the input's.
class LoweringContext {
 public:
  LoweringContext(const std::vector<Trace>& traces, int opset);

  /// Hands the model over, with the graph's input and output and without what nothing needs.
  Model finish(const std::vector<Trace>& traces);

  int opset() const { return model_.opset; }

  // Traced values.
  void bind(const torch::jit::Value* value, std::string onnx_value);
  void bind_list(const torch::jit::Value* value, std::vector<std::string> onnx_values);
  void bind_cut(const torch::jit::Value* value, Cut cut);
  /// The ONNX value of input i, a tensor. A parameter becomes an initializer here.
  std::string tensor(const TracedNode& node, std::size_t i);
  /// The ONNX value of input i, a tensor or a number.
  std::string operand(const TracedNode& node, std::size_t i);
  std::vector<std::string> tensor_list(const TracedNode& node, std::size_t i) const;
  Cut cut(const TracedNode& node, std::size_t i) const;
  /// Adds a constant tensor; only float32 is allowed.
  std::string add_tensor(const std::string& name, const torch::Tensor& tensor);

  // Nodes.
  /// Appends a node with one output, whose name it gives.
  std::string emit(const std::string& op, std::vector<std::string> inputs,
                   std::map<std::string, Attribute> attributes = {});
  std::vector<std::string> emit_many(const std::string& op, std::vector<std::string> inputs,
                                     std::map<std::string, Attribute> attributes,
                                     std::size_t outputs);
  /// x with its axes in another order; a constant is turned at once.
  std::string transpose(const std::string& x, const std::vector<std::int64_t>& order);

  // Constants and sizes. Equal constants are one initializer.
  std::string add_constant(const std::vector<std::int64_t>& values);
  std::string add_constant(const std::vector<float>& values);
  std::string add_constant(float value);
  /// A number that may differ between traces, as a float tensor that broadcasts.
  std::string number(const TracedNode& node, const Samples<double>& values);
  /// A 1-D int64 tensor of sizes.
  std::string size_vector(const TracedNode& node, const Shape& sizes);
  /// Gives x another shape; the sizes of x itself are used as far as they go.
  std::string reshape(const TracedNode& node, const std::string& x, const Shape& from,
                      const Shape& to);

 private:
  /// Nodes that follow are named after the module that owns this parameter.
  void enter_module_of(const std::string& parameter);
  void leave_module();
  std::string add_shared(Initializer initializer);
  std::string size_value(const TracedNode& node, const Samples<std::int64_t>& values);
  std::string input_axis(std::int64_t axis);
  std::string unique(const std::string& name);
  std::vector<Dimension> dimensions(const Shape& shape, const std::string& value) const;

  Samples<InputSize> sizes_;
  Model model_;
  std::map<const torch::jit::Value*, std::pair<std::string, torch::Tensor>> tensors_;
  std::map<const torch::jit::Value*, std::string> values_;
  std::map<const torch::jit::Value*, std::vector<std::string>> lists_;
  std::map<const torch::jit::Value*, Cut> cuts_;
  std::map<std::string, std::string> shared_;  ///< computed sizes, by what they are
  std::set<std::string> names_;
  std::string module_;        ///< for names: where the traced run was last seen
  bool inside_leaf_ = false;  ///< the next node is that module's one operator
};

}  // namespace bcnet::onnx
