#pragma once

#include "core/progress.h"

namespace bcnet::cli {

/// One line on stderr that says how far a loop is, how fast it goes and how long it still takes. On
/// a terminal it is redrawn at most ten times a second; elsewhere a line is written every thirty
/// seconds and at the end. Null where quiet: nobody watches.
ProgressObserver* progress_bar(bool quiet);

}  // namespace bcnet::cli
