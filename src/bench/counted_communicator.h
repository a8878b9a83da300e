#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/json.h"
#include "nn/communicator.h"

namespace bcnet::bench {

/// What one process gives to the others, counted, and how long it waits for them.
struct MessageCounts {
  std::int64_t messages = 0;
  std::int64_t bytes = 0;  ///< of values; a ring of n processes sends 2 (n - 1) / n times as many
  double waited = 0;       ///< seconds
};

/// Another communicator that is looked at. It outlives this.
class CountedCommunicator : public nn::Communicator {
 public:
  explicit CountedCommunicator(nn::Communicator& inner) : inner_(inner) {}

  int rank() const override { return inner_.rank(); }
  int size() const override { return inner_.size(); }
  std::vector<std::string> gather(const std::string& bytes) override;
  std::unique_ptr<Pending> begin_sum(torch::Tensor values) override;

  /// Counts from now on.
  void start();
  /// What is waited for at once: statistics of batch norms, losses, decisions.
  const MessageCounts& at_once() const { return at_once_; }
  /// What goes on beside the backward: gradients; waited: behind it.
  const MessageCounts& beside() const { return beside_; }
  /// Seconds of one step's gradients where nothing is computed beside them, mean of several. All
  /// processes call it. steps: since start.
  double alone_seconds(std::int64_t steps);

 protected:
  void reduce(torch::Tensor& values, Reduction reduction) override;

 private:
  nn::Communicator& inner_;
  MessageCounts at_once_, beside_;
  std::vector<std::int64_t> sizes_;  ///< of beside_'s messages, in bytes
};

/// "messages" of docs/reference/schemas/bench-train.schema.json, for each of so many steps. All
/// processes call it.
Json messages_json(CountedCommunicator& communicator, std::int64_t steps);

}  // namespace bcnet::bench
