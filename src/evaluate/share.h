#pragma once

#include <string>
#include <vector>

#include "core/json.h"
#include "core/shard_file.h"
#include "data/sample.h"
#include "evaluate/result.h"

namespace bcnet::evaluate {

/// What was measured of a share of a data set, to be put together with the others: without loss, so
/// that what comes of all shares is what one process would have measured.
struct MeasuredShare {
  Source source;
  Evaluation evaluation;
  std::vector<data::Sample> samples;  ///< of the share
};

/// Of the share's source, for the first line of its file. What belongs to single images is left
/// out.
Json source_json(const Source& source);

/// A line for each sample, in their order: measured or failed. list: the data set's number.
void add_lines(ShardFile& file, std::size_t list, const MeasuredShare& share,
               const std::vector<std::string>& resized);

/// All data sets of the shares as results. corruptions: those of the shares' settings. seed: of the
/// bootstrap. Throws Error(data) for what is damaged, and where no image of a data set was
/// measured.
std::vector<Result> merged_results(MergedShards& shards,
                                   const std::vector<Corruption>& corruptions);

}  // namespace bcnet::evaluate
