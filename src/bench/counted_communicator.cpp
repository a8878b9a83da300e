#include "bench/counted_communicator.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/seconds.h"

namespace bcnet::bench {

namespace {

using Clock = std::chrono::steady_clock;

std::int64_t bytes_of(const torch::Tensor& values) {
  return static_cast<std::int64_t>(values.nbytes());
}

class TimedPending : public nn::Communicator::Pending {
 public:
  TimedPending(std::unique_ptr<nn::Communicator::Pending> inner, MessageCounts& counts)
      : inner_(std::move(inner)), counts_(counts) {}
  void wait() override {
    const auto start = Clock::now();
    inner_->wait();
    counts_.waited += seconds_since(start);
  }

 private:
  std::unique_ptr<nn::Communicator::Pending> inner_;
  MessageCounts& counts_;
};

}  // namespace

std::vector<std::string> CountedCommunicator::gather(const std::string& bytes) {
  const auto start = Clock::now();
  auto all = inner_.gather(bytes);
  ++at_once_.messages;
  at_once_.bytes += static_cast<std::int64_t>(bytes.size());
  at_once_.waited += seconds_since(start);
  return all;
}

void CountedCommunicator::reduce(torch::Tensor& values, Reduction reduction) {
  const auto start = Clock::now();
  ++at_once_.messages;
  at_once_.bytes += bytes_of(values);
  if (reduction == Reduction::sum) {
    inner_.sum(values);
  } else {  // these are few
    auto* first = values.data_ptr<double>();
    std::vector<double> all(first, first + values.numel());
    inner_.max(all);
    std::copy(all.begin(), all.end(), first);
  }
  at_once_.waited += seconds_since(start);
}

std::unique_ptr<nn::Communicator::Pending> CountedCommunicator::begin_sum(torch::Tensor values) {
  ++beside_.messages;
  beside_.bytes += bytes_of(values);
  sizes_.push_back(bytes_of(values));
  auto pending = inner_.begin_sum(std::move(values));
  return pending ? std::make_unique<TimedPending>(std::move(pending), beside_) : nullptr;
}

void CountedCommunicator::start() {
  at_once_ = {};
  beside_ = {};
  sizes_.clear();
}

double CountedCommunicator::alone_seconds(std::int64_t steps) {
  constexpr int rounds = 5;
  std::vector<torch::Tensor> values;
  const auto one_step = sizes_.size() / static_cast<std::size_t>(steps);
  for (std::size_t i = 0; i < one_step; ++i) {
    values.push_back(torch::zeros({sizes_[i] / 4}));
  }
  double seconds = 0;
  for (int round = 0; round < rounds; ++round) {
    inner_.any(false);  // all begin together
    const auto start = Clock::now();
    std::vector<std::unique_ptr<Pending>> pending;
    for (const auto& value : values) {
      pending.push_back(inner_.begin_sum(value));
    }
    for (const auto& one : pending) {
      if (one) {
        one->wait();
      }
    }
    seconds += seconds_since(start);
  }
  return seconds / rounds;
}

Json messages_json(CountedCommunicator& communicator, std::int64_t steps) {
  const auto each = static_cast<double>(steps);
  const auto counts_json = [&](const MessageCounts& counts) {
    return Json{{"messages", static_cast<double>(counts.messages) / each},
                {"bytes", static_cast<double>(counts.bytes) / each},
                {"waited_ms", counts.waited * 1e3 / each}};
  };
  Json json = {{"processes", communicator.size()},
               {"at_once", counts_json(communicator.at_once())},
               {"gradients", counts_json(communicator.beside())}};
  const double waited = communicator.beside().waited / each;
  const double alone = communicator.alone_seconds(steps);
  json["gradients"]["alone_ms"] = alone * 1e3;
  json["gradients"]["hidden"] = alone > 0 ? std::clamp(1 - waited / alone, 0.0, 1.0) : 0.0;
  return json;
}

}  // namespace bcnet::bench
