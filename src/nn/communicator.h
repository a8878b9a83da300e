#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bcnet::nn {

/// What the processes that train one network tell each other. All of them call the same members
/// in the same order, with values of the same number and type, and a call returns when every
/// process has come to it. Each member throws Error(io) where a process is gone. One thread at a
/// time, not always the same: a backward on a GPU has threads of its own.
class Communicator {
 public:
  virtual ~Communicator() = default;

  virtual int rank() const = 0;  ///< of this process, from 0
  virtual int size() const = 0;  ///< processes
  /// True in the process that writes files and shows how far the run is.
  bool first() const { return rank() == 0; }

  /// Replaces contiguous values by their sums over all processes, the same bits in all of them.
  void sum(torch::Tensor values);
  void sum(std::vector<double>& values);
  /// The same with means, of which each process counts alike, and with the largest values.
  void mean(std::vector<double>& values);
  void max(std::vector<double>& values);
  /// A decision that all take: true in all where it is true in one.
  bool any(bool here);
  /// What each process has, by rank; the lengths may differ.
  virtual std::vector<std::string> gather(const std::string& bytes) = 0;

  /// A sum that is under way.
  class Pending {
   public:
    virtual ~Pending() = default;
    virtual void wait() = 0;  ///< until the values are the sums; once
  };
  /// sum, which goes on while this process computes. values is left alone until it was waited for;
  /// null where nothing is to be waited for.
  virtual std::unique_ptr<Pending> begin_sum(torch::Tensor values);

 protected:
  enum class Reduction { sum, max };
  /// In place; values is contiguous. Never called where there is one process.
  virtual void reduce(torch::Tensor& values, Reduction reduction) = 0;
};

/// That of a process by itself: nothing changes and nothing is waited for.
Communicator& alone();

/// Runs action in every process. Where it throws in one of them, all throw: that one what it was,
/// the others an Error of the same kind which names the process. So a bad file or a full disk of
/// one process ends the others, which would wait for it. action calls no communicator.
void together(Communicator& communicator, const std::function<void()>& action);

/// The sums over all processes as an operator: its gradients are summed in the backward. x: the
/// same shape in all processes.
torch::Tensor sum_over_all(const torch::Tensor& x, Communicator& communicator);

/// The images that this process has of a batch which the processes share out: neighbours, the
/// first process the first ones.
struct BatchPart {
  /// A batch that is whole here.
  BatchPart() = default;
  /// images: of this process. Every process calls it.
  BatchPart(Communicator& communicator, std::int64_t images);
  /// The same with batch norms over the images of this process alone.
  BatchPart with_local_norms() const;

  /// Where the mean over images here becomes the mean over the whole batch: times this, then the
  /// mean over processes. 1 where all have as many.
  double share() const { return share_; }
  bool is_whole() const { return communicator->size() == 1; }

  Communicator* communicator = &alone();
  /// Those whose images a batch norm takes its statistics of.
  Communicator* norms = &alone();
  std::int64_t first = 0;  ///< place of the first image here in the whole batch
  std::int64_t whole = 0;  ///< images of the whole batch; 0 where that is not said

 private:
  double share_ = 1;
};

/// While it lives, what this thread's forward computes of a batch (statistics of batch norm,
/// ranges of what is rounded, branches that are left out) is of the whole batch of that part. The
/// communicator must outlive the backward.
class BatchPartGuard {
 public:
  explicit BatchPartGuard(const BatchPart& part);
  ~BatchPartGuard();
  BatchPartGuard(const BatchPartGuard&) = delete;
  BatchPartGuard& operator=(const BatchPartGuard&) = delete;

 private:
  const BatchPart* before_;
};

/// The part that a BatchPartGuard of this thread has set, else a whole batch.
const BatchPart& current_batch_part();

/// From an operator's forward to its backward, which runs outside the guard.
void save_communicator(torch::autograd::AutogradContext& context, Communicator& communicator);
Communicator& saved_communicator(torch::autograd::AutogradContext& context);

}  // namespace bcnet::nn
