#include "evaluate/each_sample.h"

#include "core/error.h"
#include "core/log.h"

namespace bcnet::evaluate {

void each_sample(const char* title, const std::vector<data::Sample>& samples, std::int64_t steps,
                 bool may_be_none, ProgressObserver* observer, std::vector<Failure>& failed,
                 const std::function<void(const data::Sample&, Progress&)>& measure) {
  Progress progress(title, static_cast<std::int64_t>(samples.size()) * steps, "images", observer);
  std::size_t done = 0;
  for (const data::Sample& sample : samples) {
    try {
      measure(sample, progress);
      ++done;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) {
        throw;
      }
      progress.clear();
      spdlog::error("{}", error.what());
      failed.push_back({sample.name, error.what()});
      progress.advance(steps);
    }
  }
  if (done == 0 && !may_be_none) {
    throw Error(ErrorKind::data, samples.front().image.parent_path().string() +
                                     ": none of its images could be measured");
  }
}

}  // namespace bcnet::evaluate
