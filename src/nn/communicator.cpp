#include "nn/communicator.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "core/error.h"

namespace bcnet::nn {

namespace {

class Alone : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  std::vector<std::string> gather(const std::string& bytes) override { return {bytes}; }

 protected:
  void reduce(torch::Tensor&, Reduction) override {}
};

torch::Tensor as_tensor(std::vector<double>& values) {
  return torch::from_blob(values.data(), {static_cast<std::int64_t>(values.size())},
                          torch::kFloat64);
}

struct SumOverAllFunction : torch::autograd::Function<SumOverAllFunction> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               Communicator* communicator) {
    save_communicator(*context, *communicator);
    auto sums = x.clone(torch::MemoryFormat::Contiguous);
    communicator->sum(sums);
    return sums;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    auto sums = gradients[0].clone(torch::MemoryFormat::Contiguous);
    saved_communicator(*context).sum(sums);
    return {sums, {}};
  }
};

constexpr const char* communicator_key = "communicator";

thread_local const BatchPart* current_part = nullptr;

}  // namespace

void Communicator::sum(torch::Tensor values) {
  if (size() > 1) {
    reduce(values, Reduction::sum);
  }
}

void Communicator::sum(std::vector<double>& values) { sum(as_tensor(values)); }

void Communicator::mean(std::vector<double>& values) {
  sum(values);
  for (double& value : values) {
    value /= size();
  }
}

void Communicator::max(std::vector<double>& values) {
  if (size() > 1) {
    auto tensor = as_tensor(values);
    reduce(tensor, Reduction::max);
  }
}

bool Communicator::any(bool here) {
  std::vector<double> one{here ? 1.0 : 0.0};
  max(one);
  return one[0] > 0;
}

std::unique_ptr<Communicator::Pending> Communicator::begin_sum(torch::Tensor values) {
  sum(std::move(values));
  return nullptr;
}

Communicator& alone() {
  static Alone only;
  return only;
}

void together(Communicator& communicator, const std::function<void()>& action) {
  if (communicator.size() == 1) {
    action();
    return;
  }
  std::exception_ptr failure;
  auto kind = ErrorKind::io;
  std::string message;
  try {
    action();
  } catch (const Error& error) {
    failure = std::current_exception();
    kind = error.kind();
    message = error.what();
  } catch (const std::exception& error) {
    failure = std::current_exception();
    message = error.what();
  }
  if (!communicator.any(failure != nullptr)) {
    return;
  }
  // One byte for the kind.
  const auto told = communicator.gather(failure ? std::string(1, static_cast<char>(kind)) + message
                                                : std::string());
  if (failure) {
    std::rethrow_exception(failure);
  }
  const auto failed =
      std::find_if(told.begin(), told.end(), [](const auto& bytes) { return !bytes.empty(); });
  throw Error(static_cast<ErrorKind>(failed->front()),
              fmt::format("process {}: {}", failed - told.begin(), failed->substr(1)));
}

torch::Tensor sum_over_all(const torch::Tensor& x, Communicator& communicator) {
  return communicator.size() == 1 ? x : SumOverAllFunction::apply(x, &communicator);
}

BatchPart::BatchPart(Communicator& of_all, std::int64_t images)
    : communicator(&of_all), norms(&of_all), whole(images) {
  if (is_whole()) {
    return;
  }
  std::vector<double> counts(static_cast<std::size_t>(of_all.size()));
  counts[static_cast<std::size_t>(of_all.rank())] = static_cast<double>(images);
  of_all.sum(counts);
  whole = 0;
  for (std::size_t rank = 0; rank < counts.size(); ++rank) {
    first += static_cast<int>(rank) < of_all.rank() ? static_cast<std::int64_t>(counts[rank]) : 0;
    whole += static_cast<std::int64_t>(counts[rank]);
  }
  share_ = static_cast<double>(images * of_all.size()) / static_cast<double>(whole);
}

BatchPart BatchPart::with_local_norms() const {
  BatchPart part = *this;
  part.norms = &alone();
  return part;
}

BatchPartGuard::BatchPartGuard(const BatchPart& part) : before_(current_part) {
  current_part = &part;
}

BatchPartGuard::~BatchPartGuard() { current_part = before_; }

const BatchPart& current_batch_part() {
  static const BatchPart whole;
  return current_part != nullptr ? *current_part : whole;
}

void save_communicator(torch::autograd::AutogradContext& context, Communicator& communicator) {
  context.saved_data[communicator_key] =
      static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(&communicator));
}

Communicator& saved_communicator(torch::autograd::AutogradContext& context) {
  return *reinterpret_cast<Communicator*>(
      static_cast<std::intptr_t>(context.saved_data[communicator_key].toInt()));
}

}  // namespace bcnet::nn
