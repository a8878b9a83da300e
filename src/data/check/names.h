#pragma once

#include <filesystem>
#include <vector>

#include "data/check/finding.h"
#include "data/survey.h"

namespace bcnet::data {

/// What names alone tell of a split: empty folders, images and masks without partner (and
/// which file is meant, where a name differs only in case or in its Unicode form), files that
/// share a stem, names of one folder that other systems hold for the same.
/// data is the data set's folder, to which the findings' paths are relative.
std::vector<Finding> check_names(const Survey& survey, const std::filesystem::path& data);

}  // namespace bcnet::data
