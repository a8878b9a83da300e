#pragma once

#include "train/run_folder.h"

namespace bcnet::train {

/// Writes report.html from metrics.jsonl: curves and a table, one file that opens offline.
void write_report(const RunFolder& folder);

}  // namespace bcnet::train
