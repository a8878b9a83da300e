#pragma once

#include <string>
#include <vector>

#include "core/html.h"
#include "runs/run_record.h"

namespace bcnet::runs {

/// A run as a page shows it.
struct NamedRun {
  std::string name;
  const RunRecord* record = nullptr;
};

/// The curves of one run: loss, loss of each output, Dice, IoU, learning rate, images a second,
/// and how the Dice of the single images is spread. Of several runs: the same, each over the
/// other's.
Markup run_curves(const std::vector<NamedRun>& runs);

}  // namespace bcnet::runs
