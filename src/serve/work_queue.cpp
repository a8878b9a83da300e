#include "serve/work_queue.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <new>
#include <utility>

namespace bcnet::serve {

namespace {

/// Calls step; what it throws becomes the work's answer. False where it threw.
template <typename Step>
bool answered_errors(Work& work, const Step& step) {
  const auto send = [&](Response response) {
    response.phases = work.phases;
    work.respond(std::move(response));
    return false;
  };
  try {
    step();
    return true;
  } catch (const Error& error) {
    Response response = error_response(*work.request, error);
    if (response.status == 500) {
      spdlog::error("request {}: {}", work.request->id, error.what());
    }
    return send(std::move(response));
  } catch (const std::bad_alloc&) {
    return send(error_response(*work.request, 503, "not enough memory, try again later"));
  } catch (const std::exception& error) {
    spdlog::error("request {}: {}", work.request->id, error.what());
    return send(error_response(*work.request, 500, "failed for a reason of this machine's"));
  }
}

/// Nobody gets it; log and metrics tell it from others.
Response abandoned_response(const Request& request) {
  return error_response(request, 499, "the client has left");
}

}  // namespace

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

WorkQueue::WorkQueue(const Options& options, std::function<void(std::size_t)> on_batch)
    : options_(options), on_batch_(std::move(on_batch)) {
  for (int i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] { run_thread(); });
  }
}

WorkQueue::~WorkQueue() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

WorkQueue::Group WorkQueue::take_abandoned() {
  Group abandoned;
  const auto end = std::remove_if(waiting_.begin(), waiting_.end(), [&](auto& work) {
    if (!*work->request->abandoned) {
      return false;
    }
    abandoned.push_back(std::move(work));
    return true;
  });
  waiting_.erase(end, waiting_.end());
  return abandoned;
}

bool WorkQueue::push(std::unique_ptr<Work>& work) {
  Group abandoned;
  bool taken = false;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= options_.capacity) {
      abandoned = take_abandoned();
    }
    if (waiting_.size() < options_.capacity) {
      work->queued = Clock::now();
      waiting_.push_back(std::move(work));
      taken = true;
    }
  }
  for (const auto& one : abandoned) {
    one->respond(abandoned_response(*one->request));
  }
  if (!taken) {
    return false;
  }
  // All: one of them may be waiting for the rest of its group.
  changed_.notify_all();
  return true;
}

std::size_t WorkQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

void WorkQueue::run_thread() {
  bool alone = false;
  for (Group group = take(alone); !group.empty(); group = take(alone)) {
    run(std::move(group), alone);
    const std::lock_guard lock(mutex_);
    --running_;
  }
}

WorkQueue::Group WorkQueue::take(bool& alone) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
  Group group;
  if (stopping_) {
    return group;
  }
  const auto take_first = [&] {
    group.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  };
  ++running_;
  take_first();
  const Work& first = *group.front();
  const auto limit = static_cast<std::size_t>(first.network ? first.model->batch_limit() : 1);
  const auto until = first.queued + options_.batch_wait;
  while (group.size() < limit && !stopping_) {
    if (!waiting_.empty()) {
      if (!waiting_.front()->network || waiting_.front()->model != first.model) {
        break;
      }
      take_first();
    } else if (running_ == 1 || changed_.wait_until(lock, until) == std::cv_status::timeout) {
      break;  // nobody else is busy: waiting would only cost time
    }
  }
  alone = running_ == 1 && waiting_.empty() && group.size() == 1;
  return group;
}

void WorkQueue::run(Group group, bool alone) const {
  const auto drop = [&](const auto& failed) {
    group.erase(std::remove_if(group.begin(), group.end(), failed), group.end());
  };
  drop([](const std::unique_ptr<Work>& work) {
    work->phases.emplace_back("queue", milliseconds_since(work->queued));
    if (*work->request->abandoned) {
      work->respond(abandoned_response(*work->request));
      return true;
    }
    return !answered_errors(*work, [&] {
      if (Clock::now() > work->request->deadline) {
        throw Error(ErrorKind::io, "a request's time was over before its turn came",
                    ErrorReason::busy);
      }
      work->before(*work);
    });
  });
  std::vector<infer::Frame*> frames;
  for (const auto& work : group) {
    if (work->network) {
      frames.push_back(&work->frame);
    }
  }
  if (!frames.empty()) {
    on_batch_(frames.size());
    const Clock::time_point begin = Clock::now();
    std::exception_ptr failure;
    try {
      group.front()->model->infer(frames, alone);
    } catch (...) {
      failure = std::current_exception();
    }
    drop([&](const std::unique_ptr<Work>& work) {
      work->phases.emplace_back("network", milliseconds_since(begin));
      return !answered_errors(*work, [&] {
        if (failure) {
          std::rethrow_exception(failure);
        }
      });
    });
  }
  for (const auto& work : group) {
    answered_errors(*work, [&] {
      Response response = work->after(*work);
      response.phases = work->phases;
      work->respond(std::move(response));
    });
  }
}

}  // namespace bcnet::serve
