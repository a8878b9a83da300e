#pragma once

#include <string>
#include <vector>

#include "data/survey.h"

namespace bcnet::data {

/// Leaves of the drawn masks what is of one of the categories, and of all categories where there
/// are none; warns where those left are several, for all of them count as polyp. Throws
/// Error(usage) for categories where no mask is drawn, Error(data) for one that is not there,
/// naming those that are.
void keep_categories(Survey& survey, const std::vector<std::string>& categories);

}  // namespace bcnet::data
