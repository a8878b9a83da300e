#pragma once

#include <functional>
#include <memory>

#include "video/source.h"

namespace bcnet::video {

/// When to try again what failed: soon at first, then less and less often.
class Backoff {
 public:
  /// Seconds until the next try: 1, 2, 4, 8, 8, ...
  double next();
  /// It went well: the next failure is a first one again.
  void reset() { seconds_ = 0; }

 private:
  double seconds_ = 0;
};

/// Waits so many seconds; false where it was cancelled meanwhile.
bool wait(double seconds, const std::function<bool()>& cancelled);

using OpenSource = std::function<std::unique_ptr<Source>(const SourceOptions&)>;

/// A source that is opened again where it is live and breaks off or ends: numbers and seconds of
/// its frames go on, its size stays. Each failure and each return is told in the log. It ends once
/// no frame came for limit_s seconds after one was lost, or is cancelled. Throws what open throws
/// at the first time.
std::unique_ptr<Source> open_reconnecting(const SourceOptions& options, double limit_s,
                                          const OpenSource& open);

}  // namespace bcnet::video
