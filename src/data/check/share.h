#pragma once

#include <cstddef>
#include <filesystem>

#include "core/json.h"
#include "core/shard_file.h"
#include "data/check.h"

namespace bcnet::data {

/// Looks at a share of a data set, which was opened with this shard, and writes what the check of
/// the whole takes of it: findings, the masks' values, and of each image what finds it again (about
/// 35 kB). settings: what must be alike in all shares. Returns the pairs. Errors as check_data.
std::size_t check_share(const DataSet& data, const Shard& shard, const std::filesystem::path& out,
                        const Json& settings, const CheckOptions& options);

/// What check_data would have found, of all shares. masks: what the options said of them. Throws
/// Error(data) where shares are damaged, or read their masks in another way than all of them show.
CheckResult merge_check(MergedShards& shards, const MaskReading& masks, ProgressObserver* progress);

}  // namespace bcnet::data
