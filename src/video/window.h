#pragma once

#include <string>

#include "video/pipeline.h"
#include "video/source.h"

namespace bcnet::video {

/// A window on the screen that shows the newest of the frames it takes, as they are: who draws into
/// them stands before it. It answers its user on a thread of its own, whether frames come or not.
class Window : public Sink {
 public:
  /// Whether its user has closed it, also by q or Escape. Thread-safe.
  virtual bool closed() const = 0;
};

}  // namespace bcnet::video
