#pragma once

#include <string>
#include <vector>

#include "compare/options.h"
#include "data/data_set.h"
#include "data/split.h"

namespace bcnet::compare {

/// Samples of all splits but test, or of an undivided data set, with their groups (group_names);
/// those that cannot be read are left out where options say so. Throws Error(data).
std::vector<data::Sample> trainable_samples(const data::DataSet& data,
                                            const CompareOptions& options);

/// The groups of the data set (hospital, patient, video: Sample::group) by name, of all splits but
/// test. A folder for each hospital is a group, whatever groups it holds; of other data a split
/// that is not called train, validation or test is one where its images have no group. Throws
/// Error(data) where there are fewer than two, or samples without one.
std::vector<std::string> group_names(const data::DataSet& data);

/// One group as the test part, the others divided into training and validation, near-duplicates on
/// one side; there a group may be in both, since a validation part of whole groups would take one
/// more of a few away from training. The parts' samples have no group. Errors as data::hold_out.
data::HeldOut leave_out(const std::vector<data::Sample>& samples, const std::string& group,
                        const CompareOptions& options);

}  // namespace bcnet::compare
