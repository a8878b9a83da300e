#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/progress.h"
#include "data/sample.h"
#include "evaluate/image_score.h"

namespace bcnet::evaluate {

/// Calls measure for one sample after another, under a progress line with this title and so
/// many steps a sample, of which measure takes all. Where it throws Error(data) the message is
/// logged, added to failed, and the next one has its turn; other errors pass. Throws Error(data)
/// where every sample failed, unless may_be_none.
void each_sample(const char* title, const std::vector<data::Sample>& samples, std::int64_t steps,
                 bool may_be_none, ProgressObserver* observer, std::vector<Failure>& failed,
                 const std::function<void(const data::Sample&, Progress&)>& measure);

}  // namespace bcnet::evaluate
